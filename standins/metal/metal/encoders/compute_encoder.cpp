#include "encoder.hpp"

#include "../../msl/launch.hpp"

using namespace standin;

void ComputeEncoder::set_pipeline(Pipeline *pipeline) {
  check_open("setComputePipelineState:");
  pipeline_ = pipeline;
}

void ComputeEncoder::set_buffer(Buffer *buffer, unsigned long offset, unsigned long index) {
  check_open("setBuffer:offset:atIndex:");
  if (index >= kBuffers) die("setBuffer:offset:atIndex: with index " + std::to_string(index));
  if (!buffer) {
    buffers_[index] = {};
    return;
  }
  if (offset >= buffer->length) die("setBuffer:offset:atIndex: with an offset beyond the buffer");
  buffers_[index] = {commands_->use(buffer), offset, {}, buffer->length - offset};
}

void ComputeEncoder::set_bytes(const void *bytes, unsigned long length, unsigned long index) {
  check_open("setBytes:length:atIndex:");
  if (index >= kBuffers) die("setBytes:length:atIndex: with index " + std::to_string(index));
  if (!length || length > kMaxBytes)
    die("setBytes:length:atIndex: with " + std::to_string(length) + " bytes");
  buffers_[index] = {{}, 0, std::string(static_cast<const char *>(bytes), length), length};
}

void ComputeEncoder::set_memory(unsigned long length, unsigned long index) {
  check_open("setThreadgroupMemoryLength:atIndex:");
  if (index >= kMemories)
    die("setThreadgroupMemoryLength:atIndex: with index " + std::to_string(index));
  if (length % 16) die("setThreadgroupMemoryLength:atIndex: with no multiple of 16 bytes");
  memories_[index] = length;
}

void ComputeEncoder::dispatch_groups(Size groups, Size group) {
  dispatch({groups.width * group.width, groups.height * group.height, groups.depth * group.depth},
           group);
}

void ComputeEncoder::dispatch_threads(Size threads, Size group) { dispatch(threads, group); }

void ComputeEncoder::barrier(unsigned long) { check_open("memoryBarrierWithScope:"); }

void ComputeEncoder::check(Size group) const {
  check_open("a dispatch");
  if (!pipeline_) die("a dispatch without a pipeline state");
  const unsigned long threads = group.width * group.height * group.depth;
  const Size most = Device::kMaxThreads;
  if (!threads || group.width > most.width || group.height > most.height ||
      group.depth > most.depth || threads > pipeline_->max_threads())
    die("a dispatch of threadgroups of " + std::to_string(threads) + " threads, where " +
        std::to_string(pipeline_->max_threads()) + " are the most");
  unsigned long memory = pipeline_->static_memory();
  for (const unsigned long length : memories_) memory += length;
  if (memory > Device::kMaxGroupMemory)
    die("a dispatch with " + std::to_string(memory) + " bytes of threadgroup memory");
  const msl::Kernel &kernel = pipeline_->kernel();
  for (unsigned i = 0; i < kernel.argument_count; ++i) {
    const msl::Argument &argument = kernel.arguments[i];
    if (!argument.active) continue;
    if (argument.kind == msl::Argument::kTexture)
      die(std::string("a dispatch of ") + kernel.name + " without its texture " + argument.name);
    const bool is_memory = argument.kind == msl::Argument::kMemory;
    const unsigned long length =
        is_memory ? memories_[argument.index] : buffers_[argument.index].length;
    const unsigned long needed = argument.reference ? argument.size : 1;
    if (length < needed)
      die(std::string("a dispatch of ") + kernel.name + " with " + std::to_string(length) +
          " bytes for its argument " + argument.name + ", which has " + std::to_string(needed));
  }
}

void ComputeEncoder::dispatch(Size threads, Size group) {
  check(group);
  if (!threads.width || !threads.height || !threads.depth) die("a dispatch of no threads");
  commands_->encode([=, buffers = buffers_, memories = memories_,
                     pipeline = commands_->use(pipeline_.get())]() mutable {
    std::array<void *, kBuffers> addresses{};
    for (unsigned long i = 0; i < kBuffers; ++i) {
      if (buffers[i].buffer)
        addresses[i] = buffers[i].buffer().memory + buffers[i].offset;
      else if (buffers[i].length)
        addresses[i] = buffers[i].bytes.data();
    }
    msl::launch(pipeline().kernel(), threads, group, addresses, memories);
  });
}

STANDIN_DEFINE_CLASS(
    StandinComputeEncoder, &NSObject, destroy<ComputeEncoder>,
    {
        STANDIN_RESOURCE_METHODS(ComputeEncoder),
        method<&Encoder::end>("endEncoding"),
        method<&ComputeEncoder::set_pipeline>("setComputePipelineState:"),
        method<&ComputeEncoder::set_buffer>("setBuffer:offset:atIndex:"),
        method<&ComputeEncoder::set_bytes>("setBytes:length:atIndex:"),
        method<&ComputeEncoder::set_memory>("setThreadgroupMemoryLength:atIndex:"),
        method<&ComputeEncoder::dispatch_groups>("dispatchThreadgroups:threadsPerThreadgroup:"),
        method<&ComputeEncoder::dispatch_threads>("dispatchThreads:threadsPerThreadgroup:"),
        method<&ComputeEncoder::barrier>("memoryBarrierWithScope:"),
    })
