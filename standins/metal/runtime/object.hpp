// Objects that messages are sent to, and who keeps them.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#define STANDIN_EXPORT extern "C" __attribute__((visibility("default")))

namespace standin {

class Class;

// For what is an abort on a Mac too: a message that nobody understands, a use against the rules.
[[noreturn]] inline void die(const std::string &message) {
  std::fprintf(stderr, "Metal stand-in: %s\n", message.c_str());
  std::fflush(stderr);
  std::abort();
}

struct Object {
  // Those of the process itself, such as devices, do not count as live.
  enum class Lifetime { kCounted, kProcess };

  explicit Object(Class &isa, Lifetime lifetime = Lifetime::kCounted) : isa(&isa) {
    if (lifetime == Lifetime::kCounted) live.fetch_add(1);
  }

  // Keeps the memory for a while, so that who uses the object still is told.
  static void operator delete(void *memory);
  static void *operator new(std::size_t size);

  Class *isa;
  std::atomic<long> references{1};

  static inline std::atomic<long> live{0};
  // Released objects whose memory is kept, up to kMostKept.
  static constexpr unsigned long kMostKept = 1024;
  static inline std::atomic<unsigned long> kept{kMostKept};
};

// These know blocks, constants and nil too.
void *retain(void *object);
void release(void *object);
void *autorelease(void *object);

// Hands an object to the caller as all methods do that are not of the families new, alloc, copy.
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
