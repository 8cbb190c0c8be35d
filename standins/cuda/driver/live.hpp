// The objects of a kind that were made and not destroyed: a handle is one of them, or invalid.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "api/api.hpp"

namespace standin {

template <class T>
class Live {
 public:
  T *add(std::shared_ptr<T> object) {
    const std::lock_guard guard(mutex_);
    T *handle = object.get();
    objects_[handle] = std::move(object);
    return handle;
  }
  std::shared_ptr<T> get(T *handle) const {
    const std::lock_guard guard(mutex_);
    const auto found = objects_.find(handle);
    require(found != objects_.end(), CUDA_ERROR_INVALID_HANDLE);
    return found->second;
  }
  std::shared_ptr<T> remove(T *handle) {
    const std::lock_guard guard(mutex_);
    const auto found = objects_.find(handle);
    require(found != objects_.end(), CUDA_ERROR_INVALID_HANDLE);
    std::shared_ptr<T> object = std::move(found->second);
    objects_.erase(found);
    return object;
  }
  template <class Condition>
  std::vector<std::shared_ptr<T>> select(Condition condition) const {
    const std::lock_guard guard(mutex_);
    std::vector<std::shared_ptr<T>> found;
    for (const auto &[handle, object] : objects_)
      if (condition(*object)) found.push_back(object);
    return found;
  }
  long count() const {
    const std::lock_guard guard(mutex_);
    return static_cast<long>(objects_.size());
  }

 private:
  mutable std::mutex mutex_;
  std::map<T *, std::shared_ptr<T>> objects_;
};

// Lives as long as the process: threads of streams may still use it at exit.
template <class T>
Live<T> &live() {
  static auto *const all = new Live<T>;
  return *all;
}

}  // namespace standin
