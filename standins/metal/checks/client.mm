// A program that uses the stand-in as an application would; the argument names the use.
#import <Metal/Metal.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>

extern "C" int metal_standin_set(const char *name, long value);
extern "C" long metal_standin_get(const char *name);

namespace {

const char *const kSource = R"(
#include <metal_stdlib>
using namespace metal;
struct Pair { float factor; int offset; };
kernel void scale(device float *x, constant Pair &pair, uint i [[thread_position_in_grid]]) {
  x[i] = x[i] * pair.factor + pair.offset;
}
kernel void total(device const float *x, device float *sums, threadgroup float *part,
                  uint lane [[thread_position_in_threadgroup]],
                  uint size [[threads_per_threadgroup]],
                  uint group [[threadgroup_position_in_grid]]) {
  part[lane] = x[group * size + lane];
  for (uint step = size / 2; step; step /= 2) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (lane < step) part[lane] += part[lane + step];
  }
  if (lane == 0) sums[group] = part[0];
}
kernel void simd(device float *x, uint lane [[thread_index_in_simdgroup]]) {
  x[lane] = simd_sum(float(lane)) + simd_shuffle_xor(float(lane), 1) / 100;
}
kernel void vectors(device float4 *x, device half *h) {
  float4 v = float4(1.5, float2(2, 3), 4.0);
  v.yz = v.zy * 2.0;
  x[0] = max(v, float4(2)) + float4(dot(v, v));
  h[0] = 0.5h + half(v.x);
}
kernel void count(device atomic_int *n, device atomic_float *f) {
  atomic_fetch_add_explicit(n, 3, memory_order_relaxed);
  atomic_fetch_add_explicit(f, 0.5, memory_order_relaxed);
}
kernel void stuck(uint lane [[thread_position_in_threadgroup]]) {
  if (lane == 0) threadgroup_barrier(mem_flags::mem_none);
}
)";

struct Client {
  id<MTLDevice> device = MTLCreateSystemDefaultDevice();
  id<MTLCommandQueue> queue = [device newCommandQueue];
  id<MTLCommandBuffer> commands = [queue commandBuffer];
  id<MTLComputeCommandEncoder> compute;
  id<MTLBlitCommandEncoder> blit;

  id<MTLBuffer> buffer(NSUInteger size) {
    return [device newBufferWithLength:size options:MTLResourceStorageModeShared];
  }
  id<MTLComputePipelineState> pipeline(const char *name) {
    NSError *error = nil;
    id<MTLLibrary> library = [device newLibraryWithSource:[NSString stringWithUTF8String:kSource]
                                                  options:nil
                                                    error:&error];
    if (!library) std::printf("%s\n", error.localizedDescription.UTF8String);
    id<MTLFunction> function = [library newFunctionWithName:[NSString stringWithUTF8String:name]];
    return [device newComputePipelineStateWithFunction:function error:&error];
  }
  void begin(const char *kernel) {
    compute = [commands computeCommandEncoder];
    [compute setComputePipelineState:pipeline(kernel)];
  }
  void run(NSUInteger groups, NSUInteger threads) {
    [compute dispatchThreadgroups:MTLSizeMake(groups, 1, 1)
            threadsPerThreadgroup:MTLSizeMake(threads, 1, 1)];
    [compute endEncoding];
    [commands commit];
    [commands waitUntilCompleted];
  }
  void begin_blit() { blit = [commands blitCommandEncoder]; }
};

float *floats(id<MTLBuffer> buffer) { return static_cast<float *>(buffer.contents); }

// Correct uses, which print their results.
const std::map<std::string, std::function<void(Client &)>> kUses = {
    {"scale",
     [](Client &c) {
       id<MTLBuffer> x = c.buffer(64);
       for (int i = 0; i < 16; ++i) floats(x)[i] = static_cast<float>(i);
       const struct {
         float factor;
         int offset;
       } pair = {2, 1};
       c.begin("scale");
       [c.compute setBuffer:x offset:0 atIndex:0];
       [c.compute setBytes:&pair length:sizeof pair atIndex:1];
       c.run(4, 4);
       std::printf("%g %g\n", floats(x)[0], floats(x)[15]);
     }},
    {"total",
     [](Client &c) {
       id<MTLBuffer> x = c.buffer(4096), sums = c.buffer(16);
       for (int i = 0; i < 1024; ++i) floats(x)[i] = static_cast<float>(i % 7);
       c.begin("total");
       [c.compute setBuffer:x offset:0 atIndex:0];
       [c.compute setBuffer:sums offset:0 atIndex:1];
       [c.compute setThreadgroupMemoryLength:1024 atIndex:0];
       c.run(4, 256);
       float all = 0;
       for (int i = 0; i < 4; ++i) all += floats(sums)[i];
       std::printf("%g\n", all);
     }},
    {"simd",
     [](Client &c) {
       id<MTLBuffer> x = c.buffer(128);
       c.begin("simd");
       [c.compute setBuffer:x offset:0 atIndex:0];
       c.run(1, 32);
       std::printf("%.2f %.2f\n", floats(x)[0], floats(x)[31]);
     }},
    {"vectors",
     [](Client &c) {
       id<MTLBuffer> x = c.buffer(16), h = c.buffer(4);
       c.begin("vectors");
       [c.compute setBuffer:x offset:0 atIndex:0];
       [c.compute setBuffer:h offset:0 atIndex:1];
       c.run(1, 1);
       std::printf("%g %g %g %g %g\n", floats(x)[0], floats(x)[1], floats(x)[2], floats(x)[3],
                   static_cast<double>(*static_cast<_Float16 *>(h.contents)));
     }},
    {"count",
     [](Client &c) {
       id<MTLBuffer> n = c.buffer(4), f = c.buffer(4);
       c.begin("count");
       [c.compute setBuffer:n offset:0 atIndex:0];
       [c.compute setBuffer:f offset:0 atIndex:1];
       c.run(3, 100);
       std::printf("%d %g\n", *static_cast<int *>(n.contents), floats(f)[0]);
     }},
    {"event",
     [](Client &c) {
       id<MTLSharedEvent> event = [c.device newSharedEvent];
       [c.commands encodeWaitForEvent:event value:1];
       [c.commands encodeSignalEvent:event value:2];
       [c.commands commit];
       std::printf("%d", [event waitUntilSignaledValue:2 timeoutMS:1]);
       event.signaledValue = 1;
       std::printf(" %d", [event waitUntilSignaledValue:2 timeoutMS:60'000]);
       [c.commands waitUntilCompleted];
       std::printf(" %d\n", static_cast<int>(event.signaledValue));
     }},
    {"listener",
     [](Client &c) {
       id<MTLSharedEvent> event = [c.device newSharedEvent], told = [c.device newSharedEvent];
       MTLSharedEventListener *listener = [[MTLSharedEventListener alloc] init];
       [event notifyListener:listener
                     atValue:3
                       block:^(id<MTLSharedEvent>, uint64_t value) {
                         told.signaledValue = value;
                       }];
       event.signaledValue = 2;
       event.signaledValue = 5;
       [told waitUntilSignaledValue:5 timeoutMS:60'000];
       std::printf("%d\n", static_cast<int>(told.signaledValue));
     }},
    {"strings",
     [](Client &) {
       NSString *tiny = @"tiny", *constant = @"a longer constant";
       NSString *made = [NSString stringWithUTF8String:"made"];
       std::printf("%s %s %s %d %d\n", tiny.UTF8String, constant.UTF8String, made.UTF8String,
                   [tiny isEqualToString:@"tiny"], static_cast<int>(constant.length));
     }},
    {"failure",
     [](Client &c) {
       id<MTLSharedEvent> event = [c.device newSharedEvent];
       metal_standin_set("fail_run", 1);
       metal_standin_set("error_code", MTLCommandBufferErrorPageFault);
       id<MTLBuffer> x = c.buffer(16);
       c.begin_blit();
       [c.blit fillBuffer:x range:NSMakeRange(0, 16) value:1];
       [c.blit endEncoding];
       [c.commands encodeSignalEvent:event value:1];
       [c.commands commit];
       [c.commands waitUntilCompleted];
       std::printf("%d %d %s %d %g\n", static_cast<int>(c.commands.status),
                   static_cast<int>(c.commands.error.code), c.commands.error.domain.UTF8String,
                   static_cast<int>(event.signaledValue), floats(x)[0]);
     }},
};

// Misuses, which do not return.
const std::map<std::string, std::function<void(Client &)>> kMisuses = {
    {"selector", [](Client &c) { [(id<MTLBuffer>)c.device contents]; }},
    {"released",
     [](Client &c) {
       id<MTLCommandBuffer> commands = [c.queue commandBufferWithUnretainedReferences];
       id<MTLSharedEvent> go = [c.device newSharedEvent];
       [commands encodeWaitForEvent:go value:1];
       @autoreleasepool {
         id<MTLBlitCommandEncoder> blit = [commands blitCommandEncoder];
         [blit fillBuffer:c.buffer(16) range:NSMakeRange(0, 16) value:0];
         [blit endEncoding];
       }
       [commands commit];
       go.signaledValue = 1;
       [commands waitUntilCompleted];
     }},
    {"open encoder",
     [](Client &c) {
       c.begin_blit();
       [c.commands commit];
     }},
    {"commit twice",
     [](Client &c) {
       [c.commands commit];
       [c.commands commit];
     }},
    {"index",
     [](Client &c) {
       c.begin("scale");
       [c.compute setBuffer:c.buffer(4) offset:0 atIndex:31];
     }},
    {"bytes",
     [](Client &c) {
       const std::string bytes(4097, 'x');
       c.begin("scale");
       [c.compute setBytes:bytes.data() length:bytes.size() atIndex:0];
     }},
    {"group",
     [](Client &c) {
       c.begin("stuck");
       c.run(1, 1025);
     }},
    {"argument",
     [](Client &c) {
       c.begin("scale");
       c.run(1, 1);
     }},
    {"short",
     [](Client &c) {
       const int few = 0;
       c.begin("scale");
       [c.compute setBuffer:c.buffer(4) offset:0 atIndex:0];
       [c.compute setBytes:&few length:sizeof few atIndex:1];
       c.run(1, 1);
     }},
    {"memory",
     [](Client &c) {
       c.begin("scale");
       [c.compute setThreadgroupMemoryLength:8 atIndex:0];
     }},
    {"barrier",
     [](Client &c) {
       c.begin("stuck");
       c.run(1, 2);
     }},
    {"blit",
     [](Client &c) {
       c.begin_blit();
       [c.blit fillBuffer:c.buffer(16) range:NSMakeRange(8, 12) value:0];
     }},
    {"unaligned",
     [](Client &c) {
       c.begin_blit();
       [c.blit fillBuffer:c.buffer(16) range:NSMakeRange(2, 4) value:0];
     }},
    {"wrap",
     [](Client &c) {
       char bytes[8];
       [c.device newBufferWithBytesNoCopy:bytes length:8 options:0 deallocator:nil];
     }},
};

}  // namespace

int main(int, char **arguments) {
  @autoreleasepool {
    Client client;
    const auto use = kUses.find(arguments[1]);
    if (use != kUses.end())
      use->second(client);
    else
      kMisuses.at(arguments[1])(client);
  }
  // The queue's threads may still hold references to completed work.
  for (int i = 0; i < 5000 && metal_standin_get("live"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::printf("live %ld\n", metal_standin_get("live"));
}
