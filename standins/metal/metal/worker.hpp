// A thread that does one thing after the other.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace standin {

class Worker {
 public:
  ~Worker() {
    {
      const std::lock_guard lock(state_->mutex);
      state_->stop = true;
    }
    state_->changed.notify_one();
    // Whoever holds the last reference may be what the thread itself does.
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else
      thread_.join();
  }

  // Throws std::system_error where there can be no thread.
  Worker() : thread_(work, state_) {}

  // A list of one, so that what takes memory can be done before it is added.
  using Job = std::list<std::function<void()>>;

  void add(Job job) noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->jobs.splice(state_->jobs.end(), job);
    state_->changed.notify_one();
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    Job jobs;
    bool stop = false;
  };

  static void work(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_ = std::make_shared<State>();
  // After what it works on.
  std::thread thread_;
};

}  // namespace standin
