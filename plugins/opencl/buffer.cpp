#include "buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <nexus-sdk/base/host_memory.hpp>
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

ClBuffer::ClBuffer(const ClDevice &device, const Request &request)
    : Buffer(device, request), number(++last_number), device_(device) {
  const unsigned char zero = 0;
  if (!size) return;
  request.wrap ? wrap(request.host_ptr) : allocate(request.settings);
  if (request.wrap) return;
  if (request.host_ptr)
    write(request.host_ptr);
  else if (!uses_pages())
    fill(&zero, sizeof zero);
}

// The system's pages are zeros without being written, and take no memory before they are used.
bool ClBuffer::uses_pages() const { return device_.uses_host_memory && size >= kManyPages; }

void ClBuffer::allocate(nxs_uint settings) {
  const auto most = device_.info.required<cl::Ulong>(cl::kMaxAllocation, "the largest buffer");
  if (size > most)
    fail(NXS_MemObjectAllocationFailure, "a buffer of ", size, " bytes exceeds the maximum of ",
         most);
  const cl::Int result = allocate_twice([&] { return attempt(settings); },
                                        [](cl::Int first) { return first != cl::kSuccess; });
  check(result == cl::kInvalidBufferSize ? cl::kAllocationFailure : result, "allocating ", size,
        " bytes");
}

cl::Int ClBuffer::attempt(nxs_uint settings) {
  if (uses_pages()) {
    std::byte *const pages = map_pages(size);
    if (!pages) return cl::kAllocationFailure;
    host_.reset(pages, [all = size](std::byte *memory) { munmap(memory, all); });
    return cl::kSuccess;
  }
  const cl::Context context = device_.context();
  if (device_.shares_memory) {
    void *const memory =
        driver().clSVMAlloc(context, cl::kMemReadWrite | cl::kMemFineGrain, size, 0);
    if (!memory) return cl::kAllocationFailure;
    host_.reset(static_cast<std::byte *>(memory),
                [context](std::byte *mine) { driver().clSVMFree(context, mine); });
    return cl::kSuccess;
  }
  cl::Int result = cl::kSuccess;
  const cl::Ulong flags = settings & NXS_BufferSettings_OnHost
                              ? cl::kMemReadWrite | cl::kMemAllocHostPointer
                              : cl::kMemReadWrite;
  object_.reset(driver().clCreateBuffer(context, flags, size, nullptr, &result));
  return result == cl::kSuccess && !object_ ? cl::kAllocationFailure : result;
}

void ClBuffer::wrap(void *memory) {
  if (!device_.shares_memory)
    fail(NXS_InvalidHostPtr,
         "this device's memory has no addresses, so no pointer leads to it: "
         "copy the contents, as by create_buffer without OnDevice");
  if (!device_.uses_host_memory) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    // Other devices than CPUs copy what does not consist of whole pages.
    if (!device_.is_cpu() && reinterpret_cast<std::size_t>(memory) % page)
      fail(NXS_InvalidHostPtr,
           "the memory does not begin at a page's start, and this device shares "
           "only whole pages of ",
           page, " bytes: allocate it by mmap, or copy it");
    object_.reset(created(concat("sharing ", size, " bytes of the host"), driver().clCreateBuffer,
                          device_.context(), cl::kMemReadWrite | cl::kMemUseHostPointer, size,
                          memory));
  }
  // The program's own, and not to be freed.
  host_.reset(static_cast<std::byte *>(memory), [](std::byte *) {});
}

nxs_ulong ClBuffer::address() const {
  return reinterpret_cast<nxs_ulong>(host_ ? static_cast<void *>(host_.get()) : object_.get());
}

cl::Int ClBuffer::set_argument(cl::Kernel kernel, cl::Uint index) const {
  const cl::Mem object = object_.get();
  if (host_ && !object) return driver().clSetKernelArgSVMPointer(kernel, index, host_.get());
  return driver().clSetKernelArg(kernel, index, sizeof(cl::Mem),
                                 static_cast<const void *>(&object));
}

// Intel's driver for CPUs copies large memory with several threads, but none that overlaps.
void ClBuffer::copy(void *to, const void *from) const {
  if (uses_pages() && !overlap(to, from, size))
    return check(driver().clEnqueueSVMMemcpy(device_.transfers(), cl::kTrue, to, from, size, 0,
                                             nullptr, nullptr),
                 "copying ", size, " bytes");
  if (to != from) std::memmove(to, from, size);
}

void ClBuffer::read(void *host) {
  if (host_) return copy(host, host_.get());
  check(driver().clEnqueueReadBuffer(device_.transfers(), object_.get(), cl::kTrue, 0, size, host,
                                     0, nullptr, nullptr),
        "copying ", size, " bytes from the device");
}

void ClBuffer::write(const void *host) {
  if (host_) return copy(host_.get(), host);
  check(driver().clEnqueueWriteBuffer(device_.transfers(), object_.get(), cl::kTrue, 0, size, host,
                                      0, nullptr, nullptr),
        "copying ", size, " bytes to the device");
}

void ClBuffer::fill(const void *pattern, std::size_t pattern_size) {
  if (host_) return repeat(host_.get(), size, pattern, pattern_size);
  const cl::Mem memory = object_.get();
  const cl::Queue queue = device_.transfers();
  if (std::has_single_bit(pattern_size) && pattern_size <= kLargestPattern) {
    check(driver().clEnqueueFillBuffer(queue, memory, pattern, pattern_size, 0, size, 0, nullptr,
                                       nullptr),
          "filling");
  } else {
    // Written once; then the filled part is doubled by copying it.
    check(driver().clEnqueueWriteBuffer(queue, memory, cl::kTrue, 0, pattern_size, pattern, 0,
                                        nullptr, nullptr),
          "filling");
    repeat_by_copies(pattern_size, size, size, [&](std::size_t done, std::size_t step) {
      check(driver().clEnqueueCopyBuffer(queue, memory, memory, 0, done, step, 0, nullptr, nullptr),
            "filling");
    });
  }
  check(driver().clFinish(queue), "filling");
}

}  // namespace nexus::opencl
