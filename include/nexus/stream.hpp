/**
 * @file stream.hpp
 * Streams: they run schedules in the order of submission.
 */
#ifndef NEXUS_STREAM_HPP
#define NEXUS_STREAM_HPP

#include <nexus/object.hpp>

#include <utility>

namespace nexus {

namespace detail {

/** The stream that a device has of its own. */
inline constexpr nxs_int kDefaultStream = -1;

/** A handle that ends with a scope. */
class Temporary {
 public:
  Temporary(const Kind &kind, const Plugin &plugin, nxs_int id)
      : kind_(kind), plugin_(plugin), id_(id) {}
  Temporary(const Temporary &) = delete;
  Temporary &operator=(const Temporary &) = delete;
  ~Temporary() {
    if (id_ >= 0) kind_.release(plugin_, id_);
  }

  nxs_int id() const noexcept { return id_; }

 private:
  const Kind &kind_;
  const Plugin &plugin_;
  nxs_int id_;
};

}  // namespace detail

/** A queue of work, created by Device::createStream. Two streams run independently. */
class Stream : public Closable {
 public:
  Stream() = default;

  /**
   * Waits until all work that was submitted to the stream is done. Throws if work that was run
   * without blocking has failed.
   */
  void synchronize() const {
    // A blocking run of nothing, which reports failures of the work before it.
    state().requireOpen("nxsRunSchedule");
    const nxs_int made = NEXUS_CALL(plugin(), CreateSchedule, state().parent->handle(), 0);
    const detail::Temporary schedule(detail::kSchedule, plugin(),
                                     checked(made, "nxsCreateSchedule"));
    checked(NEXUS_CALL(plugin(), RunSchedule, schedule.id(), handle(), 0), "nxsRunSchedule");
  }

 private:
  friend struct detail::Access;
  explicit Stream(detail::Reference<detail::State> state) : Closable(std::move(state)) {}
};

}  // namespace nexus

#endif  // NEXUS_STREAM_HPP
