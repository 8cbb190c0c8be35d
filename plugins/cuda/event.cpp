#include "event.hpp"

#include <algorithm>
#include <thread>

#include "device.hpp"
#include "stream.hpp"

namespace nexus::cuda {
namespace {

// A marker gives no notice, so it is asked again and again: first at once, then in longer and
// longer steps.
constexpr int kEagerTries = 100;
constexpr std::chrono::microseconds kFirstPause{20}, kLongestPause{1000};

}  // namespace

void CudaEvent::signal(nxs_int value) {
  std::list<Ref<Queue>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (value <= value_) return;
    value_ = value;
    ready = take_waiters(value);
    changed_.notify_all();
  }
  Queue::resume(std::move(ready));
}

void CudaEvent::wait(nxs_int value) { wait_until(value, nullptr); }

bool CudaEvent::wait_for(nxs_int value, std::chrono::nanoseconds timeout) {
  const auto now = Clock::now();
  const Clock::time_point end =
      timeout < Clock::time_point::max() - now ? now + timeout : Clock::time_point::max();
  return wait_until(value, &end);
}

nxs_int CudaEvent::value() {
  const std::lock_guard lock(mutex_);
  update();
  return value_;
}

bool CudaEvent::order(cu::Stream stream, nxs_int value, const Ref<Queue> &queue) {
  const std::lock_guard lock(mutex_);
  if (value_ >= value) return true;
  for (const Signal &signal : signals_) {
    if (signal.value < value) continue;
    check(driver().cuStreamWaitEvent(stream, signal.marker->event, 0), "waiting for an event");
    return true;
  }
  // A queue asks again each time it is handed more.
  auto &waiting = waiters_[value];
  if (std::none_of(waiting.begin(), waiting.end(),
                   [&](const Ref<Queue> &one) { return one.get() == queue.get(); }))
    waiting.push_back(queue);
  return false;
}

std::list<Ref<Queue>> CudaEvent::signal_at(Ref<Marker> marker, nxs_int value) {
  const std::lock_guard lock(mutex_);
  if (value <= value_) return {};
  signals_.push_back({std::move(marker), value});
  changed_.notify_all();
  return take_waiters(value);
}

bool CudaEvent::wait_until(nxs_int value, const Clock::time_point *end) {
  std::unique_lock lock(mutex_);
  auto pause = kFirstPause;
  for (int tries = 0;; ++tries) {
    update();
    if (value_ >= value) return true;
    const auto now = Clock::now();
    if (end && now >= *end) return false;
    const bool asking = !signals_.empty();
    if (asking && tries < kEagerTries) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
    } else if (asking) {
      const auto next = now + pause;
      changed_.wait_until(lock, end ? std::min<Clock::time_point>(next, *end) : next);
      pause = std::min(2 * pause, kLongestPause);
    } else if (end) {
      changed_.wait_until(lock, *end);
    } else {
      changed_.wait(lock);
    }
  }
}

// Takes note of the markers that were reached.
void CudaEvent::update() {
  if (signals_.empty()) return;
  const CurrentContext current(device_.context());
  for (const Signal &signal : signals_) {
    const cu::Result result = signal.marker->query();
    if (result == cu::kNotReady) continue;
    if (result == cu::kSuccess)
      value_ = std::max(value_, signal.value);
    else
      throw error_of(result, "the work that was to signal the event failed");
  }
  std::erase_if(signals_, [this](const Signal &signal) { return signal.value <= value_; });
}

std::list<Ref<Queue>> CudaEvent::take_waiters(nxs_int reached) {
  std::list<Ref<Queue>> ready;
  const auto end = waiters_.upper_bound(reached);
  for (auto waiting = waiters_.begin(); waiting != end; ++waiting)
    ready.splice(ready.end(), waiting->second);
  waiters_.erase(waiters_.begin(), end);
  return ready;
}

}  // namespace nexus::cuda
