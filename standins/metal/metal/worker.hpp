// A thread that executes tasks one after the other.
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
    // The last reference may belong to a task of the thread itself.
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else
      thread_.join();
  }

  // Throws std::system_error if no thread can be created.
  Worker() : thread_(work, state_) {}

  // A list of one task, so that memory is allocated before the task is added.
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
  // Declared last, so that it stops before the members it uses are destroyed.
  std::thread thread_;
};

}  // namespace standin
