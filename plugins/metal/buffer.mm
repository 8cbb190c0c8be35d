#include "buffer.hpp"

#include <unistd.h>
#include <nexus-sdk/base/repeat.hpp>

#include <algorithm>
#include <cstring>

#include "device.hpp"

namespace nexus::metal {
namespace {

// Offsets and sizes of copies on a Mac's GPU must be multiples of this.
constexpr std::size_t kUnit = 4;
// The largest staging buffer for copies.
constexpr std::size_t kStaging = 16 << 20;

std::size_t rounded_up(std::size_t size, std::size_t unit) {
  return (size + unit - 1) / unit * unit;
}

id<MTLBuffer> checked(id<MTLBuffer> buffer, std::size_t size) {
  if (!buffer)
    fail(NXS_MemObjectAllocationFailure, "Metal has no memory for a buffer of ", size, " bytes");
  return buffer;
}

// Uses the memory's own pages as the buffer. Nothing else can own the rest of the last page, since
// mappings consist of whole pages.
id<MTLBuffer> wrap(const MetalDevice &device, const Buffer::Request &request) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (const std::size_t behind = reinterpret_cast<std::size_t>(request.host_ptr) % page)
    fail(NXS_InvalidHostPtr, "the memory begins ", behind,
         " bytes after the start of a page, and Metal shares only whole pages of ", page,
         " bytes: allocate it by mmap, or copy it");
  id<MTLBuffer> buffer = [device.handle() newBufferWithBytesNoCopy:request.host_ptr
                                                            length:rounded_up(request.size, page)
                                                           options:MTLResourceStorageModeShared
                                                       deallocator:nil];
  if (!buffer)
    fail(NXS_InvalidHostPtr, "Metal cannot share these ", request.size, " bytes of the host");
  return buffer;
}

id<MTLBuffer> allocate(const MetalDevice &device, const Buffer::Request &request) {
  const bool asked_for_host = request.settings & NXS_BufferSettings_OnHost,
             asked_for_device = request.settings & NXS_BufferSettings_OnDevice,
             shared = asked_for_host || (!asked_for_device && [device.handle() hasUnifiedMemory]);
  // Metal cannot create an empty buffer, but a kernel may be given one.
  const std::size_t size = rounded_up(std::max(request.size, kUnit), kUnit);
  if (size > [device.handle() maxBufferLength])
    fail(NXS_MemObjectAllocationFailure, "a buffer of ", request.size,
         " bytes exceeds the maximum of ",
         static_cast<nxs_ulong>([device.handle() maxBufferLength]));
  // Metal's buffers begin with zeros.
  return checked([device.handle() newBufferWithLength:size
                                              options:shared ? MTLResourceStorageModeShared
                                                             : MTLResourceStorageModePrivate],
                 request.size);
}

id<MTLBuffer> make(const MetalDevice &device, const Buffer::Request &request) {
  return request.wrap && request.size ? wrap(device, request) : allocate(device, request);
}

std::byte *host_address(id<MTLBuffer> buffer) {
  return [buffer storageMode] == MTLStorageModeShared ? static_cast<std::byte *>([buffer contents])
                                                      : nullptr;
}

}  // namespace

MetalBuffer::MetalBuffer(const MetalDevice &device, const Request &request)
    : Buffer(device, request),
      device_(device),
      buffer_(make(device, request)),
      host_(host_address(buffer_)) {
  if (request.host_ptr && !request.wrap && size) write(request.host_ptr);
}

id<MTLBuffer> MetalBuffer::staging(std::size_t size) const {
  return checked([device_.handle() newBufferWithLength:rounded_up(size, kUnit)
                                               options:MTLResourceStorageModeShared],
                 size);
}

void MetalBuffer::read(void *host) {
  if (host_) return static_cast<void>(host == host_ ? host : std::memmove(host, host_, size));
  id<MTLBuffer> from = staging(std::min(size, kStaging));
  for (std::size_t done = 0; done < size; done += kStaging) {
    const std::size_t step = std::min(size - done, kStaging);
    device_.transfer([&](id<MTLBlitCommandEncoder> blit) {
      [blit copyFromBuffer:buffer_
               sourceOffset:done
                   toBuffer:from
          destinationOffset:0
                       size:rounded_up(step, kUnit)];
    });
    std::memcpy(static_cast<std::byte *>(host) + done, [from contents], step);
  }
}

void MetalBuffer::write(const void *host) {
  if (host_) return static_cast<void>(std::memmove(host_, host, size));
  id<MTLBuffer> to = staging(std::min(size, kStaging));
  for (std::size_t done = 0; done < size; done += kStaging) {
    const std::size_t step = std::min(size - done, kStaging);
    std::memcpy([to contents], static_cast<const std::byte *>(host) + done, step);
    device_.transfer([&](id<MTLBlitCommandEncoder> blit) {
      [blit copyFromBuffer:to
               sourceOffset:0
                   toBuffer:buffer_
          destinationOffset:done
                       size:rounded_up(step, kUnit)];
    });
  }
}

void MetalBuffer::fill(const void *pattern, std::size_t pattern_size) {
  if (host_) return repeat(host_, size, pattern, pattern_size);
  const std::size_t whole = rounded_up(size, kUnit);
  if (pattern_size == 1)
    return device_.transfer([&](id<MTLBlitCommandEncoder> blit) {
      [blit fillBuffer:buffer_
                 range:NSMakeRange(0, whole)
                 value:*static_cast<const std::uint8_t *>(pattern)];
    });
  // A whole number of patterns, so that the next copy continues the pattern.
  const std::size_t unit = pattern_size * kUnit,
                    chunk = std::min(whole, std::max(unit, kStaging / unit * unit));
  id<MTLBuffer> patterns = staging(chunk);
  repeat(static_cast<std::byte *>([patterns contents]), chunk, pattern, pattern_size);
  device_.transfer([&](id<MTLBlitCommandEncoder> blit) {
    for (std::size_t done = 0; done < whole; done += chunk)
      [blit copyFromBuffer:patterns
               sourceOffset:0
                   toBuffer:buffer_
          destinationOffset:done
                       size:std::min(chunk, whole - done)];
  });
}

}  // namespace nexus::metal
