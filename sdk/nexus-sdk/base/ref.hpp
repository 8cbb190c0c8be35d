// Intrusive reference counting. Handles, commands and pending runs share objects; whichever
// releases the last reference destroys the object, on its own thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace nexus::sdk {

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted &) = delete;
  RefCounted &operator=(const RefCounted &) = delete;
  virtual ~RefCounted() = default;

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    // Nobody else can add a reference to the only one.
    if (count() == 1 || count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  // The reference of whoever has just made the object, and shares it with nobody yet.
  void retain_first() const noexcept { count_.store(1, std::memory_order_relaxed); }

  std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }

 private:
  mutable std::atomic<std::uint32_t> count_{0};
};

template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T *object) noexcept : object_(object) {
    if (object_) object_->retain();
  }
  Ref(const Ref &other) noexcept : Ref(other.object_) {}
  Ref(Ref &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  Ref(Ref<U> other) noexcept : object_(other.detach()) {}
  Ref &operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->release();
  }

  T *get() const noexcept { return object_; }
  T *operator->() const noexcept { return object_; }
  T &operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // Whether this is the only reference to the object.
  bool unique() const noexcept { return object_->count() == 1; }

  // Gives the reference up without releasing it.
  T *detach() noexcept { return std::exchange(object_, nullptr); }
  // The first reference to an object that has just been made.
  static Ref first(T *object) noexcept {
    object->retain_first();
    return adopt(object);
  }
  // Takes over a reference that was detached.
  static Ref adopt(T *object) noexcept {
    Ref ref;
    ref.object_ = object;
    return ref;
  }

 private:
  T *object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args &&...args) {
  return Ref<T>::first(new T(std::forward<Args>(args)...));
}

}  // namespace nexus::sdk
