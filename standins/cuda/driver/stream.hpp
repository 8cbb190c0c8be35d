// Streams: queues of operations, each executed by its own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/api.hpp"

namespace standin {

struct Capture;

// A point in a stream's work: whether and when it was reached, and whether earlier work failed.
class Completion {
 public:
  void finish(CUresult result);
  bool is_done() const;
  CUresult wait() const;
  std::chrono::steady_clock::time_point time() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool done_ = false;
  CUresult result_ = CUDA_SUCCESS;
  std::chrono::steady_clock::time_point time_;
};
using Point = std::shared_ptr<Completion>;

// Task: what a stream executes once. Operation: makes a task at each submission.
using Task = std::function<void()>;
using Operation = std::function<Task()>;

// The thread of a stream. It outlives the stream until its queue is empty.
class Worker {
 public:
  static std::shared_ptr<Worker> start(CUctx_st &context);

  // Runs the task once the points have been reached.
  Point push(Task task, std::vector<Point> after);
  void stop();

 private:
  struct Item {
    Task task;
    std::vector<Point> after;
    Point point;
  };
  explicit Worker(CUctx_st &context) : context_(context) {}
  void work();
  CUresult run(const Item &item);

  CUctx_st &context_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  std::thread thread_;
  bool stopping_ = false, working_ = false;
};

}  // namespace standin

struct CUstream_st {
  CUstream_st(CUctx_st &context, unsigned flags, int priority);
  ~CUstream_st();

  bool is_blocking() const { return !(flags & CU_STREAM_NON_BLOCKING); }

  CUctx_st &context;
  const unsigned flags;
  const int priority;
  const unsigned long long id;
  bool is_legacy = false;
  bool is_implicit = false;  // no program has made it
  const std::shared_ptr<standin::Worker> worker;
  standin::Point last;  // under the context's lock

  // The capture, and the nodes that the next node depends on. Guarded by capture_mutex().
  std::shared_ptr<standin::Capture> capture;
  std::vector<CUgraphNode> capture_tail;
};

struct CUevent_st {
  CUevent_st(CUctx_st &context, unsigned flags) : context(context), flags(flags) {}

  CUctx_st &context;
  const unsigned flags;
  std::mutex mutex;
  standin::Point point;  // of the last record
  // The position of the last captured record.
  std::weak_ptr<standin::Capture> capture;
  bool is_captured = false;
  std::vector<CUgraphNode> capture_tail;

  standin::Point current() {
    const std::lock_guard guard(mutex);
    return point;
  }
};

namespace standin {

using StreamRef = std::shared_ptr<CUstream_st>;

// NULL means the legacy stream, 2 the per-thread default stream.
StreamRef stream_of(CUstream handle);
// Submits an operation to the stream, or adds it to the graph that captures the stream.
Point submit(CUstream_st &stream, CUgraphNodeType type, const Operation &operation);
// Submits to a stream that is not captured.
Point submit_now(CUstream_st &stream, Task task);
// Waits for all submitted work, and fails if it failed.
void synchronize(CUstream_st &stream);

}  // namespace standin
