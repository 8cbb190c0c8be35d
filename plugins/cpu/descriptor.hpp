// Ownership of a file descriptor.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace nexus::cpu {

class Descriptor {
 public:
  // Takes ownership of the descriptor; -1 means no descriptor.
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor &&other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  int operator*() const { return value_; }

 private:
  int value_;
};

// A copy of a descriptor above those that programs get when they start; -1 with errno set if there
// is no room for one.
inline Descriptor above_inherited(const Descriptor &descriptor) {
  constexpr int kFirst = 10;
  return Descriptor(*descriptor < 0 ? -1 : fcntl(*descriptor, F_DUPFD_CLOEXEC, kFirst));
}

}  // namespace nexus::cpu
