#include "worker.hpp"

#include "../runtime/pool.hpp"

namespace standin {

void Worker::work(std::shared_ptr<State> state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->stop || !state->jobs.empty(); });
    if (state->jobs.empty()) return;
    std::function<void()> job = std::move(state->jobs.front());
    state->jobs.pop_front();
    lock.unlock();
    {
      const AutoreleasePool pool;
      job();
      job = {};
    }
    lock.lock();
  }
}

}  // namespace standin
