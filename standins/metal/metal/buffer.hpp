// Buffers, all in host memory.
#pragma once

#include "../runtime/block.hpp"
#include "device.hpp"

STANDIN_CLASS(StandinBuffer)

namespace standin {

class Buffer : public Resource {
 public:
  static Buffer *allocate(Device *device, SEL, unsigned long length, unsigned long options);
  static Buffer *copy(Device *device, SEL, const void *bytes, unsigned long length,
                      unsigned long options);
  static Buffer *wrap(Device *device, SEL, void *bytes, unsigned long length, unsigned long options,
                      Block *deallocator);

  Buffer(Device &device, char *memory, unsigned long length, unsigned long options, bool owned);
  ~Buffer();

  // Private memory is not visible to the host.
  void *contents() { return storage_mode() == kPrivate ? nullptr : memory; }
  unsigned long get_length() { return length; }
  unsigned long address() { return reinterpret_cast<unsigned long>(memory); }
  unsigned long storage_mode() { return options_ >> 4 & 15; }
  unsigned long options() { return options_; }
  void did_modify(Range range);

  char *const memory;
  const unsigned long length;

 private:
  static constexpr unsigned long kManaged = 1, kPrivate = 2;

  const unsigned long options_;
  const bool owned_;
  StrongBlock deallocator_;
};

}  // namespace standin
