#include "command_buffer.hpp"

#include <time.h>
#include <unistd.h>

#include "encoders/encoder.hpp"
#include "settings.hpp"

STANDIN_EXPORT standin::Object *const MTLCommandBufferErrorDomain;

using namespace standin;

namespace {

constexpr long kDeviceRemoved = 11;

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// As macOS words them.
std::string error_text(long code) {
  static const char *const texts[] = {
      "None",
      "Internal Error (0000000e:Internal Error)",
      "Caused GPU Timeout Error (00000002:kIOGPUCommandBufferCallbackErrorTimeout)",
      "Caused GPU Address Fault Error (0000000b:kIOGPUCommandBufferCallbackErrorPageFault)",
      "Ignored (for causing prior/excessive GPU errors) (00000004)",
      "Error 5",
      "Error 6",
      "Insufficient Permission (to submit GPU work from background)",
      "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
      "Invalid Resource (00000009:kIOGPUCommandBufferCallbackErrorInvalidResource)",
      "Memoryless",
      "Device Removed",
  };
  return code < static_cast<long>(std::size(texts)) ? texts[code] : "Error " + std::to_string(code);
}

}  // namespace

Object *const MTLCommandBufferErrorDomain =
    new String("MTLCommandBufferErrorDomain", Object::Lifetime::kProcess);

CommandBuffer::CommandBuffer(CommandQueue *queue, bool retained_references)
    : Object(StandinCommandBuffer), queue_(queue), retained_references_(retained_references) {
  queue_->slots->take();
}

CommandBuffer::~CommandBuffer() {
  if (encoding_) die("a command buffer is released while an encoder is open");
  if (status_ < kCommitted) queue_->slots->give();
}

unsigned long CommandBuffer::status() {
  const std::lock_guard lock(mutex_);
  return status_;
}

Object *CommandBuffer::error() {
  const std::lock_guard lock(mutex_);
  if (!error_code_) return nullptr;
  return static_cast<Object *>(
      autorelease(new Error(MTLCommandBufferErrorDomain, error_code_, error_text(error_code_))));
}

double CommandBuffer::time(double CommandBuffer::*which) {
  const std::lock_guard lock(mutex_);
  return this->*which;
}

void CommandBuffer::check_encodable(const char *what) {
  if (status_ >= kCommitted) die(std::string(what) + " on a command buffer that was committed");
  if (encoding_) die(std::string(what) + " while an encoder is open");
}

template <class T>
T *CommandBuffer::begin_encoder() {
  check_encodable("an encoder is made");
  if (fails(kFailEncoder)) return nullptr;
  auto *encoder = static_cast<T *>(autorelease(new T(this)));
  // Only now, when there can be no lack of memory any more.
  encoder->begin();
  encoding_ = true;
  return encoder;
}

BlitEncoder *CommandBuffer::blit_encoder() { return begin_encoder<BlitEncoder>(); }
ComputeEncoder *CommandBuffer::compute_encoder() { return begin_encoder<ComputeEncoder>(); }

ComputeEncoder *CommandBuffer::compute_encoder_of_type(unsigned long) { return compute_encoder(); }

void CommandBuffer::encode(std::function<void()> work) {
  steps_.push_back({Kind::kWork, std::move(work)});
}

void CommandBuffer::signal(Event *event, unsigned long value) {
  check_encodable("a signal is encoded");
  steps_.push_back({Kind::kSignal, [=, event = use(event)] { event().set_value(value); }});
}

void CommandBuffer::wait(Event *event, unsigned long value) {
  check_encodable("a wait is encoded");
  steps_.push_back({Kind::kWait, [=, event = use(event)] { event().wait(value); }});
}

void CommandBuffer::add_handler(std::vector<StrongBlock> &handlers, Block *handler) {
  if (status_ >= kCommitted) die("a handler is added to a command buffer that was committed");
  handlers.emplace_back(handler);
}

void CommandBuffer::enqueue() {
  const std::lock_guard lock(mutex_);
  if (status_ == kNotEnqueued) status_ = kEnqueued;
}

void CommandBuffer::commit() {
  check_encodable("commit");
  fail_ = fails(kFailRun);
  set_status(kCommitted);
  retain(this);
  queue_->execution.add(std::move(execution_));
}

void CommandBuffer::execute() {
  set_status(kScheduled);
  for (const StrongBlock &handler : scheduled_handlers_) handler(this);
  perform();
  count_run();
  queue_->slots->give();
  set_status(error_code_ ? kError : kCompleted);
  queue_->completion.add(std::move(completion_));
}

// Of one that fails, nothing is done from its first encoder on: not even its signals.
void CommandBuffer::perform() {
  bool begun = false;
  const auto begin = [&] {
    begun = true;
    if (const long slow = setting(kSlow)) usleep(static_cast<useconds_t>(slow));
    const std::lock_guard lock(mutex_);
    start_ = now();
    error_code_ = setting(kLost) ? kDeviceRemoved : fail_ ? setting(kErrorCode) : 0;
  };
  for (const Step &step : steps_) {
    if (step.kind == Kind::kWork && !begun) begin();
    if (error_code_) break;
    step.perform();
  }
  if (!begun) begin();
  steps_.clear();
  const std::lock_guard lock(mutex_);
  end_ = now();
}

void CommandBuffer::complete() {
  for (const StrongBlock &handler : completed_handlers_) handler(this);
  scheduled_handlers_.clear();
  completed_handlers_.clear();
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

void CommandBuffer::set_status(Status status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  changed_.notify_all();
}

void CommandBuffer::wait_until_scheduled() {
  std::unique_lock lock(mutex_);
  if (status_ < kCommitted) die("a wait for a command buffer that was not committed");
  changed_.wait(lock, [&] { return status_ >= kScheduled; });
}

void CommandBuffer::wait_until_completed() {
  std::unique_lock lock(mutex_);
  if (status_ < kCommitted) die("a wait for a command buffer that was not committed");
  changed_.wait(lock, [&] { return over_; });
}

STANDIN_DEFINE_CLASS(
    StandinCommandBuffer, &NSObject, destroy<CommandBuffer>,
    {
        STANDIN_RESOURCE_METHODS(CommandBuffer),
        method<&CommandBuffer::queue>("commandQueue"),
        method<&CommandBuffer::retained_references>("retainedReferences"),
        method<&CommandBuffer::status>("status"),
        method<&CommandBuffer::error>("error"),
        method<&CommandBuffer::start_time>("GPUStartTime"),
        method<&CommandBuffer::end_time>("GPUEndTime"),
        method<&CommandBuffer::start_time>("kernelStartTime"),
        method<&CommandBuffer::end_time>("kernelEndTime"),
        method<&CommandBuffer::enqueue>("enqueue"),
        method<&CommandBuffer::commit>("commit"),
        method<&CommandBuffer::add_scheduled_handler>("addScheduledHandler:"),
        method<&CommandBuffer::add_completed_handler>("addCompletedHandler:"),
        method<&CommandBuffer::wait_until_scheduled>("waitUntilScheduled"),
        method<&CommandBuffer::wait_until_completed>("waitUntilCompleted"),
        method<&CommandBuffer::blit_encoder>("blitCommandEncoder"),
        method<&CommandBuffer::compute_encoder>("computeCommandEncoder"),
        method<&CommandBuffer::compute_encoder_of_type>("computeCommandEncoderWithDispatchType:"),
        method<&CommandBuffer::signal>("encodeSignalEvent:value:"),
        method<&CommandBuffer::wait>("encodeWaitForEvent:value:"),
    })
