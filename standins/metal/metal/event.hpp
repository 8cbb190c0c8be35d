// Shared events: counters that the host and queues wait for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "../runtime/block.hpp"
#include "device.hpp"
#include "worker.hpp"

STANDIN_CLASS(StandinEvent)
STANDIN_CLASS(MTLSharedEventListener)

namespace standin {

class Listener : public Object {
 public:
  Listener() : Object(MTLSharedEventListener) {}
  Object *init() { return this; }
  Object *init_with_queue(Object *queue) {
    queue_ = queue;
    return this;
  }
  Object *queue() { return returned(queue_.get()); }

  Worker worker;

 private:
  Strong<Object> queue_;
};

class Event : public Resource {
 public:
  static Event *create(Device *device, SEL);
  explicit Event(Device &device) : Resource(StandinEvent, device) {}

  unsigned long value();
  void set_value(unsigned long value);
  void wait(unsigned long value);
  bool wait_for(unsigned long value, unsigned long milliseconds);
  void notify(Object *listener, unsigned long value, Block *block);

 private:
  struct Notification {
    Strong<Object> listener;
    unsigned long value;
    std::shared_ptr<StrongBlock> block;
  };
  void send(Notification notification, unsigned long value);

  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned long value_ = 0;
  std::vector<Notification> notifications_;
};

}  // namespace standin
