// Streams: queues of work on a GPU.
#pragma once

#include <nexus-sdk/objects/schedule.hpp>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <vector>

#include "marker.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice;

// What a stream works on, which stays until it is done when the stream is gone. No thread watches
// the work: that it is done is noticed by whoever waits for it, asks for it, or hands over more.
class Queue : public RefCounted {
 public:
  explicit Queue(const CudaDevice &device);
  ~Queue() override;

  void submit(Ref<Run> run);
  void wait(Run &run);
  bool busy();
  // The stream is gone: no more work comes.
  void close() { closed_.store(true); }
  bool closed() const { return closed_.load(); }
  nxs_ulong stream() const { return reinterpret_cast<nxs_ulong>(stream_); }

  // Hands over work that was kept back, of these queues and of those that this lets go on.
  static void resume(std::list<Ref<Queue>> ready);

 private:
  struct Span {
    Ref<Marker> start, end;
  };
  struct Submission {
    Ref<Run> run;
    // The first of its commands that the driver does not have yet.
    std::size_t next = 0;
    bool begun = false;
    // Of the run, and with timing of its commands by their place. A run that nobody waits for may
    // have no end of its own: that of a later one tells.
    Span span;
    std::vector<std::pair<std::size_t, Span>> spans;
    // What the driver was handed last, where that is a marker with timing: the end of a command is
    // the beginning of the next. More markers than needed would be measured along.
    Ref<Marker> boundary;
    std::optional<Error> error;
    // For a non-blocking run while it is being submitted: where to say that the driver refused it,
    // which is the caller's to hear at once, and not a failure of the work.
    std::optional<Error> *refused = nullptr;
    bool told = false;
    bool over = false;
  };

  void advance(std::list<Ref<Queue>> &ready);
  bool hand_over(Submission &submission, std::list<Ref<Queue>> &ready);
  bool hand_over_command(Submission &submission, std::list<Ref<Queue>> &ready);
  bool begin(Submission &submission);
  static void tell_of_refusal(Submission &submission);
  Ref<Marker> boundary(Submission &submission);
  Ref<Marker> end_of(Submission &submission);
  std::list<Submission> take_finished();
  void mark_end();
  void finish_until(std::list<Submission>::iterator end, cu::Result result,
                    std::list<Submission> &finished);
  void give_up(const Error &error, std::list<Submission> &over);
  void finish(Submission &submission, cu::Result result);
  Ref<Marker> marker_of(const Run &run) const;

  const CudaDevice &device_;
  cu::Stream stream_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Lists, since a submission has to get from one to the other when there is no memory left.
  // Not, or not wholly, with the driver; the first may have begun.
  std::list<Submission> pending_;
  std::list<Submission> in_flight_;
  // How many of the last in flight have no marker at their end.
  int unmarked_ = 0;
  std::chrono::steady_clock::time_point handed_over_{};
  Failures failures_;
  std::atomic<bool> closed_{false};
};

class CudaStream final : public Stream {
 public:
  CudaStream(const CudaDevice &device, nxs_uint settings);
  ~CudaStream() override { queue_->close(); }

  void submit(Ref<Run> run) override { queue_->submit(std::move(run)); }
  void wait(Run &run) override { queue_->wait(run); }
  bool busy() override { return queue_->busy(); }
  // The value is the driver's own stream, by which other libraries can order their work.
  Property property(nxs_property id) override {
    return id == NP_Value ? integer(queue_->stream()) : Stream::property(id);
  }
  const Ref<Queue> &queue() const { return queue_; }

 private:
  const Ref<Queue> queue_;
};

}  // namespace nexus::cuda
