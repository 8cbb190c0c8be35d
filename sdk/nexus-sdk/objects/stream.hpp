// Streams: where schedules are submitted to.
#pragma once

#include <nexus-sdk/objects/run.hpp>

namespace nexus::sdk {

class Stream : public Object {
 public:
  static constexpr Kind kKind = Kind::kStream;
  Stream(const Device &device, nxs_uint settings)
      : Object(kKind), device(device), settings(settings) {}

  // Takes a run, to be executed after those before it. Leads to its complete(), end() or refuse();
  // for a blocking run possibly before it returns. Notes the run in the buffers that it uses.
  // Where it throws, it has not taken the run.
  virtual void submit(const Ref<Run> &run) = 0;
  // Returns when the run is over.
  virtual void wait(Run &run) { run.wait(); }
  // Whether it has work to do.
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
