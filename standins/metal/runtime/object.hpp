// Objects that receive messages, and their ownership.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#define STANDIN_EXPORT extern "C" __attribute__((visibility("default")))

namespace standin {

class Class;

// Aborts, as a Mac would: for unrecognized selectors and invalid use.
[[noreturn]] inline void die(const std::string &message) {
  std::fprintf(stderr, "Metal stand-in: %s\n", message.c_str());
  std::fflush(stderr);
  std::abort();
}

struct Object {
  // Permanent objects, such as devices, do not count as live.
  enum class Lifetime { kCounted, kProcess };

  explicit Object(Class &isa, Lifetime lifetime = Lifetime::kCounted) : isa(&isa) {
    if (lifetime == Lifetime::kCounted) live.fetch_add(1);
  }

  // Keeps the memory for a while, so that a use after release is reported.
  static void operator delete(void *memory);
  static void *operator new(std::size_t size);

  Class *isa;
  std::atomic<long> references{1};

  static inline std::atomic<long> live{0};
  // Released objects with kept memory, at most kMostKept.
  static constexpr unsigned long kMostKept = 1024;
  static inline std::atomic<unsigned long> kept{kMostKept};
};

// These also accept blocks, constants and nil.
void *retain(void *object);
void release(void *object);
void *autorelease(void *object);

// Returns an object autoreleased, as methods outside of the families new, alloc and copy do.
template <class T>
T *returned(T *object) {
  return static_cast<T *>(autorelease(retain(object)));
}

template <class T>
class Strong {
 public:
  Strong() = default;
  Strong(T *object) : object_(static_cast<T *>(retain(object))) {}
  Strong(const Strong &other) : Strong(other.object_) {}
  Strong(Strong &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Strong &operator=(Strong other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Strong() { release(object_); }

  T *get() const { return object_; }
  T *operator->() const { return object_; }
  explicit operator bool() const { return object_; }

 private:
  T *object_ = nullptr;
};

}  // namespace standin
