// One object that is kept for its next use.
#pragma once

#include <nexus-sdk/base/ref.hpp>

#include <atomic>

namespace nexus::sdk {

// Several threads may take and keep at once.
template <class T>
class Spare {
 public:
  Spare() = default;
  Spare(const Spare &) = delete;
  Spare &operator=(const Spare &) = delete;
  ~Spare() { take(); }

  // The object that was kept last; empty if there is none.
  Ref<T> take() { return Ref<T>::adopt(object_.exchange(nullptr, std::memory_order_acquire)); }
  void keep(Ref<T> object) {
    // Releases the one that another thread kept meanwhile.
    Ref<T>::adopt(object_.exchange(object.detach(), std::memory_order_acq_rel));
  }

 private:
  std::atomic<T *> object_{nullptr};
};

}  // namespace nexus::sdk
