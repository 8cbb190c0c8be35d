// Command queues, which execute command buffers in the order of their commits.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "device.hpp"
#include "worker.hpp"

STANDIN_CLASS(StandinCommandQueue)
STANDIN_CLASS(MTLCommandBufferDescriptor)

namespace standin {

class CommandBuffer;

// Number of command buffers that a queue may still create; a request for another one waits.
class Slots {
 public:
  explicit Slots(unsigned long count) : left_(count) {}
  void take();
  void give();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned long left_;
};

class CommandQueue : public Resource {
 public:
  static constexpr unsigned long kDefaultLimit = 64;

  static CommandQueue *create(Device *device, SEL);
  static CommandQueue *create_with_limit(Device *device, SEL, unsigned long limit);
  CommandQueue(Device &device, unsigned long limit);

  CommandBuffer *command_buffer() { return make(true); }
  CommandBuffer *command_buffer_unretained() { return make(false); }
  CommandBuffer *command_buffer_described(Object *descriptor);

  const std::shared_ptr<Slots> slots;
  // Executes the work and calls the handlers, which may take long.
  Worker execution, completion;

 private:
  CommandBuffer *make(bool retained_references);
};

struct CommandBufferDescriptor : Object {
  CommandBufferDescriptor() : Object(MTLCommandBufferDescriptor) {}
  bool retained_references() { return retained; }
  void set_retained_references(bool value) { retained = value; }
  unsigned long error_options() { return options; }
  void set_error_options(unsigned long value) { options = value; }

  bool retained = true;
  unsigned long options = 0;
};

}  // namespace standin
