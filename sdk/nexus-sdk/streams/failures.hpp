// The failures of a stream's runs.
#pragma once

#include <nexus-sdk/objects/run.hpp>

#include <optional>

namespace nexus::sdk {

// A failure of a non-blocking run, which nobody waited for, is reported by the next blocking run of
// the stream, which is dropped. Used in the order of the work.
class Failures {
 public:
  // The failure that a run has to report instead of its own result, if there is one.
  std::optional<Error> take_for(const Run &run) {
    if (!unreported_ || !run.blocking()) return std::nullopt;
    const Error error(unreported_->status(),
                      concat("earlier work on this stream failed: ", unreported_->what()));
    unreported_.reset();
    return error;
  }

  // Drops a run that has such a failure to report; returns whether it has.
  bool drop(Run &run, std::list<Ref<WorkQueue>> &unblocked) {
    const std::optional<Error> error = take_for(run);
    if (!error) return false;
    run.fail_signals(0, *error, unblocked);
    run.end(NXS_EventStatus_Canceled, *error);
    return true;
  }

  // Ends a run whose work failed.
  void end(Run &run, const Error &error) {
    if (!run.blocking() && !unreported_) unreported_ = error;
    run.end(NXS_EventStatus_Error, error);
  }

 private:
  std::optional<Error> unreported_;
};

}  // namespace nexus::sdk
