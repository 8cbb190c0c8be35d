/**
 * @file work.hpp
 * Schedules, commands and runs.
 *
 * Their handles are numbers of our own, so that the plugin's schedule of a single launch can be
 * used again: a plugin of the field loses some 4 KB with each command.
 */
#ifndef NEXUS_FIELD_WORK_HPP
#define NEXUS_FIELD_WORK_HPP

#include <unistd.h>
#include <nexus/field/buffers.hpp>
#include <nexus/field/commands.hpp>
#include <nexus/field/libraries.hpp>
#include <nexus/field/streams.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nexus::field {

/** A schedule, as its owner sees it. */
struct FieldSchedule {
  nxs_int device;
  nxs_uint settings;
  /** The plugin's handle, from its first command or run on. */
  nxs_int handle = -1;
  /** Handles, as the owner sees them. */
  std::vector<nxs_int> commands;
  /** Memory that the plugin has pointers to, until the schedule is released. */
  std::vector<std::unique_ptr<Cell>> kept;
  /** Whether a run may still be using the scalars. */
  bool inFlight = false;
};

/** A schedule and its only command, of no owner. */
struct Spare {
  FieldSchedule schedule;
  FieldCommand command;
};

/** The functions of schedules and commands. */
class Work {
 public:
  Work(Original &original, Buffers &buffers, Libraries &libraries, Streams &streams)
      : original_(original), buffers_(buffers), libraries_(libraries), streams_(streams) {}

  nxs_int createSchedule(nxs_int device, nxs_uint settings) {
    const Lock lock(original_.mutex);
    schedules_.add(++last_, {device, settings, -1, {}, {}, false});
    return last_;
  }

  void getScheduleProperty(nxs_int id, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    FieldSchedule &schedule = find(id);
    if (!original_.has(NF_nxsGetScheduleProperty)) throw Refused{NXS_InvalidProperty, ""};
    start(schedule);
    answer(valueOf(property,
                   [&](void *memory, std::size_t *length) {
                     return original_.table.GetScheduleProperty(schedule.handle, property, memory,
                                                                length);
                   }),
           value, size);
  }

  void releaseSchedule(nxs_int id) {
    const Lock lock(original_.mutex);
    find(id);
    FieldSchedule schedule = schedules_.take(id);
    FieldCommand last{};
    for (const nxs_int number : schedule.commands) {
      last = commands_.take(number);
      endLeases(last);
    }
    if (schedule.handle < 0) return;
    const nxs_int handle = schedule.handle;
    if (schedule.commands.size() == 1 && keep(schedule, last)) return;
    checked(original_.table.ReleaseSchedule(handle));
  }

  nxs_int createCommand(nxs_int id, nxs_int kernel, nxs_uint settings) {
    const Lock lock(original_.mutex);
    FieldSchedule &schedule = find(id);
    libraries_.requireKernel(kernel);
    const Spare *const spare = spare_.find(kernel);
    const bool isFresh = schedule.handle < 0 && !settings;
    if (spare && isFresh && spare->schedule.settings == schedule.settings) {
      Spare used = spare_.take(kernel);
      schedule.handle = used.schedule.handle;
      schedule.kept = std::move(used.schedule.kept);
      used.command.reset();
      used.command.schedule = id;
      return append(schedule, std::move(used.command));
    }
    start(schedule);
    makeRoom(commands_.size(), "commands");
    const nxs_int made = checked(original_.table.CreateCommand(schedule.handle, kernel, settings));
    return append(schedule, {made, kernel, id, settings, {}, {}, false});
  }

  /** Appends a command that signals an event or waits for it, which `create` makes. */
  template <class Create>
  nxs_int createEventCommand(nxs_int id, nxs_int event, bool can, const Create &create) {
    const Lock lock(original_.mutex);
    FieldSchedule &schedule = find(id);
    if (!can) throw Refused{kAbsent, ""};
    streams_.requireEvent(event);
    start(schedule);
    makeRoom(commands_.size(), "commands");
    return append(schedule, {checked(create(schedule.handle)), -1, id, 0, {}, {}, false});
  }

  void getCommandProperty(nxs_int id, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    const nxs_int command = findCommand(id).handle;
    if (!original_.has(NF_nxsGetCommandProperty)) throw Refused{NXS_InvalidProperty, ""};
    answer(valueOf(property,
                   [&](void *memory, std::size_t *length) {
                     return original_.table.GetCommandProperty(command, property, memory, length);
                   }),
           value, size);
  }

  void setBuffer(nxs_int id, nxs_int index, nxs_int buffer) {
    const Lock lock(original_.mutex);
    FieldCommand &command = findCommand(id);
    command.requireKernel();
    requireIndex(index);
    buffers_.find(buffer);
    Argument argument;
    argument.buffer = buffer;
    command.set(index, argument);
  }

  void setScalar(nxs_int id, nxs_int index, const void *value, nxs_uint settings) {
    const Lock lock(original_.mutex);
    FieldCommand &command = findCommand(id);
    if (!original_.has(NF_nxsSetCommandScalar)) throw Refused{kAbsent, ""};
    command.requireKernel();
    requireIndex(index);
    command.set(index, scalarOf(value, settings));
  }

  void finalize(nxs_int id, const nxs_dim3 &grid, const nxs_dim3 &group, nxs_uint sharedMemory,
                bool (*isCpu)(const Original &, nxs_int device)) {
    const Lock lock(original_.mutex);
    FieldCommand &command = findCommand(id);
    command.requireKernel();
    FieldSchedule &schedule = find(command.schedule);
    requireSize(grid, group, isCpu(original_, schedule.device));
    std::vector<nxs_int> used;
    for (const Argument &argument : command.arguments) {
      if (argument.buffer < 0) continue;
      buffers_.find(argument.buffer);
      used.push_back(argument.buffer);
    }
    for (const nxs_int buffer : used) buffers_.lease(buffer);
    endLeases(command);
    command.leased = std::move(used);
    for (std::size_t index = 0; index < command.arguments.size(); ++index) {
      Argument &argument = command.arguments[index];
      if (argument.isSet) send(schedule, command.handle, static_cast<nxs_int>(index), argument);
    }
    checked(original_.table.FinalizeCommand(command.handle, grid, group, sharedMemory));
    command.ready = true;
  }

  void run(nxs_int id, nxs_int stream, nxs_uint settings) {
    nxs_int handle = -1;
    {
      const Lock lock(original_.mutex);
      FieldSchedule &schedule = find(id);
      if (stream >= 0) streams_.requireStream(stream);
      for (const nxs_int command : schedule.commands) commands_.find(command)->requireReady();
      const bool isNonBlocking = (settings & NXS_ExecutionSettings_NonBlocking) != 0;
      if (isNonBlocking) requireEvents();
      // In a forked child a run would hang.
      const pid_t process = getpid();
      if (!process_) process_ = process;
      if (process_ != process) {
        throw Refused{NXS_DeviceNotAvailable, "a forked child cannot use the parent's devices"};
      }
      start(schedule);
      schedule.inFlight = schedule.inFlight || isNonBlocking;
      handle = schedule.handle;
    }
    checked(original_.table.RunSchedule(handle, stream >= 0 ? stream : -1, settings));
  }

 private:
  FieldSchedule &find(nxs_int id) { return schedules_.get(id, NXS_InvalidSchedule); }
  FieldCommand &findCommand(nxs_int id) { return commands_.get(id, NXS_InvalidCommand); }

  nxs_int append(FieldSchedule &schedule, FieldCommand command) {
    commands_.add(++last_, std::move(command));
    schedule.commands.push_back(last_);
    return last_;
  }

  /** Creates the plugin's schedule, if there is none yet. */
  void start(FieldSchedule &schedule) {
    if (schedule.handle >= 0) return;
    const auto isStarted = [](const FieldSchedule &other) { return other.handle >= 0; };
    makeRoom(schedules_.count(isStarted), "schedules");
    schedule.handle = checked(original_.table.CreateSchedule(schedule.device, schedule.settings));
  }

  /** Makes room for one more schedule or command; spare ones give way. */
  void makeRoom(std::size_t live, const char *kind) {
    while (!spare_.empty() && live + spare_.size() >= kMostObjects) {
      const nxs_int handle = spare_.take(spare_.firstHandle()).schedule.handle;
      if (original_.has(NF_nxsReleaseSchedule)) original_.table.ReleaseSchedule(handle);
    }
    requireRoom(live + spare_.size(), kind);
  }

  /** Gives the plugin an argument. */
  void send(FieldSchedule &schedule, nxs_int command, nxs_int index, Argument &argument) {
    // Such plugins keep the pointer to the name, and some read it.
    static constexpr char kNoName[] = "";
    if (argument.buffer >= 0) {
      checked(original_.table.SetCommandArgument(command, index, argument.buffer, kNoName, 0));
      return;
    }
    if (!argument.cell || schedule.inFlight) {
      schedule.kept.push_back(std::make_unique<Cell>());
      argument.cell = schedule.kept.back().get();
    }
    *argument.cell = argument.scalar;
    checked(original_.table.SetCommandScalar(command, index, argument.cell->data(), kNoName,
                                             argument.type));
  }

  void endLeases(FieldCommand &command) {
    for (const nxs_int buffer : std::exchange(command.leased, {})) buffers_.endLease(buffer);
  }

  /** Keeps the plugin's schedule of a single launch for the next one of the same kernel. */
  bool keep(FieldSchedule &schedule, FieldCommand &command) {
    if (schedule.inFlight || command.kernel < 0 || command.settings) return false;
    if (spare_.find(command.kernel)) return false;
    const nxs_int kernel = command.kernel;
    spare_.add(kernel, {std::move(schedule), std::move(command)});
    return true;
  }

  /** Refuses runs that nothing would tell the end of. */
  void requireEvents() const {
    for (const nxs_function needed : {NF_nxsCreateEvent, NF_nxsSignalEvent, NF_nxsWaitEvent}) {
      if (original_.has(needed)) continue;
      throw Refused{kAbsent, std::string("the plugin lacks ") + detail::kFunctionNames[needed] +
                                 ", without which nothing tells when a run that does not block "
                                 "has ended; run without NXS_ExecutionSettings_NonBlocking"};
    }
  }

  Original &original_;
  Buffers &buffers_;
  Libraries &libraries_;
  Streams &streams_;
  Objects<FieldSchedule> schedules_;
  Objects<FieldCommand> commands_;
  /** By kernel. */
  Objects<Spare> spare_;
  nxs_int last_ = 0;
  /** The process that has run something. */
  pid_t process_ = 0;
};

}  // namespace nexus::field

#endif  // NEXUS_FIELD_WORK_HPP
