// Streams: queues of operations, each worked off by a thread of its own.
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

// A point in a stream's work: whether it is reached, when, and whether the work before it failed.
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

// What a stream does once; and what makes it, each time that the operation is submitted.
using Task = std::function<void()>;
using Operation = std::function<Task()>;

// The thread of a stream. Goes on after the stream is destroyed until its queue is empty.
class Worker {
 public:
  static std::shared_ptr<Worker> start(CUctx_st &context);

  // Runs the task after the points are reached.
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

  // While it is captured: into what, and what the next node depends on. Under capture_mutex().
  std::shared_ptr<standin::Capture> capture;
  std::vector<CUgraphNode> capture_tail;
};

struct CUevent_st {
  CUevent_st(CUctx_st &context, unsigned flags) : context(context), flags(flags) {}

  CUctx_st &context;
  const unsigned flags;
  std::mutex mutex;
  standin::Point point;  // of the last record
  // Where the last record was captured.
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

// NULL is the legacy stream, 2 the thread's own.
StreamRef stream_of(CUstream handle);
// Puts an operation into the stream, or into the graph that the stream is captured into.
Point submit(CUstream_st &stream, CUgraphNodeType type, const Operation &operation);
// As submit(), of a stream that is not captured.
Point submit_now(CUstream_st &stream, Task task);
// Waits for all that was submitted; fails as the work did.
void synchronize(CUstream_st &stream);

}  // namespace standin
