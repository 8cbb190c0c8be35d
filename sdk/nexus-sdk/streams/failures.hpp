// Failures of a stream's runs that have not been reported yet.
#pragma once

#include <nexus-sdk/objects/run.hpp>

#include <optional>

namespace nexus::sdk {

// Keeps the failure of a non-blocking run until the next blocking run on the stream, which reports
// it and is dropped. Called in the order of the work.
class Failures {
 public:
  // Takes the failure that a run must report instead of its own result, if there is one.
  std::optional<Error> take_for(const Run &run) { return run.blocking() ? take() : std::nullopt; }
  // The same for any blocking work.
  std::optional<Error> take() {
    if (!unreported_) return std::nullopt;
    Error error(unreported_->status(),
                concat("earlier work on this stream failed: ", unreported_->what()));
    unreported_.reset();
    return error;
  }

  // Drops the run if it must report an earlier failure. Returns whether it was dropped.
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
