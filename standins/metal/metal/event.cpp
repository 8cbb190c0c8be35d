#include "event.hpp"

#include <algorithm>

#include "settings.hpp"

using namespace standin;

Event *Event::create(Device *device, SEL) {
  return fails(kFailEvent) ? nullptr : new Event(*device);
}

unsigned long Event::value() {
  const std::lock_guard lock(mutex_);
  return value_;
}

void Event::set_value(unsigned long value) {
  const std::lock_guard lock(mutex_);
  value_ = value;
  changed_.notify_all();
  const auto reached =
      std::stable_partition(notifications_.begin(), notifications_.end(),
                            [&](const Notification &one) { return one.value > value; });
  for (auto one = reached; one != notifications_.end(); ++one) send(std::move(*one), value);
  notifications_.erase(reached, notifications_.end());
}

void Event::wait(unsigned long value) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return value_ >= value; });
}

bool Event::wait_for(unsigned long value, unsigned long milliseconds) {
  // The longest wait that the clock supports.
  const std::chrono::milliseconds timeout(std::min(milliseconds, 1'000'000'000ul));
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return value_ >= value; });
}

void Event::notify(Object *listener, unsigned long value, Block *block) {
  const std::lock_guard lock(mutex_);
  Notification notification{listener, value, std::make_shared<StrongBlock>(block)};
  if (value_ >= value)
    send(std::move(notification), value_);
  else
    notifications_.push_back(std::move(notification));
}

void Event::send(Notification notification, unsigned long value) {
  auto &worker = static_cast<Listener *>(notification.listener.get())->worker;
  worker.add({[event = Strong<Event>(this), notification = std::move(notification), value] {
    (*notification.block)(event.get(), value);
  }});
}

STANDIN_DEFINE_CLASS(StandinEvent, &NSObject, destroy<Event>,
                     {
                         STANDIN_RESOURCE_METHODS(Event),
                         method<&Event::value>("signaledValue"),
                         method<&Event::set_value>("setSignaledValue:"),
                         method<&Event::wait_for>("waitUntilSignaledValue:timeoutMS:"),
                         method<&Event::notify>("notifyListener:atValue:block:"),
                     })
STANDIN_DEFINE_CLASS(MTLSharedEventListener, &NSObject, destroy<Listener>,
                     {
                         method<&Listener::init>("init"),
                         method<&Listener::init_with_queue>("initWithDispatchQueue:"),
                         method<&Listener::queue>("dispatchQueue"),
                     },
                     {
                         method(
                             "alloc", +[](Class *, SEL) { return new Listener; }),
                         method(
                             "new", +[](Class *, SEL) { return new Listener; }),
                     })
