// Ownership of a file descriptor.
#pragma once

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

}  // namespace nexus::cpu
