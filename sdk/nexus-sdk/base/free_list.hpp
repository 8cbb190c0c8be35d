// Objects that are kept for their next use, as many as were in use at once.
#pragma once

#include <nexus-sdk/base/spin_lock.hpp>

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace nexus::sdk {

// Several threads may take and give back at once.
template <class T>
class FreeList {
 public:
  // The object that was given back last. If there is none, the result of `make`, a function.
  template <class Make>
  T take(const Make &make) {
    {
      const std::lock_guard guard(lock_);
      if (!free_.empty()) {
        T last = std::move(free_.back());
        free_.pop_back();
        return last;
      }
      // Space for all objects, so that giving them back needs no memory.
      free_.reserve(++taken_);
    }
    return make();
  }

  // Of an object that take() returned.
  void give_back(T object) noexcept {
    const std::lock_guard guard(lock_);
    free_.push_back(std::move(object));
  }

  // An object that is given back with the lease.
  struct Lease {
    FreeList &from;
    T object;
    ~Lease() { from.give_back(std::move(object)); }
  };
  template <class Make>
  Lease lease(const Make &make) {
    return {*this, take(make)};
  }

 private:
  SpinLock lock_;
  std::vector<T> free_;
  // How often there was no object.
  std::size_t taken_ = 0;
};

}  // namespace nexus::sdk
