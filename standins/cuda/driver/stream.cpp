#include "stream.hpp"

#include <atomic>
#include <thread>

#include "../ptx/error.hpp"
#include "context.hpp"
#include "graphs/capture.hpp"

namespace standin {
namespace {

CUresult result_of(ptx::TrapKind kind) {
  switch (kind) {
    case ptx::TrapKind::illegal_address: return CUDA_ERROR_ILLEGAL_ADDRESS;
    case ptx::TrapKind::misaligned_address: return CUDA_ERROR_MISALIGNED_ADDRESS;
    case ptx::TrapKind::assertion: return CUDA_ERROR_ASSERT;
    case ptx::TrapKind::illegal_instruction: return CUDA_ERROR_ILLEGAL_INSTRUCTION;
    case ptx::TrapKind::timeout: return CUDA_ERROR_LAUNCH_TIMEOUT;
    case ptx::TrapKind::launch_failure: break;
  }
  return CUDA_ERROR_LAUNCH_FAILED;
}

unsigned long long next_stream_id() {
  static std::atomic<unsigned long long> last{0};
  return ++last;
}

}  // namespace

void Completion::finish(CUresult result) {
  const std::lock_guard guard(mutex_);
  if (done_) return;
  done_ = true;
  result_ = result;
  time_ = std::chrono::steady_clock::now() + std::chrono::seconds(passed_time());
  changed_.notify_all();
}

bool Completion::is_done() const {
  const std::lock_guard guard(mutex_);
  return done_;
}

CUresult Completion::wait() const {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return done_; });
  return result_;
}

std::chrono::steady_clock::time_point Completion::time() const {
  const std::lock_guard guard(mutex_);
  return time_;
}

std::shared_ptr<Worker> Worker::start(CUctx_st &context) {
  std::shared_ptr<Worker> worker(new Worker(context));
  worker->thread_ = std::thread([worker] { worker->work(); });
  return worker;
}

Point Worker::push(Task task, std::vector<Point> after) {
  auto point = std::make_shared<Completion>();
  const std::lock_guard guard(mutex_);
  queue_.push_back({std::move(task), std::move(after), point});
  changed_.notify_one();
  return point;
}

void Worker::stop() {
  bool idle;
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    idle = queue_.empty() && !working_;
    changed_.notify_one();
  }
  // Nothing of a thread that has nothing to do is left when this returns; the others go on.
  idle ? thread_.join() : thread_.detach();
}

void Worker::work() {
  for (;;) {
    Item item;
    {
      std::unique_lock guard(mutex_);
      changed_.wait(guard, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      item = std::move(queue_.front());
      queue_.pop_front();
      working_ = true;
    }
    const CUresult result = run(item);
    // What the task holds goes before anybody learns that it is done.
    item.task = nullptr;
    item.point->finish(result);
    const std::lock_guard guard(mutex_);
    working_ = false;
  }
}

CUresult Worker::run(const Item &item) {
  for (const Point &point : item.after) point->wait();
  if (const long delay = stream_delay())
    std::this_thread::sleep_for(std::chrono::microseconds(delay));
  if (const CUresult broken = context_.error) return broken;
  try {
    item.task();
  } catch (const ptx::Trap &trap) {
    tell(trap.text);
    context_.fail(result_of(trap.kind));
  } catch (const Failure &failure) {
    context_.fail(failure.result);
  }
  return context_.error;
}

StreamRef stream_of(CUstream handle) {
  const ContextRef context = current_context();
  if (handle == nullptr || handle == CU_STREAM_LEGACY) return context->legacy;
  if (handle == CU_STREAM_PER_THREAD) {
    // One for each context that the thread has used.
    thread_local std::vector<std::pair<std::weak_ptr<CUctx_st>, StreamRef>> streams;
    for (const auto &[owner, stream] : streams)
      if (owner.lock() == context) return stream;
    auto made = std::make_shared<CUstream_st>(*context, 0, 0);
    made->is_implicit = true;
    live<CUstream_st>().add(made);
    streams.emplace_back(context, made);
    return made;
  }
  const StreamRef stream = live<CUstream_st>().get(handle);
  if (const CUresult broken = stream->context.error) fail(broken);
  return stream;
}

Point submit_now(CUstream_st &stream, Task task) {
  CUctx_st &context = stream.context;
  const std::lock_guard guard(context.order);
  std::vector<Point> after;
  const auto add = [&](const CUstream_st &other) {
    if (other.last && !other.last->is_done()) after.push_back(other.last);
  };
  if (stream.is_legacy) {
    for (const StreamRef &other : live<CUstream_st>().select(
             [&](const CUstream_st &one) { return &one.context == &context && one.is_blocking(); }))
      add(*other);
  } else if (stream.is_blocking()) {
    add(*context.legacy);
  }
  return stream.last = stream.worker->push(std::move(task), std::move(after));
}

Point submit(CUstream_st &stream, CUgraphNodeType type, const Operation &operation) {
  if (capture_operation(stream, type, operation)) return nullptr;
  if (stream.is_legacy) require_no_blocking_capture(stream.context);
  return submit_now(stream, operation());
}

void synchronize(CUstream_st &stream) {
  require_not_captured(stream);
  // A point after all that the stream waits for: of the legacy stream, the others as well.
  const CUresult result = submit_now(stream, [] {})->wait();
  if (result != CUDA_SUCCESS) fail(result);
}

}  // namespace standin

CUstream_st::CUstream_st(CUctx_st &context, unsigned flags, int priority)
    : context(context),
      flags(flags),
      priority(priority),
      id(standin::next_stream_id()),
      worker(standin::Worker::start(context)) {}

CUstream_st::~CUstream_st() { worker->stop(); }
