// Streams: the targets that schedules are submitted to.
#pragma once

#include <nexus-sdk/objects/run.hpp>

namespace nexus::sdk {

class Stream : public Object {
 public:
  static constexpr Kind kKind = Kind::kStream;
  Stream(const Device &device, nxs_uint settings)
      : Object(kKind), device(device), settings(settings) {}

  // Accepts a run for execution after the runs submitted earlier, and notes it in the buffers that
  // it uses. The run is later ended by its complete(), end() or refuse(); a blocking run possibly
  // before submit() returns. A submit() that throws has not accepted the run.
  virtual void submit(const Ref<Run> &run) = 0;
  // Executes a blocking launch, the only step of a list, on the calling thread, and sets its
  // failure, if any. Returns false, and does nothing, where it has to be submitted as a run.
  virtual bool launch_here(CommandList &, const Launch &, std::optional<Error> &) { return false; }
  // Returns when the run is over.
  virtual void wait(Run &run) { run.wait(); }
  // Whether work is pending or in flight.
  virtual bool busy() = 0;

  virtual Property property(nxs_property id) {
    switch (id) {
      case NP_Status: return std::string(busy() ? "Running" : "Complete");
      default: return {};
    }
  }

  const Device &device;
  const nxs_uint settings;
};

}  // namespace nexus::sdk
