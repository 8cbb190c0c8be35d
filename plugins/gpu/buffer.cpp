#include "buffer.hpp"

#include <nexus-sdk/base/repeat.hpp>
#include <nexus-sdk/streams/polled_queues.hpp>

#include <cstring>

#include "device.hpp"

namespace nexus::gpu {
namespace {

native::Pointer pointer(const void *memory) { return reinterpret_cast<native::Pointer>(memory); }

// The number of mapped bytes from an address on, at most `enough`. Queries memory piece by piece if
// it was mapped in pieces, like PyTorch's expandable segments.
std::size_t bytes_from(native::Pointer address, std::size_t enough) {
  std::size_t there = 0;
  while (there < enough) {
    native::Pointer start = 0;
    std::size_t length = 0;
    const native::Pointer next = address + there;
    if (driver().pointerGetAttribute(&start, native::kPointerRangeStart, next) !=
            native::kSuccess ||
        driver().pointerGetAttribute(&length, native::kPointerRangeSize, next) !=
            native::kSuccess ||
        start + length <= next)
      break;
    there += start + length - next;
  }
  return there;
}

Memory::Kind kind_of(const Buffer::Request &request) {
  if (request.wrap) return Memory::Kind::kForeign;
  return request.settings & NXS_BufferSettings_OnHost ? Memory::Kind::kPinned
                                                      : Memory::Kind::kDevice;
}

}  // namespace

Memory::Memory(const GpuDevice &device, const Buffer::Request &request)
    : device_(device), kind_(kind_of(request)) {
  if (request.size == 0) return;
  const CurrentContext current(device.context());
  kind_ == Kind::kForeign ? wrap(request) : allocate(request.size);
}

void Memory::allocate(std::size_t size) {
  const auto attempt = [&] {
    return kind_ == Kind::kDevice
               ? driver().memAlloc(&address_, size)
               : driver().memHostAlloc(&host_, size,
                                       native::kHostAllocPortable | native::kHostAllocDeviceMap);
  };
  native::Result result =
      allocate_twice(attempt, [](native::Result first) { return first == native::kOutOfMemory; });
  check(result, "allocating ", size, " bytes");
  if (kind_ == Kind::kDevice) return;
  result = driver().memHostGetDevicePointer(&address_, host_, 0);
  if (result != native::kSuccess) driver().memFreeHost(host_);
  check(result, "mapping pinned memory");
}

void Memory::wrap(const Buffer::Request &request) {
  const auto ask = [&](int attribute, auto value) {
    const native::Result result =
        driver().pointerGetAttribute(&value, attribute, pointer(request.host_ptr));
    if (result != native::kSuccess)
      fail(NXS_InvalidHostPtr, "the pointer ", pointer(request.host_ptr),
           " does not lead to memory that the driver knows: ", describe(result));
    return value;
  };
  const auto type = ask(native::kPointerMemoryType, 0u);
  const auto ordinal = ask(native::kPointerDeviceOrdinal, 0);
  if (type != driver().host_memory && ordinal != device_.handle())
    fail(NXS_InvalidHostPtr, "the pointer is to memory of device ", ordinal, ", not of device ",
         device_.handle());
  address_ = ask(native::kPointerDevicePointer, native::Pointer{0});
  const std::size_t there = bytes_from(address_, request.size);
  // For host memory, no manual promises that the driver knows the range.
  const bool told = there > 0 || type != driver().host_memory;
  if (told && there < request.size)
    fail(NXS_InvalidBufferSize, "a buffer of ", request.size, " bytes over memory that has ", there,
         " from the pointer on");
  // The program may have made the transfer stream wait for the contents.
  device_.transfer([](native::Stream) {});
}

Memory::~Memory() {
  if (!address_ || kind_ == Kind::kForeign) return;
  // Fails only if the context is lost, and the memory with it.
  try {
    const CurrentContext current(device_.context());
    kind_ == Kind::kDevice ? driver().memFree(address_) : driver().memFreeHost(host_);
  } catch (const Error &) {
    return;
  }
}

GpuBuffer::GpuBuffer(const GpuDevice &device, const Request &request)
    : Buffer(device, request), device_(device), memory_(device, request) {
  if (request.wrap || size == 0) return;
  if (request.host_ptr)
    write(request.host_ptr);
  else
    device_.transfer([this](native::Stream stream) {
      check(driver().memsetD8Async(address(), 0, size, stream), "clearing ", size, " bytes");
    });
}

void GpuBuffer::read(void *host) {
  device_.transfer([&](native::Stream stream) {
    check(driver().memcpyAsync(pointer(host), address(), size, stream), "copying ", size,
          " bytes from the device");
  });
}

void GpuBuffer::write(const void *host) {
  device_.transfer([&](native::Stream stream) {
    check(driver().memcpyAsync(address(), pointer(host), size, stream), "copying ", size,
          " bytes to the device");
  });
}

void GpuBuffer::fill(const void *pattern, std::size_t pattern_size) {
  const auto value = [&]<class T>(T word) {
    std::memcpy(&word, pattern, sizeof word);
    return word;
  };
  device_.transfer([&](native::Stream stream) {
    if (address() % pattern_size) return fill_by_doubling(pattern, pattern_size, stream);
    switch (pattern_size) {
      case 1:
        return check(
            driver().memsetD8Async(address(), value(static_cast<unsigned char>(0)), size, stream),
            "filling");
      case 2:
        return check(driver().memsetD16Async(address(), value(static_cast<unsigned short>(0)),
                                             size / 2, stream),
                     "filling");
      case 4:
        return check(driver().memsetD32Async(address(), value(0u), size / 4, stream), "filling");
      default: return fill_by_doubling(pattern, pattern_size, stream);
    }
  });
}

// Writes the pattern once, then repeatedly doubles the filled part by copying it.
void GpuBuffer::fill_by_doubling(const void *pattern, std::size_t pattern_size,
                                 native::Stream stream) {
  check(driver().memcpyAsync(address(), pointer(pattern), pattern_size, stream), "filling");
  repeat_by_copies(pattern_size, size, size, [&](std::size_t done, std::size_t step) {
    check(driver().memcpyAsync(address() + done, address(), step, stream), "filling");
  });
}

}  // namespace nexus::gpu
