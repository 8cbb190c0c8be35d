// A toy device with a queue: a thread that executes jobs in order. On request it is slow, fails,
// refuses calls and loses markers. It reports completion by polling or by callback.
#pragma once

#include <nexus-sdk/streams/deferred_stream.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace toy {
using namespace nexus::sdk;

// Named settings of the device: `fail_FUNCTION` and `throw_FUNCTION` count down to the call of a
// DeviceQueue's function that throws an Error, or an int.
class Settings {
 public:
  static Settings &instance() {
    static auto *const settings = new Settings();
    return *settings;
  }

  void set(const std::string &name, long value) {
    const std::lock_guard lock(mutex_);
    values_[name] = value;
  }
  long get(const std::string &name) {
    const std::lock_guard lock(mutex_);
    return values_[name];
  }
  void add(const std::string &name, long value) {
    const std::lock_guard lock(mutex_);
    values_[name] += value;
  }
  // Whether a countdown ends with this call.
  bool due(const std::string &name) {
    const std::lock_guard lock(mutex_);
    auto &left = values_[name];
    return left > 0 && --left == 0;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, long> values_;
};

inline void enter_function(const std::string &name) {
  Settings &settings = Settings::instance();
  settings.add("calls_" + name, 1);
  if (settings.due("throw_" + name)) throw 7;
  if (settings.due("fail_" + name)) fail(NXS_OutOfResources, "the toy refuses ", name);
}

// Its state is set by the device's thread.
class ToyMarker : public CallbackMarker {
 public:
  // A polled marker is waited for in slices, as drivers may return early.
  void wait() override {
    for (int i = 0; i < 50 && state() == State::kPending; ++i)
      std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
};

// The device's side of a queue: a thread, which keeps it.
class Executor : public std::enable_shared_from_this<Executor> {
 public:
  // Returns the stream's queue, if it must be advanced.
  using Job = std::function<Ref<WorkQueue>(Executor &)>;

  static std::shared_ptr<Executor> start() {
    auto executor = std::make_shared<Executor>();
    std::thread([executor] { executor->work(); }).detach();
    return executor;
  }

  // Nothing ends the thread.
  void push(Job job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_all();
  }
  std::size_t pending() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
  }
  void drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.empty() && !busy_; });
  }

  // Of the work since the last marker; used by the thread.
  std::optional<Error> error;
  nxs_long interval_start = 0;

 private:
  void work() {
    while (const Job job = next()) {
      const long delay = Settings::instance().get("delay_us");
      if (delay) std::this_thread::sleep_for(std::chrono::microseconds(delay));
      Ref<WorkQueue> queue;
      try {
        queue = job(*this);
      } catch (const Error &failure) {
        if (!error) error = failure;
      }
      finish();
      // A queue that drains holds its lock, so it is advanced only when the work counts as done.
      if (queue) advance_all({queue});
    }
  }

  Job next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !jobs_.empty(); });
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = static_cast<bool>(job);
    return job;
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool busy_ = false;
};

class ToyQueue final : public DeviceQueue {
 public:
  using Kernel = void (*)(const Launch &);

  ToyQueue(bool calls_back, Kernel kernel)
      : calls_back_(calls_back), kernel_(kernel), executor_(Executor::start()) {
    Settings::instance().add("queues", 1);
  }
  ~ToyQueue() override {
    executor_->push(nullptr);
    Settings::instance().add("queues", -1);
  }

  void enter() override { enter_function("enter"); }

  void launch(const Launch &launch) override {
    enter_function("launch");
    executor_->push([kernel = kernel_, &launch](Executor &) {
      Settings::instance().add("executed", 1);
      kernel(launch);
      return Ref<WorkQueue>();
    });
  }

  void order_after(Marker &marker) override {
    enter_function("order_after");
    executor_->push([awaited = Ref<Marker>(&marker)](Executor &) {
      while (awaited->state() == Marker::State::kPending) awaited->wait();
      return Ref<WorkQueue>();
    });
  }

  Ref<Marker> record(MarkerUse use) override {
    enter_function("record");
    const Ref<ToyMarker> marker = make_ref<ToyMarker>();
    const Ref<WorkQueue> owner = calls_back_ ? this->owner() : Ref<WorkQueue>();
    executor_->push([marker, owner, timed = use.timed](Executor &executor) {
      Settings &settings = Settings::instance();
      if (settings.due("lose_marker")) return Ref<WorkQueue>();
      const Timing timing = timed ? Timing{executor.interval_start, clock_ns()} : Timing();
      const std::optional<Error> error = std::exchange(executor.error, std::nullopt);
      marker->complete(error, timing);
      if (settings.due("complete_twice")) marker->complete(std::nullopt, timing);
      return owner;
    });
    return marker;
  }

  void begin_interval() override {
    enter_function("begin_interval");
    executor_->push([](Executor &executor) {
      executor.interval_start = clock_ns();
      return Ref<WorkQueue>();
    });
  }

  void flush() override {
    enter_function("flush");
    // A second time it could wait for a thread that waits for the lock of its caller.
    if (Settings::instance().due("first_flush_drains")) drain();
  }
  bool full() const override {
    const long most = Settings::instance().get("most_pending");
    return most && static_cast<long>(executor_->pending()) >= most;
  }
  void drain() noexcept override { executor_->drain(); }
  int unmarked_runs() const override { return calls_back_ ? 0 : 4; }
  bool calls_back() const override { return calls_back_; }

 private:
  const bool calls_back_;
  const Kernel kernel_;
  const std::shared_ptr<Executor> executor_;
};

}  // namespace toy
