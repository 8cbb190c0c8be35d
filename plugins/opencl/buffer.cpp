#include "buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <nexus-sdk/base/repeat.hpp>
#include <nexus-sdk/streams/polled_queues.hpp>

#include <atomic>
#include <bit>

#include "device.hpp"

namespace nexus::opencl {
namespace {

// The largest pattern of clEnqueueFillBuffer.
constexpr std::size_t kLargestPattern = 128;

// From this size on, memory that is shared with the host consists of the system's pages.
constexpr std::size_t kManyPages = std::size_t{1} << 20;

std::atomic<nxs_ulong> last_number{0};

}  // namespace

Memory::Kind Memory::kind_of(const ClDevice &device, const Buffer::Request &request) {
  if (request.wrap) return Kind::kForeign;
  if (!device.shares_memory()) return Kind::kObject;
  return device.uses_host_memory() && request.size >= kManyPages ? Kind::kPages : Kind::kShared;
}

Memory::Memory(const ClDevice &device, const Buffer::Request &request)
    : device_(device), kind_(kind_of(device, request)), size_(request.size) {
  if (size_) request.wrap ? wrap(request) : allocate(request);
}

void Memory::allocate(const Buffer::Request &request) {
  const auto most = device_.required<cl::Ulong>(cl::kMaxAllocation, "the largest buffer");
  if (request.size > most)
    fail(NXS_MemObjectAllocationFailure, "a buffer of ", request.size,
         " bytes exceeds the maximum of ", most);
  cl::Int result = attempt(request);
  if (result != cl::kSuccess) {
    // Work that has finished without being noticed may hold released buffers.
    PolledQueues::instance().poll();
    result = attempt(request);
  }
  if (result == cl::kInvalidBufferSize) result = cl::kAllocationFailure;
  check(result, "allocating ", request.size, " bytes");
}

cl::Int Memory::attempt(const Buffer::Request &request) {
  cl::Int result = cl::kSuccess;
  if (kind_ == Kind::kPages) {
    void *const pages =
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return cl::kAllocationFailure;
    host_ = static_cast<std::byte *>(pages);
    return cl::kSuccess;
  }
  if (kind_ == Kind::kShared) {
    host_ = static_cast<std::byte *>(
        driver().clSVMAlloc(device_.context(), cl::kMemReadWrite | cl::kMemFineGrain, size_, 0));
    return host_ ? cl::kSuccess : cl::kAllocationFailure;
  }
  const cl::Ulong flags =
      cl::kMemReadWrite |
      (request.settings & NXS_BufferSettings_OnHost ? cl::kMemAllocHostPointer : 0);
  object_ = driver().clCreateBuffer(device_.context(), flags, request.size, nullptr, &result);
  return result;
}

void Memory::wrap(const Buffer::Request &request) {
  if (!device_.shares_memory())
    fail(NXS_InvalidHostPtr,
         "this device's memory has no addresses, so no pointer leads to it: "
         "copy the contents, as by create_buffer without OnDevice");
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  // Other devices than CPUs copy what does not consist of whole pages.
  if (!device_.uses_host_memory() && !device_.is_cpu() &&
      reinterpret_cast<std::size_t>(request.host_ptr) % page)
    fail(NXS_InvalidHostPtr,
         "the memory does not begin at a page's start, and this device shares "
         "only whole pages of ",
         page, " bytes: allocate it by mmap, or copy it");
  if (!device_.uses_host_memory()) {
    cl::Int result = cl::kSuccess;
    object_ = driver().clCreateBuffer(device_.context(), cl::kMemReadWrite | cl::kMemUseHostPointer,
                                      request.size, request.host_ptr, &result);
    check(result, "sharing ", request.size, " bytes of the host");
  }
  host_ = static_cast<std::byte *>(request.host_ptr);
}

Memory::~Memory() {
  if (kind_ == Kind::kPages && host_) munmap(host_, size_);
  if (kind_ == Kind::kShared && host_) driver().clSVMFree(device_.context(), host_);
  if (object_) driver().clReleaseMemObject(object_);
}

ClBuffer::ClBuffer(const ClDevice &device, const Request &request)
    : Buffer(device, request), number(++last_number), device_(device), memory_(device, request) {
  const unsigned char zero = 0;
  if (request.wrap || size == 0) return;
  if (request.host_ptr)
    write(request.host_ptr);
  else if (!memory_.begins_with_zeros())
    fill(&zero, sizeof zero);
}

nxs_ulong ClBuffer::address() const {
  return memory_.host() ? reinterpret_cast<nxs_ulong>(memory_.host())
                        : reinterpret_cast<nxs_ulong>(memory_.object());
}

void ClBuffer::read(void *host) {
  if (const std::byte *const own = memory_.host())
    return static_cast<void>(host == own ? host : std::memmove(host, own, size));
  check(driver().clEnqueueReadBuffer(device_.transfers(), memory_.object(), cl::kTrue, 0, size,
                                     host, 0, nullptr, nullptr),
        "copying ", size, " bytes from the device");
}

void ClBuffer::write(const void *host) {
  if (std::byte *const own = memory_.host())
    return static_cast<void>(host == own ? own : std::memmove(own, host, size));
  check(driver().clEnqueueWriteBuffer(device_.transfers(), memory_.object(), cl::kTrue, 0, size,
                                      host, 0, nullptr, nullptr),
        "copying ", size, " bytes to the device");
}

void ClBuffer::fill(const void *pattern, std::size_t pattern_size) {
  if (std::byte *const own = memory_.host()) return repeat(own, size, pattern, pattern_size);
  const cl::Mem memory = memory_.object();
  device_.transfer([&](cl::Queue queue) {
    if (std::has_single_bit(pattern_size) && pattern_size <= kLargestPattern)
      return check(driver().clEnqueueFillBuffer(queue, memory, pattern, pattern_size, 0, size, 0,
                                                nullptr, nullptr),
                   "filling");
    // Written once; then the filled part is doubled by copying it.
    check(driver().clEnqueueWriteBuffer(queue, memory, cl::kTrue, 0, pattern_size, pattern, 0,
                                        nullptr, nullptr),
          "filling");
    for (std::size_t done = pattern_size; done < size;) {
      const std::size_t step = std::min(done, size - done);
      check(driver().clEnqueueCopyBuffer(queue, memory, memory, 0, done, step, 0, nullptr, nullptr),
            "filling");
      done += step;
    }
  });
}

}  // namespace nexus::opencl
