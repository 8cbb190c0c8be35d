// The queue of a deferred stream: its pending runs and its runs in flight.
#pragma once

#include <nexus-sdk/base/guard.hpp>
#include <nexus-sdk/streams/failures.hpp>
#include <nexus-sdk/streams/submission.hpp>

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>

namespace nexus::sdk {

// Outlives its stream until its work is done. Never takes another queue's lock while it holds its
// own: it collects the queues that it unblocks in lists, and advances them afterwards.
class DeferredQueue final : public WorkQueue {
 public:
  explicit DeferredQueue(std::unique_ptr<DeviceQueue> device)
      : calls_back_(device->calls_back()), device_(std::move(device)) {
    device_->set_owner(this);
  }

  void submit(const Ref<Run> &run);
  // Returns when a blocking run is over.
  void wait(Run &run);
  bool busy();
  // The stream has been destroyed, so no more runs come.
  void close();

  void advance(std::list<Ref<WorkQueue>> &unblocked) override;
  void poll() override;
  void wait_until_over(std::uint64_t number) override;
  bool ended() override;

 private:
  using Submissions = std::list<Submission>;
  using Unblocked = std::list<Ref<WorkQueue>>;

  // If submissions are further apart than this, there is time to look for finished work.
  static constexpr std::chrono::microseconds kFarApart{20};
  // How long a wait for deferred work on a polled device sleeps between polls.
  static constexpr std::chrono::milliseconds kPause{1};

  // Makes the device ready for use by this thread.
  class Use {
   public:
    explicit Use(DeviceQueue &device) : device_(device) { device_.enter(); }
    Use(const Use &) = delete;
    Use &operator=(const Use &) = delete;
    ~Use() { device_.leave(); }

   private:
    DeviceQueue &device_;
  };

  // In deferred_submit.hpp.
  void submit_pending(Submissions &over, Unblocked &unblocked);
  void begin(Submission &submission, Unblocked &unblocked);
  bool submit_steps(Submission &submission, Unblocked &unblocked);
  bool submit_step(Submission &submission, Unblocked &unblocked);
  bool submit_wait(Submission &submission, Command &command);
  void submit_signal(Submission &submission, Command &command, bool timed, Unblocked &unblocked);
  void open_interval(Submission &submission);
  void add_checkpoint(Submission &submission, bool timed, Command *command = nullptr);
  void pause(Submission &submission);
  void finish_submitting(Submission &submission);
  void stop(Submission &submission, const Error &error, Unblocked &unblocked);
  void give_up(const Error &error, Submissions &over, Unblocked &unblocked);

  // In deferred_retire.hpp.
  void collect(Submissions &over, Unblocked &unblocked);
  bool settle_checkpoints(Submission &submission, Submissions &over, Unblocked &unblocked);
  void settle(Submission &submission, Checkpoint &checkpoint, Unblocked &unblocked);
  bool retire_before(Submissions::iterator end, const std::optional<Error> &error,
                     Submissions &over);
  void collect_idle(Submissions &over);
  void finish(Submission &submission);
  void mark_end();
  std::unique_ptr<DeviceQueue> take_ended();
  Ref<Marker> marker_behind(std::uint64_t number);
  template <class Done>
  void wait_until(std::uint64_t number, const Done &done);

  const bool calls_back_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Empty once the stream has been destroyed and all work is done.
  std::unique_ptr<DeviceQueue> device_;
  // Lists, so that a submission moves from one to the other without allocating memory.
  // Submissions that the device does not have completely; the first may have begun.
  Submissions pending_;
  Submissions in_flight_;
  std::uint64_t submitted_ = 0;
  // The number of runs at the end of `in_flight_` that have no marker at their end.
  int unmarked_ = 0;
  std::chrono::steady_clock::time_point advanced_{};
  Failures failures_;
};

}  // namespace nexus::sdk

#include <nexus-sdk/streams/deferred_retire.hpp>
#include <nexus-sdk/streams/deferred_submit.hpp>
