/**
 * @file plugin.hpp
 * A plugin: its library, its functions, and the exceptions for the statuses that these return.
 */
#ifndef NEXUS_DETAIL_PLUGIN_HPP
#define NEXUS_DETAIL_PLUGIN_HPP

#include <nexus/detail/function_table.hpp>
#include <nexus/detail/names.hpp>
#include <nexus/error.hpp>

#include <cstring>
#include <memory>
#include <string>

namespace nexus::detail {

/** An opened plugin; it stays open until the process ends. */
struct Plugin {
  FunctionTable table;
  /** What is called instead of the table; null for a plugin that keeps the contract. */
  std::unique_ptr<Substitute> substitute;
  std::string path;
  /** Where the file was found: "NEXUS_PLUGIN_PATH" or "bundled". */
  std::string origin;
  /** The name of its runtime. */
  std::string name = "?";
  /** The packed version of the ABI that it was compiled against. */
  nxs_uint version = 0;
  bool exports[NXS_FUNCTION_CNT] = {};

  std::string describe() const { return "runtime " + quoted(name) + " (" + path + ")"; }

  /** Returns the message of this thread's last failed call; may be empty. */
  std::string lastError() const {
    std::string text(4096, '\0');
    for (int attempt = 0; attempt < 3; ++attempt) {
      std::size_t size = text.size();
      if (NEXUS_CALL(*this, GetLastErrorMessage, text.data(), &size) >= 0) {
        text.resize(std::strlen(text.c_str()));
        while (!text.empty() && std::strchr(" \r\n\t", text.back())) text.pop_back();
        return text;
      }
      if (size <= text.size()) break;
      text.assign(size + 1, '\0');
    }
    return "";
  }
};

/** Throws the exception for a status; `fallback` is that for statuses without a class. */
template <class Fallback>
[[noreturn]] void throwStatus(nxs_int status, const std::string &text, const char *function,
                              const std::string &log) {
  switch (status) {
    case NXS_DeviceNotFound: throw NotFoundError(text, status, function);
    case NXS_DeviceNotAvailable: throw DeviceNotAvailableError(text, status, function);
    case NXS_CompilerNotAvailable:
    case NXS_LinkerNotAvailable: throw CompilerNotAvailableError(text, status, function, log);
    case NXS_MemObjectAllocationFailure:
    case NXS_OutOfHostMemory: throw OutOfMemoryError(text, status, function);
    case NXS_BuildProgramFailure:
    case NXS_CompileProgramFailure:
    case NXS_LinkProgramFailure:
    case NXS_InvalidBinary:
    case NXS_InvalidKernelName: throw LibraryError(text, status, function, log);
    case NXS_ProfilingInfoNotAvailable:
    case NXS_InvalidProperty: throw PropertyNotFoundError(text, status, function);
    case NXS_InvalidCommand:
      // From a run it means that a command of the schedule is not finalized.
      if (std::strcmp(function, "nxsRunSchedule") == 0) throw Error(text, status, function);
      throw InvalidHandleError(text, status, function);
    case NXS_InvalidObject:
    case NXS_InvalidBuffer:
    case NXS_InvalidDevice:
    case NXS_InvalidEvent:
    case NXS_InvalidKernel:
    case NXS_InvalidLibrary:
    case NXS_InvalidRuntime:
    case NXS_InvalidSchedule:
    case NXS_InvalidStream: throw InvalidHandleError(text, status, function);
    case NXS_Timeout: throw WaitTimeoutError(text, status, function);
    default: break;
  }
  if constexpr (std::is_same_v<Fallback, LibraryError>) {
    throw LibraryError(text, status, function, log);
  } else {
    throw Fallback(text, status, function);
  }
}

/** Throws NotSupportedError for a function that a plugin lacks, or that its substitute refuses. */
[[noreturn]] inline void throwAbsent(const Plugin &plugin, const char *function,
                                     const std::string &about) {
  const std::string said = plugin.substitute ? plugin.lastError() : "";
  const std::string text = said.empty() ? plugin.describe() + " lacks " + function : said;
  throw NotSupportedError(about + ": " + text, NXS_InvalidOperation, function);
}

/** Throws the exception for a negative result of a plugin's function. */
template <class Fallback = Error>
[[noreturn]] void fail(const Plugin &plugin, nxs_int status, const char *function,
                       const std::string &about) {
  if (status == kAbsent) throwAbsent(plugin, function, about);
  const std::string said = plugin.lastError();
  std::string text = about + ": " + function + " returned unknown status " + std::to_string(status);
  for (const Named &known : kStatuses) {
    if (known.number != status) continue;
    text = about + ": " + function + " returned " + known.name + ": " + known.meaning;
  }
  throwStatus<Fallback>(status, said.empty() ? text : text + "\n" + said, function, said);
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_PLUGIN_HPP
