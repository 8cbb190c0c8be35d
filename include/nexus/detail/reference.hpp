/**
 * @file reference.hpp
 * Counted references. std::shared_ptr takes far longer to compile, once for each type.
 */
#ifndef NEXUS_DETAIL_REFERENCE_HPP
#define NEXUS_DETAIL_REFERENCE_HPP

#include <atomic>
#include <utility>

namespace nexus::detail {

/** The base of what Reference refers to: counts the references. */
class Counted {
 public:
  Counted() = default;
  Counted(const Counted &) = delete;
  Counted &operator=(const Counted &) = delete;
  virtual ~Counted() = default;

 private:
  template <class T>
  friend class Reference;
  std::atomic<long> references_{0};
};

/** A reference to an object, which ends with the last one; null if it refers to none. */
template <class T>
class Reference {
 public:
  Reference() noexcept = default;
  explicit Reference(T *object) noexcept : object_(object) { add(); }
  Reference(const Reference &other) noexcept : Reference(other.object_) {}
  Reference(Reference &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class Derived>
  Reference(const Reference<Derived> &other) noexcept : Reference(other.get()) {}
  ~Reference() { remove(); }

  Reference &operator=(Reference other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }

  T *get() const noexcept { return object_; }
  T *operator->() const noexcept { return object_; }
  T &operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  void add() noexcept {
    if (object_) object_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  void remove() noexcept {
    if (object_ && object_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete object_;
    }
  }

  T *object_ = nullptr;
};

/** Makes an object. */
template <class T, class... Arguments>
Reference<T> make(Arguments &&...arguments) {
  return Reference<T>(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_REFERENCE_HPP
