// The functions of the ABI for events, streams, schedules and commands.
#pragma once

#include <nexus-sdk/abi/entry.hpp>
#include <nexus-sdk/abi/execution_settings.hpp>
#include <nexus-sdk/objects/schedule.hpp>
#include <nexus-sdk/streams/counter_event.hpp>

#include <cstring>

namespace nexus::sdk::detail {

inline constexpr nxs_uint kEventCommandSettings =
    nxs_uint{NXS_EventCommandSettings_PerRun} | NXS_ExecutionSettings_Timing;
inline constexpr nxs_uint kStreamSettings =
    NXS_StreamSettings_OutOfOrderExecution | NXS_StreamSettings_Profiling;

inline void wait_with_timeout(Event &event, nxs_int value, nxs_ulong timeout_ns) {
  // A timeout beyond the clock's range, some 146 years, is treated as no timeout.
  constexpr nxs_ulong kForEver = nxs_ulong{1} << 62;
  if (timeout_ns >= kForEver) return event.wait(value);
  if (!event.wait_for(value, std::chrono::nanoseconds(static_cast<nxs_long>(timeout_ns))))
    fail(NXS_Timeout, "the event's counter is ", event.value(), " and did not reach ", value,
         " within ", timeout_ns, " ns");
}

// Adds a command to a schedule; its handle ends with the schedule's.
template <class Make>
nxs_int add_command(nxs_int schedule_id, const Make &make) {
  return guard([&] {
    const Ref<Schedule> schedule = find<Schedule>(schedule_id);
    const Ref<Command> command = make(*schedule);
    const nxs_int handle = runtime().handles.insert(command, schedule_id, Kind::kSchedule);
    try {
      schedule->add(command);
    } catch (...) {
      runtime().handles.remove(handle, Kind::kCommand);
      throw;
    }
    return handle;
  });
}

inline nxs_int add_event_command(nxs_command_type type, nxs_int schedule_id, nxs_int event_id,
                                 nxs_int value, nxs_uint settings) {
  return add_command(schedule_id, [&](Schedule &schedule) {
    check_settings(settings, kEventCommandSettings);
    if ((settings & NXS_EventCommandSettings_PerRun) && value <= 0)
      fail(NXS_InvalidValue, "a value that counts per run is positive, and ", value, " is not");
    return make_ref<Command>(schedule.device, type, find<Event>(event_id), value, settings);
  });
}

}  // namespace nexus::sdk::detail

extern "C" {

nxs_int nxsCreateEvent(nxs_int device_id, nxs_event_type event_type, nxs_uint) {
  using namespace nexus::sdk;
  return guard([&] {
    detail::runtime().device(device_id);
    // Copied rather than cast, since to read an enum object with an unlisted value is undefined
    // behavior.
    nxs_int type;
    std::memcpy(&type, &event_type, sizeof type);
    if (type < NXS_EventType_Shared || type > NXS_EventType_Fence)
      fail(NXS_InvalidValue, type, " is not an event type");
    return detail::runtime().handles.insert(make_ref<CounterEvent>(event_type));
  });
}

nxs_status nxsGetEventProperty(nxs_int event, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Event>(event, property, value, size);
}

nxs_status nxsSignalEvent(nxs_int event, nxs_int signal_value) {
  using namespace nexus::sdk;
  return detail::guard_object<Event>(event,
                                     [&](const Ref<Event> &found) { found->signal(signal_value); });
}

nxs_status nxsWaitEvent(nxs_int event, nxs_int wait_value) {
  using namespace nexus::sdk;
  return detail::guard_object<Event>(event,
                                     [&](const Ref<Event> &found) { found->wait(wait_value); });
}

nxs_status nxsWaitEventTimeout(nxs_int event, nxs_int wait_value, nxs_ulong timeout_ns) {
  using namespace nexus::sdk;
  return detail::guard_object<Event>(event, [&](const Ref<Event> &found) {
    detail::wait_with_timeout(*found, wait_value, timeout_ns);
  });
}

nxs_status nxsReleaseEvent(nxs_int event) {
  return nexus::sdk::detail::release(event, nexus::sdk::Kind::kEvent);
}

nxs_int nxsCreateStream(nxs_int device_id, nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    detail::check_settings(settings, detail::kStreamSettings);
    return detail::runtime().handles.insert(device.create_stream(settings));
  });
}

nxs_status nxsGetStreamProperty(nxs_int stream, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Stream>(stream, property, value, size);
}

nxs_status nxsReleaseStream(nxs_int stream) {
  return nexus::sdk::detail::release(stream, nexus::sdk::Kind::kStream);
}

nxs_int nxsCreateSchedule(nxs_int device_id, nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    detail::check_settings(settings, detail::kExecutionSettings);
    return detail::runtime().handles.insert(make_ref<Schedule>(device, settings));
  });
}

nxs_status nxsGetScheduleProperty(nxs_int schedule, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Schedule>(schedule, property, value, size);
}

nxs_status nxsRunSchedule(nxs_int schedule_id, nxs_int stream_id, nxs_uint run_settings) {
  using namespace nexus::sdk;
  return detail::guard_object<Schedule>(schedule_id, [&](const Ref<Schedule> &schedule) {
    detail::check_settings(run_settings, detail::kExecutionSettings);
    const detail::ChosenStream stream(stream_id, schedule->device, "schedule");
    return report(schedule->run(*stream, run_settings));
  });
}

nxs_status nxsReleaseSchedule(nxs_int schedule) {
  return nexus::sdk::detail::release(schedule, nexus::sdk::Kind::kSchedule);
}

nxs_int nxsCreateCommand(nxs_int schedule_id, nxs_int kernel_id, nxs_uint settings) {
  using namespace nexus::sdk;
  return detail::add_command(schedule_id, [&](Schedule &schedule) {
    detail::check_settings(settings, detail::kExecutionSettings);
    Ref<Kernel> kernel = detail::find<Kernel>(kernel_id);
    if (&kernel->library->device != &schedule.device)
      fail(NXS_InvalidKernel, "kernel ", kernel->name,
           " belongs to another device than the schedule");
    return make_ref<Command>(schedule.device, schedule.changes(), std::move(kernel), settings);
  });
}

nxs_int nxsCreateSignalCommand(nxs_int schedule, nxs_int event, nxs_int signal_value,
                               nxs_uint settings) {
  return nexus::sdk::detail::add_event_command(NXS_CommandType_Signal, schedule, event,
                                               signal_value, settings);
}

nxs_int nxsCreateWaitCommand(nxs_int schedule, nxs_int event, nxs_int wait_value,
                             nxs_uint settings) {
  return nexus::sdk::detail::add_event_command(NXS_CommandType_Wait, schedule, event, wait_value,
                                               settings);
}

nxs_status nxsGetCommandProperty(nxs_int command, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Command>(command, property, value, size);
}

nxs_status nxsSetCommandArgument(nxs_int command_id, nxs_int argument_index, nxs_int buffer_id,
                                 const char *, nxs_uint) {
  using namespace nexus::sdk;
  return detail::guard_object<Command>(command_id, [&](const Ref<Command> &command) {
    Ref<Buffer> buffer = detail::runtime().handles.seek<Buffer>(buffer_id);
    if (!buffer) return report(not_live(buffer_id, Kind::kBuffer));
    command->set_buffer(argument_index, std::move(buffer), buffer_id);
    return NXS_Success;
  });
}

nxs_status nxsSetCommandScalar(nxs_int command_id, nxs_int argument_index, void *value,
                               const char *argument_name, nxs_uint argument_settings) {
  using namespace nexus::sdk;
  return detail::guard_object<Command>(command_id, [&](const Ref<Command> &command) {
    const bool named = argument_name && *argument_name;
    if (named && (argument_settings & NXS_CommandArgType_Constant) &&
        command->declares_no_argument(argument_index))
      return;
    command->set_scalar(argument_index, value, argument_settings & NXS_DataType_Mask);
  });
}

nxs_status nxsFinalizeCommand(nxs_int command_id, nxs_dim3 grid_size, nxs_dim3 group_size,
                              nxs_uint shared_memory_size) {
  using namespace nexus::sdk;
  return detail::guard_object<Command>(command_id, [&](const Ref<Command> &command) {
    command->finalize({grid_size, group_size, shared_memory_size});
  });
}

nxs_status nxsReleaseCommand(nxs_int command) {
  return nexus::sdk::detail::release(command, nexus::sdk::Kind::kCommand);
}

}  // extern "C"
