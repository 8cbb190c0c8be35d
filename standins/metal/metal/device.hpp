// Devices, and the base of their objects.
#pragma once

#include "../foundation/collections.hpp"
#include "../foundation/dispatch.hpp"

STANDIN_CLASS(StandinDevice)

namespace standin {

class Device : public Object {
 public:
  static constexpr Size kMaxThreads = {1024, 1024, 1024};
  static constexpr unsigned long kMaxGroupThreads = 1024, kMaxGroupMemory = 32768, kSimdWidth = 32;
  static constexpr unsigned long kWorkingSet = 4ul << 30, kMaxBuffer = 2ul << 30;

  explicit Device(unsigned index);
  static Device &at(unsigned index);

  const unsigned index;
};

long allocated_bytes();

// An object of a device that can be given a label.
struct Resource : Object {
  Resource(Class &isa, Device &device) : Object(isa), device(device) {}

  Object *get_device() { return returned(&device); }
  Object *label() { return returned(label_.get()); }
  void set_label(Object *text) { label_ = text; }

  Device &device;

 private:
  Strong<Object> label_;
};

#define STANDIN_RESOURCE_METHODS(TYPE)                                                      \
  ::standin::method<&TYPE::get_device>("device"), ::standin::method<&TYPE::label>("label"), \
      ::standin::method<&TYPE::set_label>("setLabel:")

}  // namespace standin
