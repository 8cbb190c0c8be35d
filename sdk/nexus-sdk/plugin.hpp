// The functions of the ABI over a backend. Included by exactly one source file of a plugin, which
// then says NEXUS_PLUGIN(its class derived from nexus::sdk::Backend).
#pragma once

#include <nexus-api.h>
#include <nexus-sdk/abi/guard.hpp>
#include <nexus-sdk/abi/runtime.hpp>

#include <cstring>

#define NEXUS_PLUGIN(BACKEND)                                         \
  std::unique_ptr<nexus::sdk::Backend> nexus::sdk::create_backend() { \
    return std::make_unique<BACKEND>();                               \
  }

namespace nexus::sdk::detail {

inline Runtime &runtime() { return Runtime::instance(); }

template <class T>
Ref<T> find(nxs_int handle) {
  return runtime().handles.find<T>(handle);
}

inline void check_settings(nxs_uint settings, nxs_uint known) {
  if (settings & ~known)
    fail(NXS_InvalidValue, "settings ", settings, " have unknown bits; the known ones are ", known);
}

inline constexpr nxs_uint kExecutionSettings =
    NXS_ExecutionSettings_Profiling | NXS_ExecutionSettings_Timing | NXS_ExecutionSettings_Capture |
    NXS_ExecutionSettings_NonBlocking;
inline constexpr nxs_uint kBufferSettings =
    NXS_BufferSettings_OnHost | NXS_BufferSettings_OnDevice | NXS_BufferSettings_Maintain;
inline constexpr nxs_uint kStreamSettings =
    NXS_StreamSettings_OutOfOrderExecution | NXS_StreamSettings_Profiling;

// A query of a property of the object behind a handle.
template <class T>
nxs_status query(nxs_int handle, nxs_uint id, void *value, size_t *size) {
  return guard([&] {
    const Ref<T> object = find<T>(handle);
    if constexpr (T::kKind == Kind::kStream || T::kKind == Kind::kSchedule ||
                  T::kKind == Kind::kCommand)
      object->device.poll();
    query_property(id, value, size, [&](nxs_property key) { return object->property(key); });
  });
}

inline nxs_status release(nxs_int handle, Kind kind) {
  return guard([&] { runtime().handles.remove(handle, kind); });
}

inline void wait_with_timeout(Event &event, nxs_int value, nxs_ulong timeout_ns) {
  // Beyond what the clock can count, some 146 years, a timeout is none.
  constexpr nxs_ulong kForEver = nxs_ulong{1} << 62;
  if (timeout_ns >= kForEver) return event.wait(value);
  if (!event.wait_for(value, std::chrono::nanoseconds(static_cast<nxs_long>(timeout_ns))))
    fail(NXS_Timeout, "the event's counter is ", event.value(), " and did not reach ", value,
         " within ", timeout_ns, " ns");
}

// Adds a command to a schedule; its handle ends with the schedule's.
template <class Make>
nxs_int add_command(nxs_int schedule_id, nxs_uint settings, const Make &make) {
  return guard([&] {
    const Ref<Schedule> schedule = find<Schedule>(schedule_id);
    check_settings(settings, kExecutionSettings);
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
  return add_command(schedule_id, settings, [&](Schedule &schedule) {
    return make_ref<Command>(schedule.device, type, find<Event>(event_id), value, settings);
  });
}

}  // namespace nexus::sdk::detail

extern "C" {

nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  using namespace nexus::sdk;
  return guard([&] {
    const Runtime &runtime = detail::runtime();
    query_property(property, value, size, [&](nxs_property key) { return runtime.property(key); });
  });
}

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size) {
  using namespace nexus::sdk;
  return guard([&] {
    const Runtime &runtime = detail::runtime();
    runtime.device(device);
    query_property(property, value, size,
                   [&](nxs_property key) { return runtime.device_property(device, key); });
  });
}

nxs_int nxsCreateBuffer(nxs_int device_id, nxs_buffer_layout layout, void *host_ptr,
                        nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    detail::check_settings(settings, detail::kBufferSettings);
    const bool wrap = host_ptr && (settings & NXS_BufferSettings_OnDevice);
    return detail::runtime().handles.insert(
        device.create_buffer({layout, size_of_layout(layout), host_ptr, wrap, settings}));
  });
}

nxs_status nxsGetBufferProperty(nxs_int buffer, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Buffer>(buffer, property, value, size);
}

nxs_status nxsCopyBuffer(nxs_int buffer_id, void *host_ptr, nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    const Ref<Buffer> buffer = detail::find<Buffer>(buffer_id);
    if (settings != NXS_BufferDeviceToHost && settings != NXS_BufferHostToDevice)
      fail(NXS_InvalidValue, "there is no direction ", settings, " of a copy");
    if (buffer->size == 0) return;
    if (!host_ptr)
      fail(NXS_InvalidHostPtr, "the pointer to the host's ", buffer->size, " bytes is NULL");
    const std::lock_guard lock(buffer->mutex);
    if (settings == NXS_BufferDeviceToHost)
      buffer->read(host_ptr);
    else
      buffer->write(host_ptr);
  });
}

nxs_status nxsFillBuffer(nxs_int buffer_id, void *value, nxs_uint value_size_bytes) {
  using namespace nexus::sdk;
  return guard([&] {
    const Ref<Buffer> buffer = detail::find<Buffer>(buffer_id);
    if (!value) fail(NXS_InvalidArgValue, "the pointer to the pattern is NULL");
    if (value_size_bytes == 0 || buffer->size % value_size_bytes)
      fail(NXS_InvalidArgSize, "a pattern of ", value_size_bytes,
           " bytes does not divide a buffer of ", buffer->size);
    if (buffer->size == 0) return;
    const std::lock_guard lock(buffer->mutex);
    buffer->fill(value, value_size_bytes);
  });
}

nxs_status nxsReleaseBuffer(nxs_int buffer) {
  return nexus::sdk::detail::release(buffer, nexus::sdk::Kind::kBuffer);
}

nxs_int nxsCreateLibrary(nxs_int device_id, void *library_data, nxs_uint data_size, nxs_uint) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    if (!library_data || data_size == 0) fail(NXS_InvalidValue, "the library has no bytes");
    return detail::runtime().handles.insert(
        device.create_library({static_cast<const std::byte *>(library_data), data_size}));
  });
}

nxs_int nxsCreateLibraryFromFile(nxs_int device_id, const char *library_path, nxs_uint) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    if (!library_path || !*library_path)
      fail(NXS_InvalidValue, "the path of the library is NULL or empty");
    check_readable_file(library_path);
    return detail::runtime().handles.insert(device.create_library_from_file(library_path));
  });
}

nxs_status nxsGetLibraryProperty(nxs_int library, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Library>(library, property, value, size);
}

nxs_status nxsReleaseLibrary(nxs_int library) {
  return nexus::sdk::detail::release(library, nexus::sdk::Kind::kLibrary);
}

nxs_int nxsGetKernel(nxs_int library_id, const char *kernel_name) {
  using namespace nexus::sdk;
  return guard([&] {
    const Ref<Library> library = detail::find<Library>(library_id);
    if (!kernel_name || !*kernel_name)
      fail(NXS_InvalidKernelName, "the name of the kernel is NULL or empty");
    return detail::runtime().handles.insert(library->find_kernel(kernel_name), library_id,
                                            Kind::kLibrary);
  });
}

nxs_status nxsGetKernelProperty(nxs_int kernel, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Kernel>(kernel, property, value, size);
}

nxs_int nxsCreateEvent(nxs_int device_id, nxs_event_type event_type, nxs_uint) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    // Not by a cast: reading an enum that holds none of its values is undefined.
    nxs_int type;
    std::memcpy(&type, &event_type, sizeof type);
    if (type < NXS_EventType_Shared || type > NXS_EventType_Fence)
      fail(NXS_InvalidValue, "there is no event type ", type);
    return detail::runtime().handles.insert(device.create_event(event_type));
  });
}

nxs_status nxsGetEventProperty(nxs_int event, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Event>(event, property, value, size);
}

nxs_status nxsSignalEvent(nxs_int event, nxs_int signal_value) {
  using namespace nexus::sdk;
  return guard([&] { detail::find<Event>(event)->signal(signal_value); });
}

nxs_status nxsWaitEvent(nxs_int event, nxs_int wait_value) {
  using namespace nexus::sdk;
  return guard([&] { detail::find<Event>(event)->wait(wait_value); });
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
  return guard([&] {
    const Ref<Schedule> schedule = detail::find<Schedule>(schedule_id);
    detail::check_settings(run_settings, detail::kExecutionSettings);
    const Ref<Stream> named = stream_id == -1 ? Ref<Stream>() : detail::find<Stream>(stream_id);
    Stream &stream = named ? *named : schedule->device.default_stream();
    if (&stream.device != &schedule->device)
      fail(NXS_InvalidStream, "the stream ", stream_id,
           " is one of another device than the schedule");
    schedule->run(stream, run_settings);
  });
}

nxs_status nxsReleaseSchedule(nxs_int schedule) {
  return nexus::sdk::detail::release(schedule, nexus::sdk::Kind::kSchedule);
}

nxs_int nxsCreateCommand(nxs_int schedule_id, nxs_int kernel_id, nxs_uint settings) {
  using namespace nexus::sdk;
  return detail::add_command(schedule_id, settings, [&](Schedule &schedule) {
    Ref<Kernel> kernel = detail::find<Kernel>(kernel_id);
    if (&kernel->library->device != &schedule.device)
      fail(NXS_InvalidKernel, "kernel ", kernel->name,
           " is one of another device than the schedule");
    return make_ref<Command>(schedule.device, std::move(kernel), settings);
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
  return guard([&] {
    const Ref<Command> command = detail::find<Command>(command_id);
    Ref<Buffer> buffer = detail::find<Buffer>(buffer_id);
    const std::lock_guard lock(command->lock);
    if (command->kernel && &buffer->device != &command->kernel->library->device)
      fail(NXS_InvalidBuffer, "the buffer ", buffer_id,
           " is one of another device than the command");
    command->set_buffer(argument_index, std::move(buffer), buffer_id);
  });
}

nxs_status nxsSetCommandScalar(nxs_int command_id, nxs_int argument_index, void *value,
                               const char *, nxs_uint argument_settings) {
  using namespace nexus::sdk;
  return guard([&] {
    const Ref<Command> command = detail::find<Command>(command_id);
    const std::lock_guard lock(command->lock);
    command->set_scalar(argument_index, value, argument_settings & NXS_DataType_Mask);
  });
}

nxs_status nxsFinalizeCommand(nxs_int command_id, nxs_dim3 grid_size, nxs_dim3 group_size,
                              nxs_uint shared_memory_size) {
  using namespace nexus::sdk;
  return guard([&] {
    const Ref<Command> command = detail::find<Command>(command_id);
    const std::lock_guard lock(command->lock);
    command->finalize(grid_size, group_size, shared_memory_size);
  });
}

nxs_uint nxsGetApiVersion(void) { return NXS_API_VERSION; }

nxs_status nxsReleaseKernel(nxs_int kernel) {
  return nexus::sdk::detail::release(kernel, nexus::sdk::Kind::kKernel);
}

nxs_status nxsReleaseCommand(nxs_int command) {
  return nexus::sdk::detail::release(command, nexus::sdk::Kind::kCommand);
}

nxs_status nxsGetLastErrorMessage(void *value, size_t *size) {
  const nexus::sdk::KeepErrno keep;
  try {
    nexus::sdk::write_text(nexus::sdk::last_error(), value, size);
    return NXS_Success;
  } catch (const nexus::sdk::Error &error) {
    return error.status();
  } catch (...) {
    return NXS_OutOfHostMemory;
  }
}

nxs_status nxsWaitEventTimeout(nxs_int event, nxs_int wait_value, nxs_ulong timeout_ns) {
  using namespace nexus::sdk;
  return guard(
      [&] { detail::wait_with_timeout(*detail::find<Event>(event), wait_value, timeout_ns); });
}

}  // extern "C"

namespace nexus::sdk::detail {
// A function of the list that is not defined above is an error of the linker here, not a host's
// surprise.
#define NEXUS_API_FUNC(RETURN, NAME, ...) reinterpret_cast<void (*)()>(&nxs##NAME),
[[gnu::used]] static void (*const kAllFunctions[])() = {
#include <nexus-api/_nxs_functions.h>
};
#undef NEXUS_API_FUNC
}  // namespace nexus::sdk::detail
