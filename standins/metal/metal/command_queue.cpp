#include "command_queue.hpp"

#include <system_error>

#include "command_buffer.hpp"
#include "settings.hpp"

using namespace standin;

void Slots::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return left_ > 0; });
  --left_;
}

void Slots::give() {
  const std::lock_guard lock(mutex_);
  ++left_;
  changed_.notify_one();
}

CommandQueue *CommandQueue::create(Device *device, SEL selector) {
  return create_with_limit(device, selector, kDefaultLimit);
}

CommandQueue *CommandQueue::create_with_limit(Device *device, SEL, unsigned long limit) {
  if (!limit) die("a command queue for no command buffers");
  if (fails(kFailQueue)) return nullptr;
  try {
    return new CommandQueue(*device, limit);
  } catch (const std::system_error &) {
    // No thread could be created.
    Object::live.fetch_sub(1);
    return nullptr;
  }
}

CommandQueue::CommandQueue(Device &device, unsigned long limit)
    : Resource(StandinCommandQueue, device), slots(std::make_shared<Slots>(limit)) {}

CommandBuffer *CommandQueue::command_buffer_described(Object *descriptor) {
  return make(static_cast<CommandBufferDescriptor *>(descriptor)->retained);
}

CommandBuffer *CommandQueue::make(bool retained_references) {
  if (fails(kFailCommandBuffer)) return nullptr;
  return static_cast<CommandBuffer *>(autorelease(new CommandBuffer(this, retained_references)));
}

STANDIN_DEFINE_CLASS(
    StandinCommandQueue, &NSObject, destroy<CommandQueue>,
    {
        STANDIN_RESOURCE_METHODS(CommandQueue),
        method<&CommandQueue::command_buffer>("commandBuffer"),
        method<&CommandQueue::command_buffer_unretained>("commandBufferWithUnretainedReferences"),
        method<&CommandQueue::command_buffer_described>("commandBufferWithDescriptor:"),
    })
STANDIN_DEFINE_CLASS(
    MTLCommandBufferDescriptor, &NSObject, destroy<CommandBufferDescriptor>,
    {
        method(
            "init", +[](Object *self, SEL) { return self; }),
        method<&CommandBufferDescriptor::retained_references>("retainedReferences"),
        method<&CommandBufferDescriptor::set_retained_references>("setRetainedReferences:"),
        method<&CommandBufferDescriptor::error_options>("errorOptions"),
        method<&CommandBufferDescriptor::set_error_options>("setErrorOptions:"),
    },
    {
        method(
            "alloc", +[](Class *, SEL) { return new CommandBufferDescriptor; }),
        method(
            "new", +[](Class *, SEL) { return new CommandBufferDescriptor; }),
    })
