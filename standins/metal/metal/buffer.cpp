#include "buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "settings.hpp"

using namespace standin;

namespace {
std::atomic<long> allocated{0};

unsigned long page_size() {
  static const auto size = static_cast<unsigned long>(sysconf(_SC_PAGESIZE));
  return size;
}

// Bytes of all buffers, which have a limit.
bool too_large(unsigned long length) {
  return length > Device::kMaxBuffer ||
         static_cast<unsigned long>(allocated_bytes()) + length > 2 * Device::kWorkingSet;
}
}  // namespace

long standin::allocated_bytes() { return allocated.load(); }

Buffer *Buffer::allocate(Device *device, SEL, unsigned long length, unsigned long options) {
  if (!length || fails(kFailBuffer) || too_large(length)) return nullptr;
  // Zero pages, which take memory once they are touched.
  void *memory = mmap(nullptr, length, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return new Buffer(*device, static_cast<char *>(memory), length, options, true);
}

Buffer *Buffer::copy(Device *device, SEL selector, const void *bytes, unsigned long length,
                     unsigned long options) {
  if (options >> 4 == kPrivate) die("a private buffer is made with bytes, which it cannot take");
  Buffer *buffer = allocate(device, selector, length, options);
  if (buffer) std::memcpy(buffer->memory, bytes, length);
  return buffer;
}

Buffer *Buffer::wrap(Device *device, SEL, void *bytes, unsigned long length, unsigned long options,
                     Block *deallocator) {
  const auto address = reinterpret_cast<unsigned long>(bytes);
  if (!bytes || !length || address % page_size() || length % page_size())
    die("the size of wrapped memory is not a multiple of the page size");
  if (options >> 4 == kPrivate) die("memory that is wrapped cannot be private");
  if (fails(kFailBuffer) || length > Device::kMaxBuffer) return nullptr;
  auto *buffer = new Buffer(*device, static_cast<char *>(bytes), length, options, false);
  buffer->deallocator_ = StrongBlock(deallocator);
  return buffer;
}

Buffer::Buffer(Device &device, char *memory, unsigned long length, unsigned long options,
               bool owned)
    : Resource(StandinBuffer, device),
      memory(memory),
      length(length),
      options_(options),
      owned_(owned) {
  if (owned_) allocated.fetch_add(static_cast<long>(length));
}

Buffer::~Buffer() {
  if (owned_) {
    allocated.fetch_sub(static_cast<long>(length));
    munmap(memory, length);
  } else if (deallocator_) {
    deallocator_(static_cast<void *>(memory), length);
  }
}

void Buffer::did_modify(Range range) {
  if (storage_mode() != kManaged) die("didModifyRange: of a buffer that is not managed");
  if (range.location + range.length > length) die("didModifyRange: beyond the buffer's end");
}

STANDIN_DEFINE_CLASS(StandinBuffer, &NSObject, destroy<Buffer>,
                     {
                         STANDIN_RESOURCE_METHODS(Buffer),
                         method<&Buffer::contents>("contents"),
                         method<&Buffer::get_length>("length"),
                         method<&Buffer::get_length>("allocatedSize"),
                         method<&Buffer::address>("gpuAddress"),
                         method<&Buffer::storage_mode>("storageMode"),
                         method<&Buffer::options>("resourceOptions"),
                         method<&Buffer::did_modify>("didModifyRange:"),
                     })
