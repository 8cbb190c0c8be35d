// Command buffers: work that is encoded, committed and executed in order.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "../runtime/block.hpp"
#include "command_queue.hpp"
#include "event.hpp"

STANDIN_CLASS(StandinCommandBuffer)

namespace standin {

class BlitEncoder;
class ComputeEncoder;

class CommandBuffer : public Object {
 public:
  CommandBuffer(CommandQueue *queue, bool retained_references);
  ~CommandBuffer();

  Object *get_device() { return queue_->get_device(); }
  Object *queue() { return returned(queue_.get()); }
  Object *label() { return returned(label_.get()); }
  void set_label(Object *text) { label_ = text; }
  bool retained_references() { return retained_references_; }

  unsigned long status();
  Object *error();
  double start_time() { return time(&CommandBuffer::start_); }
  double end_time() { return time(&CommandBuffer::end_); }

  void enqueue();
  void commit();
  void wait_until_scheduled();
  void wait_until_completed();
  void add_scheduled_handler(Block *handler) { add_handler(scheduled_handlers_, handler); }
  void add_completed_handler(Block *handler) { add_handler(completed_handlers_, handler); }

  BlitEncoder *blit_encoder();
  ComputeEncoder *compute_encoder();
  ComputeEncoder *compute_encoder_of_type(unsigned long type);
  void signal(Event *event, unsigned long value);
  void wait(Event *event, unsigned long value);

  // For encoders; at most one is open.
  void encode(std::function<void()> work);
  void end_encoding() { encoding_ = false; }
  // An object that the work uses, kept alive by the command buffer or by its user.
  template <class T>
  std::function<T &()> use(T *object) {
    if (retained_references_) return [kept = Strong<T>(object)]() -> T & { return *kept.get(); };
    return [object]() -> T & {
      if (object->isa == &Released) die("a command buffer's resource was released too early");
      return *object;
    };
  }

 private:
  enum Status { kNotEnqueued, kEnqueued, kCommitted, kScheduled, kCompleted, kError };
  enum class Kind { kWait, kSignal, kWork };
  struct Step {
    Kind kind;
    std::function<void()> perform;
  };

  void check_encodable(const char *what);
  template <class T>
  T *begin_encoder();
  void add_handler(std::vector<StrongBlock> &handlers, Block *handler);
  void execute();
  void perform();
  void complete();
  void set_status(Status status);
  double time(double CommandBuffer::*which);

  const Strong<CommandQueue> queue_;
  const bool retained_references_;
  Strong<Object> label_;
  std::vector<Step> steps_;
  std::vector<StrongBlock> scheduled_handlers_, completed_handlers_;
  bool encoding_ = false;
  // Assigned at the commit, so that it does not depend on the order of the queues' threads.
  bool fail_ = false;
  // Allocated before the commit, which cannot fail.
  Worker::Job execution_{[this] { execute(); }};
  Worker::Job completion_{[this] {
    complete();
    release(this);
  }};

  std::mutex mutex_;
  std::condition_variable changed_;
  Status status_ = kNotEnqueued;
  // The handlers have returned too.
  bool over_ = false;
  long error_code_ = 0;
  double start_ = 0, end_ = 0;
};

}  // namespace standin
