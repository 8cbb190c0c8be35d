// What RunSchedule and Launch have in common: their settings, and the choice of the stream.
#pragma once

#include <nexus-sdk/abi/entry.hpp>

namespace nexus::sdk::detail {

inline constexpr nxs_uint kExecutionSettings =
    NXS_ExecutionSettings_Profiling | NXS_ExecutionSettings_Timing | NXS_ExecutionSettings_Capture |
    NXS_ExecutionSettings_NonBlocking;

// The stream with a handle, or the device's default stream for a negative number. Fails for a
// stream of another device; `whose` is the kind of object that belongs to the device.
class ChosenStream {
 public:
  ChosenStream(nxs_int id, Device &device, const char *whose)
      : named_(id < 0 ? Ref<Stream>() : find<Stream>(id)),
        stream_(named_ ? *named_ : device.default_stream()) {
    if (&stream_.device != &device)
      fail(NXS_InvalidStream, "the stream ", id, " belongs to another device than the ", whose);
  }

  Stream &operator*() const { return stream_; }

 private:
  const Ref<Stream> named_;
  Stream &stream_;
};

}  // namespace nexus::sdk::detail
