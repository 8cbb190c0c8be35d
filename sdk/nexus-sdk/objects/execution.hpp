// How a run is executed: by a schedule, or by a launch without one.
#pragma once

#include <nexus-sdk/objects/stream.hpp>

#include <optional>

namespace nexus::sdk {

// The execution settings that a stream adds to those of its runs.
inline nxs_uint profiling(const Stream &stream) {
  return stream.settings & NXS_StreamSettings_Profiling ? NXS_ExecutionSettings_Profiling : 0;
}

// Submits the run, and waits for it if it is blocking. Returns its failure, if any. Calls
// `refused(run)` if the stream does not accept it.
template <class Refused>
std::optional<Error> execute(Stream &stream, const Ref<Run> &run, const Refused &refused) {
  try {
    stream.submit(run);
  } catch (const Error &error) {
    run->refuse(error);
  } catch (const std::exception &error) {
    run->refuse(Error(NXS_OutOfResources, error.what()));
  }
  if (run->refused()) {
    refused(*run);
    return *run->error();
  }
  if (!run->blocking()) return std::nullopt;
  stream.wait(*run);
  if (const Error *const error = run->error()) return *error;
  return std::nullopt;
}

}  // namespace nexus::sdk
