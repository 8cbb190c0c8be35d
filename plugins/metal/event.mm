#include "event.hpp"

#include <algorithm>

#include "stream.hpp"

namespace nexus::metal {

void MetalEvent::signal(nxs_int value) {
  std::vector<Ref<Queue>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (value <= value_) return;
    take_waiters(value, ready);
    value_ = value;
    failure_.reset();
    changed_.notify_all();
  }
  Queue::resume(std::move(ready));
}

// Fails where the work that was to get there has.
bool MetalEvent::reached(nxs_int value) const {
  if (value_ >= value) return true;
  if (failure_ && signals_.empty())
    fail(NXS_ExecStatusErrorForEventsInWaitList,
         "the work that was to signal the event failed: ", failure_->what());
  return false;
}

void MetalEvent::wait(nxs_int value) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return reached(value); });
}

bool MetalEvent::wait_for(nxs_int value, std::chrono::nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return reached(value); });
}

nxs_int MetalEvent::value() {
  const std::lock_guard lock(mutex_);
  return value_;
}

std::optional<Ref<Marker>> MetalEvent::order(nxs_int value, const Ref<Queue> &queue) {
  const std::lock_guard lock(mutex_);
  if (reached(value)) return Ref<Marker>();
  for (const auto &marker : signals_)
    if (marker->event_value >= value) return marker;
  // A queue asks again each time it is handed more.
  if (std::none_of(waiters_.begin(), waiters_.end(), [&](const Waiter &waiter) {
        return waiter.queue.get() == queue.get() && waiter.value == value;
      }))
    waiters_.push_back({queue, value});
  return std::nullopt;
}

void MetalEvent::signal_at(const Ref<Marker> &marker, std::vector<Ref<Queue>> &ready) {
  auto &self = static_cast<MetalEvent &>(*marker->event);
  const std::lock_guard lock(self.mutex_);
  self.failure_.reset();
  if (marker->event_value <= self.value_) return;
  self.signals_.reserve(self.signals_.size() + 1);
  self.take_waiters(marker->event_value, ready);
  self.signals_.push_back(marker);
}

void MetalEvent::passed(const Marker &marker) {
  auto &self = static_cast<MetalEvent &>(*marker.event);
  const std::lock_guard lock(self.mutex_);
  std::erase_if(self.signals_, [&](const auto &signal) { return signal.get() == &marker; });
  if (const Error *error = marker.error())
    self.failure_ = *error;
  else
    self.value_ = std::max(self.value_, marker.event_value);
  self.changed_.notify_all();
}

// Changes nothing where memory runs out.
void MetalEvent::take_waiters(nxs_int reached, std::vector<Ref<Queue>> &ready) {
  ready.reserve(ready.size() + waiters_.size());
  const auto going = std::partition(waiters_.begin(), waiters_.end(),
                                    [=](const Waiter &waiter) { return waiter.value > reached; });
  for (auto waiter = going; waiter != waiters_.end(); ++waiter)
    ready.push_back(std::move(waiter->queue));
  waiters_.erase(going, waiters_.end());
}

}  // namespace nexus::metal
