/**
 * @file schedule.hpp
 * Schedules: lists of commands that run in order, as often as wanted.
 */
#ifndef NEXUS_SCHEDULE_HPP
#define NEXUS_SCHEDULE_HPP

#include <nexus/command.hpp>
#include <nexus/event.hpp>
#include <nexus/stream.hpp>

#include <utility>

namespace nexus {

/** A list of commands, created by Device::createSchedule. */
class Schedule : public Closable {
 public:
  Schedule() = default;

  /** Appends a command that runs a kernel. settings: nxs_execution_settings. */
  Command createCommand(const Kernel &kernel, nxs_uint settings = 0) const {
    const detail::State &other = detail::Access::state(kernel);
    detail::requireSibling(state(), other, "nxsCreateCommand");
    auto made = detail::make<detail::CommandState>(detail::kCommand, plugin(), shared());
    made->kernel = detail::Access::shared(kernel);
    made->id = checked(NEXUS_CALL(plugin(), CreateCommand, handle(), other.handle(), settings),
                       "nxsCreateCommand");
    return detail::Access::wrap<Command>(std::move(made));
  }

  /** Appends a command with its size and all its arguments. */
  template <class... Arguments>
  Command createCommand(const Kernel &kernel, const Launch &launch,
                        const Arguments &...arguments) const {
    const nxs_dim3 groups = launch.grid().groupsOf(launch.group());
    static_cast<void>(groups);  // Refused before anything is appended.
    Command command = createCommand(kernel, launch.settings());
    command.setAll(arguments...);
    command.finalize(launch.group(), launch.grid(), launch.sharedMemory());
    return command;
  }

  /**
   * Appends a command that raises an event's counter to a value. settings:
   * nxs_event_command_settings; with NXS_EventCommandSettings_PerRun the value counts per run, so
   * that the second run signals twice the value. Without it, a second run changes nothing.
   */
  Command createSignalCommand(const Event &event, nxs_int value = 1, nxs_uint settings = 0) const {
    return eventCommand(event, settings, "nxsCreateSignalCommand", [&](nxs_int id) {
      return NEXUS_CALL(plugin(), CreateSignalCommand, handle(), id, value, settings);
    });
  }

  /** Appends a command that delays those after it until an event's counter reaches a value. */
  Command createWaitCommand(const Event &event, nxs_int value = 1, nxs_uint settings = 0) const {
    return eventCommand(event, settings, "nxsCreateWaitCommand", [&](nxs_int id) {
      return NEXUS_CALL(plugin(), CreateWaitCommand, handle(), id, value, settings);
    });
  }

  /**
   * Runs the commands in order on the device's default stream. settings: nxs_execution_settings,
   * such as NXS_ExecutionSettings_NonBlocking to return once the work is submitted.
   */
  void run(nxs_uint settings = 0) const {
    checked(NEXUS_CALL(plugin(), RunSchedule, handle(), detail::kDefaultStream, settings),
            "nxsRunSchedule");
  }

  /** Runs the commands on a stream. */
  void run(const Stream &stream, nxs_uint settings = 0) const {
    const detail::State &on = detail::Access::state(stream);
    detail::requireSibling(state(), on, "nxsRunSchedule");
    checked(NEXUS_CALL(plugin(), RunSchedule, handle(), on.handle(), settings), "nxsRunSchedule");
  }

 private:
  friend struct detail::Access;
  explicit Schedule(detail::Reference<detail::State> state) : Closable(std::move(state)) {}

  template <class Create>
  Command eventCommand(const Event &event, nxs_uint settings, const char *function,
                       const Create &create) const {
    const detail::State &other = detail::Access::state(event);
    detail::requireSibling(state(), other, function);
    const bool perRun = (settings & NXS_EventCommandSettings_PerRun) != 0;
    if (perRun && plugin().version < NXS_API_VERSION_PACK(1u, 1u, 0u)) {
      throw NotSupportedError(plugin().describe() +
                                  " was built for version 1.0 of the plugin ABI, and values per "
                                  "run need 1.1: append a command for each run instead",
                              NXS_InvalidOperation, function);
    }
    auto made = detail::make<detail::CommandState>(detail::kCommand, plugin(), shared());
    made->id = checked(create(other.handle()), function);
    return detail::Access::wrap<Command>(std::move(made));
  }
};

}  // namespace nexus

#endif  // NEXUS_SCHEDULE_HPP
