/**
 * @file event.hpp
 * Events: counters that order the work of streams and of the host.
 */
#ifndef NEXUS_EVENT_HPP
#define NEXUS_EVENT_HPP

#include <nexus/object.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace nexus {

/** A counter that starts at 0 and only grows, created by Device::createEvent. */
class Event : public Closable {
 public:
  Event() = default;

  /** The counter's value. */
  nxs_long value() const { return get<NP_Value>(); }

  /** Raises the counter to a value; does nothing if it is as high already. */
  void signal(nxs_int value = 1) const {
    checked(NEXUS_CALL(plugin(), SignalEvent, handle(), value), "nxsSignalEvent");
  }

  /**
   * Waits until the counter is a value or more. Throws an Error of the status
   * NXS_ExecStatusErrorForEventsInWaitList if the work that was to signal it has failed, or nothing
   * can signal it any more.
   */
  void wait(nxs_int value = 1) const {
    checkedWait(NEXUS_CALL(plugin(), WaitEvent, handle(), value), "nxsWaitEvent", value);
  }

  /** As wait(), but throws WaitTimeoutError if the counter is still lower after a time. */
  template <class Rep, class Period>
  void wait(nxs_int value, std::chrono::duration<Rep, Period> timeout) const {
    if (waitFor(timeout, value)) return;
    const double seconds = std::chrono::duration<double>(timeout).count();
    throw WaitTimeoutError(describe() + " did not reach " + std::to_string(value) + " after " +
                               std::to_string(seconds) + " s",
                           NXS_Timeout, "nxsWaitEventTimeout");
  }

  /** Waits for at most a time; returns whether the counter has reached the value. */
  template <class Rep, class Period>
  [[nodiscard]] bool waitFor(std::chrono::duration<Rep, Period> timeout, nxs_int value = 1) const {
    return waitUpTo(nanoseconds(timeout), value);
  }

 private:
  friend struct detail::Access;
  explicit Event(detail::Reference<detail::State> state) : Closable(std::move(state)) {}

  nxs_int checkedWait(nxs_int result, const char *function, nxs_int value) const {
    return checked(result, function,
                   [&] { return "waiting for " + std::to_string(value) + " of " + describe(); });
  }

  /** Returns a duration in nanoseconds, at least 0 and at most a hundred years. */
  template <class Rep, class Period>
  static nxs_ulong nanoseconds(std::chrono::duration<Rep, Period> timeout) {
    constexpr double kMost = 3.2e18;
    const double wanted = std::chrono::duration<double, std::nano>(timeout).count();
    if (!(wanted > 0)) return 0;
    return wanted < kMost ? static_cast<nxs_ulong>(wanted) : static_cast<nxs_ulong>(kMost);
  }

  bool waitUpTo(nxs_ulong timeout, nxs_int value) const {
    const nxs_int result = NEXUS_CALL(plugin(), WaitEventTimeout, handle(), value, timeout);
    if (result == NXS_Timeout) return false;
    if (result == detail::kAbsent) return poll(timeout, value);
    checkedWait(result, "nxsWaitEventTimeout", value);
    return true;
  }

  /** Asks for the value again and again, of plugins that cannot wait with a time-out. */
  bool poll(nxs_ulong timeout, nxs_int wanted) const {
    const auto start = std::chrono::steady_clock::now();
    const std::chrono::nanoseconds most(static_cast<std::chrono::nanoseconds::rep>(timeout));
    while (true) {
      const auto reached = findProperty<nxs_long>(NP_Value);
      if (!reached) checkedWait(detail::kAbsent, "nxsWaitEventTimeout", wanted);
      if (*reached >= wanted) return true;
      if (std::chrono::steady_clock::now() - start >= most) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
  }
};

}  // namespace nexus

#endif  // NEXUS_EVENT_HPP
