/**
 * @file _nxs_functions.h
 * The list of functions: NEXUS_API_FUNC(return type, Name, arguments), numbered from 0 in
 * this order. A plugin exports each as nxs and its name, with C linkage. The order and the
 * signatures are part of the ABI, so entries are only ever appended.
 *
 * Included as often as the list is needed, so there is no include guard. Define NEXUS_API_FUNC
 * before including it; without that, it declares nothing.
 *
 * Rules for all of them:
 * - Threads: every function may be called from any thread at any time, also on one object at once.
 * - Handles: a device is an index from 0 to one less than the runtime's Size. Every other handle is
 *   opaque and not negative, and valid until it or its parent is released. A handle that is
 *   released, made up, or of another kind of object gives that kind's NXS_Invalid... status.
 * - Memory behind a pointer belongs to the caller. It is read or written before the call returns,
 *   and not kept, except by CreateBuffer with NXS_BufferSettings_OnDevice.
 * - Any function can return NXS_OutOfHostMemory, and NXS_DeviceNotAvailable when the device is
 *   lost or the process is a fork of one that used the plugin. A settings argument that is called
 *   reserved is passed as 0.
 * - Properties follow the query protocol in nxs_propertys.h.
 * - A call that fails changes nothing: it leaves no object, memory or open file behind. Every
 *   negative value that a function returns is an nxs_status.
 * - Loading a plugin does no work, and unloading one that was not used leaves nothing behind. A
 *   process can end at any time, with live objects and with work that waits or runs.
 * - Plugins leave errno, the locale, the floating-point mode, signal handlers and masks, the
 *   working directory and the process's own files as they are, and print nothing.
 * - A plugin exports these functions and, for its kernels to call, names that begin with an
 *   underscore, the runtime's Name and another underscore; nothing else.
 *
 * Rules for work:
 * - A run is a snapshot. It uses what the schedule's commands had published, by FinalizeCommand,
 *   when RunSchedule was called; no later change reaches it.
 * - A stream executes its runs in the order of submission. Streams are independent of each other.
 * - CopyBuffer and FillBuffer wait for all work that was submitted before, on whichever stream, and
 *   uses the buffer. Work that is submitted later sees what they wrote.
 * - When a run fails, its remaining commands are not executed, and each signal command among them
 *   marks its event as failed. So does each signal command of a run that is dropped. While an
 *   event is marked, every wait for a value that its counter has not reached, by the host or by a
 *   stream, ends with NXS_ExecStatusErrorForEventsInWaitList and the text of the cause, and the
 *   event's Status is Error. The next signal that raises the counter clears the mark.
 * - A wait whose event nobody can signal any more ends with
 *   NXS_ExecStatusErrorForEventsInWaitList: the event's handle has been released, and no signal
 *   command for it is left in a schedule or in a pending run. Any other wait for a value that is
 *   never signaled lasts for ever.
 */
#include <nexus-api/nxs_platform.h>

#ifndef NEXUS_API_FUNC
#define NEXUS_API_FUNC(RETURN, NAME, ...)
#define NXS_NO_FUNC_LIST
#endif

/** Queries a property of the runtime: its Name, the number of its devices (Size), and others. */
NEXUS_API_FUNC(nxs_status, GetRuntimeProperty, nxs_uint runtime_property_id, void *property_value,
               size_t *property_value_size)

/** Queries a property of a device. NXS_InvalidDevice where there is no such device. */
NEXUS_API_FUNC(nxs_status, GetDeviceProperty, nxs_int device_id, nxs_uint device_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Creates a buffer and returns its handle.
 *
 * host_ptr: as many bytes as the layout takes, copied into the buffer before the call returns;
 * NULL for a buffer of zeros. With NXS_BufferSettings_OnDevice, device memory to wrap: the caller
 * owns it and keeps it until the buffer is released and the work that uses it is done.
 * settings: nxs_buffer_settings.
 *
 * A buffer of zero bytes is allowed. NXS_InvalidDevice; NXS_InvalidValue for a rank above
 * NXS_MAX_DIMS, an unknown data type or unknown settings; NXS_InvalidBufferSize for a size that
 * overflows; NXS_MemObjectAllocationFailure when the memory cannot be allocated.
 */
NEXUS_API_FUNC(nxs_int, CreateBuffer, nxs_int device_id, nxs_buffer_layout layout, void *host_ptr,
               nxs_uint settings)

/** Queries a property of a buffer, such as its Size in bytes. NXS_InvalidBuffer. */
NEXUS_API_FUNC(nxs_status, GetBufferProperty, nxs_int buffer_id, nxs_uint buffer_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Copies the whole buffer to or from host memory, after all work that was submitted before and uses
 * the buffer.
 *
 * host_ptr: as many bytes as the buffer's Size, of any alignment. On a device with UnifiedMemory it
 * may be the buffer's own address: then nothing is copied, and the call only waits.
 * settings: the direction, an nxs_buffer_transfer.
 *
 * NXS_InvalidBuffer; NXS_InvalidHostPtr for NULL, unless the buffer is empty; NXS_InvalidValue for
 * another direction.
 */
NEXUS_API_FUNC(nxs_status, CopyBuffer, nxs_int buffer_id, void *host_ptr, nxs_uint settings)

/**
 * Fills the whole buffer with a pattern, after all work that was submitted before and uses the
 * buffer.
 *
 * value: the pattern. value_size_bytes: its size, which divides the buffer's Size.
 *
 * NXS_InvalidBuffer; NXS_InvalidArgValue for NULL; NXS_InvalidArgSize for a size of 0 or one that
 * does not divide the buffer's.
 */
NEXUS_API_FUNC(nxs_status, FillBuffer, nxs_int buffer_id, void *value, nxs_uint value_size_bytes)

/**
 * Releases a buffer. Its memory is freed once no command and no pending run uses it.
 * NXS_InvalidBuffer.
 */
NEXUS_API_FUNC(nxs_status, ReleaseBuffer, nxs_int buffer_id)

/**
 * Creates a kernel library from bytes in memory and returns its handle.
 *
 * library_data: a compiled image or source text, in a format that the plugin supports.
 * data_size: its size in bytes, with or without a NUL at the end of source text.
 * settings: nxs_library_settings.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for NULL or zero bytes, and for settings that are unknown or
 * that the plugin does not support; NXS_InvalidBinary for an unknown
 * format; NXS_BuildProgramFailure for source that does not compile, with the compiler's text as the
 * last error message; NXS_CompilerNotAvailable when source needs a compiler that is not installed.
 */
NEXUS_API_FUNC(nxs_int, CreateLibrary, nxs_int device_id, void *library_data, nxs_uint data_size,
               nxs_uint settings)

/**
 * Creates a kernel library from a file and returns its handle.
 *
 * library_path: NUL-terminated, in the file system's encoding. settings: nxs_library_settings.
 *
 * As CreateLibrary, and NXS_InvalidValue for a path that is NULL or does not name a readable
 * regular file.
 */
NEXUS_API_FUNC(nxs_int, CreateLibraryFromFile, nxs_int device_id, const char *library_path,
               nxs_uint settings)

/** Queries a property of a library, such as the names of its kernels. NXS_InvalidLibrary. */
NEXUS_API_FUNC(nxs_status, GetLibraryProperty, nxs_int library_id, nxs_uint library_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Releases a library and the handles of its kernels. Its code stays while a command can still run
 * it. NXS_InvalidLibrary.
 */
NEXUS_API_FUNC(nxs_status, ReleaseLibrary, nxs_int library_id)

/**
 * Returns a new handle of a kernel of the library, a different one at each call.
 *
 * kernel_name: NUL-terminated.
 *
 * NXS_InvalidLibrary; NXS_InvalidKernelName for NULL, an empty name or a name that the library does
 * not have, with the most similar names in the last error message.
 */
NEXUS_API_FUNC(nxs_int, GetKernel, nxs_int library_id, const char *kernel_name)

/** Queries a property of a kernel. NXS_InvalidKernel. */
NEXUS_API_FUNC(nxs_status, GetKernelProperty, nxs_int kernel_id, nxs_uint kernel_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Creates an event, a counter at 0, and returns its handle.
 *
 * event_type: its purpose. settings: reserved.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for an unknown type.
 */
NEXUS_API_FUNC(nxs_int, CreateEvent, nxs_int device_id, nxs_event_type event_type,
               nxs_uint settings)

/** Queries a property of an event, such as its counter (Value). NXS_InvalidEvent. */
NEXUS_API_FUNC(nxs_status, GetEventProperty, nxs_int event_id, nxs_uint event_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Raises the event's counter to signal_value; does nothing when it is as high already.
 * NXS_InvalidEvent.
 */
NEXUS_API_FUNC(nxs_status, SignalEvent, nxs_int event_id, nxs_int signal_value)

/**
 * Returns once the event's counter is wait_value or more. Releasing the event meanwhile does not
 * end the wait while a signal command for it is left.
 *
 * NXS_InvalidEvent; NXS_ExecStatusErrorForEventsInWaitList when work that was to signal the event
 * failed, or nothing can signal it any more.
 */
NEXUS_API_FUNC(nxs_status, WaitEvent, nxs_int event_id, nxs_int wait_value)

/**
 * Releases an event. Pending waits and commands keep it alive; waits that nothing can end any more
 * fail. NXS_InvalidEvent.
 */
NEXUS_API_FUNC(nxs_status, ReleaseEvent, nxs_int event_id)

/**
 * Creates a stream, which executes runs of schedules in the order of their submission, and returns
 * its handle.
 *
 * settings: nxs_stream_settings.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for unknown settings; NXS_OutOfResources.
 */
NEXUS_API_FUNC(nxs_int, CreateStream, nxs_int device_id, nxs_uint settings)

/** Queries a property of a stream. NXS_InvalidStream. */
NEXUS_API_FUNC(nxs_status, GetStreamProperty, nxs_int stream_id, nxs_uint stream_property_id,
               void *property_value, size_t *property_value_size)

/** Releases a stream. Its pending runs are executed. NXS_InvalidStream. */
NEXUS_API_FUNC(nxs_status, ReleaseStream, nxs_int stream_id)

/**
 * Creates an empty schedule, a list of commands, and returns its handle.
 *
 * settings: nxs_execution_settings for all of its runs.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for unknown settings.
 */
NEXUS_API_FUNC(nxs_int, CreateSchedule, nxs_int device_id, nxs_uint settings)

/** Queries a property of a schedule, such as ElapsedTime or Status. NXS_InvalidSchedule. */
NEXUS_API_FUNC(nxs_status, GetScheduleProperty, nxs_int schedule_id, nxs_uint schedule_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Executes the schedule's commands in order. A schedule may be run again and again, also on several
 * streams at once.
 *
 * stream_id: a stream of the schedule's device; any negative number for the device's default
 * stream.
 * run_settings: nxs_execution_settings for this run.
 *
 * Returns when the work is done; with NXS_ExecutionSettings_NonBlocking, once it is submitted. A
 * failure of work that was submitted like that is reported by the next blocking run on that stream,
 * which is then not executed itself, and by the schedule's Status. NXS_InvalidSchedule;
 * NXS_InvalidStream; NXS_InvalidValue for unknown settings; NXS_InvalidCommand for a command that
 * is not finalized; NXS_InvalidKernelArgs for an argument that was never set;
 * NXS_InvalidProgramExecutable for a kernel that fails; NXS_OutOfResources when a value of an event
 * command with NXS_EventCommandSettings_PerRun exceeds the range of nxs_int.
 */
NEXUS_API_FUNC(nxs_status, RunSchedule, nxs_int schedule_id, nxs_int stream_id,
               nxs_uint run_settings)

/**
 * Releases a schedule and the handles of its commands. Its pending runs are executed.
 * NXS_InvalidSchedule.
 */
NEXUS_API_FUNC(nxs_status, ReleaseSchedule, nxs_int schedule_id)

/**
 * Appends a command that runs a kernel, and returns its handle. The schedule can run once the
 * command's arguments are set and FinalizeCommand has published them with a size.
 *
 * settings: nxs_execution_settings for this command.
 *
 * NXS_InvalidSchedule; NXS_InvalidKernel, also for a kernel of another device; NXS_InvalidValue for
 * unknown settings.
 */
NEXUS_API_FUNC(nxs_int, CreateCommand, nxs_int schedule_id, nxs_int kernel_id, nxs_uint settings)

/**
 * Appends a command that raises an event's counter to signal_value, and returns its handle. It
 * needs no FinalizeCommand.
 *
 * settings: nxs_event_command_settings, and NXS_ExecutionSettings_Timing.
 *
 * NXS_InvalidSchedule; NXS_InvalidEvent; NXS_InvalidValue for unknown settings, and for a value
 * that is not positive with NXS_EventCommandSettings_PerRun.
 */
NEXUS_API_FUNC(nxs_int, CreateSignalCommand, nxs_int schedule_id, nxs_int event_id,
               nxs_int signal_value, nxs_uint settings)

/**
 * Appends a command that waits until an event's counter is wait_value or more before the commands
 * after it are executed, and returns its handle. It needs no FinalizeCommand.
 *
 * settings: nxs_event_command_settings, and NXS_ExecutionSettings_Timing.
 *
 * NXS_InvalidSchedule; NXS_InvalidEvent; NXS_InvalidValue for unknown settings, and for a value
 * that is not positive with NXS_EventCommandSettings_PerRun.
 */
NEXUS_API_FUNC(nxs_int, CreateWaitCommand, nxs_int schedule_id, nxs_int event_id,
               nxs_int wait_value, nxs_uint settings)

/** Queries a property of a command, such as its Arguments. NXS_InvalidCommand. */
NEXUS_API_FUNC(nxs_status, GetCommandProperty, nxs_int command_id, nxs_uint command_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Sets an argument of a kernel command to a buffer. FinalizeCommand publishes it.
 *
 * argument_index: 0 to NXS_KERNEL_MAX_ARGS - 1.
 * argument_name: NUL-terminated, for people; may be NULL.
 * argument_settings: an nxs_command_arg_type.
 *
 * NXS_InvalidCommand; NXS_InvalidArgIndex; NXS_InvalidBuffer, also for a buffer of another device;
 * NXS_InvalidArgValue when the kernel takes a scalar there; NXS_InvalidOperation for a command that
 * does not run a kernel.
 */
NEXUS_API_FUNC(nxs_status, SetCommandArgument, nxs_int command_id, nxs_int argument_index,
               nxs_int buffer_id, const char *argument_name, nxs_uint argument_settings)

/**
 * Sets an argument of a kernel command to a scalar, which is copied before the call returns.
 * FinalizeCommand publishes it.
 *
 * value: the scalar. argument_name: NUL-terminated, for people; may be NULL.
 * argument_settings: its nxs_data_type, in the low five bits, which gives the size of value in
 * bytes. With Undefined, value has the size that the kernel declares, or that of a Bool where it
 * declares none. A scalar with NXS_CommandArgType_Constant set and a name that is not empty is a
 * named constant where the kernel declares no argument of that index: it is accepted and ignored.
 *
 * NXS_InvalidCommand; NXS_InvalidArgIndex; NXS_InvalidArgValue for NULL, for a data type whose size
 * is not a whole number of bytes, and when the kernel takes a buffer there; NXS_InvalidArgSize when
 * the kernel takes a scalar of another size; NXS_InvalidOperation for a command that does not run a
 * kernel.
 */
NEXUS_API_FUNC(nxs_status, SetCommandScalar, nxs_int command_id, nxs_int argument_index,
               void *value, const char *argument_name, nxs_uint argument_settings)

/**
 * Gives a kernel command its size and publishes it with the arguments that are set: runs that are
 * submitted from now on use them. A command may be changed and finalized again at any time; after a
 * change, it cannot run until it has been finalized again.
 *
 * grid_size: groups along each dimension. group_size: items of a group along each dimension.
 * shared_memory_size: bytes of memory that the items of a group share, beyond what the kernel
 * declares.
 *
 * NXS_InvalidCommand; NXS_InvalidWorkGroupSize for a 0 in group_size or more items than the device
 * or the kernel supports; NXS_InvalidGlobalWorkSize for a 0 in grid_size or a number of items that
 * overflows; NXS_OutOfResources for more shared memory than the device has; NXS_InvalidOperation
 * for a command that does not run a kernel.
 */
NEXUS_API_FUNC(nxs_status, FinalizeCommand, nxs_int command_id, nxs_dim3 grid_size,
               nxs_dim3 group_size, nxs_uint shared_memory_size)

/** Returns the NXS_API_VERSION of the headers that the plugin was compiled with. Never fails. */
NEXUS_API_FUNC(nxs_uint, GetApiVersion, void)

/** Releases a kernel. Commands that use it keep working. NXS_InvalidKernel. */
NEXUS_API_FUNC(nxs_status, ReleaseKernel, nxs_int kernel_id)

/**
 * Releases a command's handle. The command stays part of its schedule, and keeps what it uses,
 * until the schedule is released. NXS_InvalidCommand.
 */
NEXUS_API_FUNC(nxs_status, ReleaseCommand, nxs_int command_id)

/**
 * Returns the reason of this thread's last failed call in this plugin, in UTF-8; an empty text when
 * none has failed. Follows the query protocol. The call itself never changes the text.
 */
NEXUS_API_FUNC(nxs_status, GetLastErrorMessage, void *property_value, size_t *property_value_size)

/**
 * As WaitEvent, but returns NXS_Timeout after timeout_ns nanoseconds. 0 asks without waiting.
 */
NEXUS_API_FUNC(nxs_status, WaitEventTimeout, nxs_int event_id, nxs_int wait_value,
               nxs_ulong timeout_ns)

/**
 * Runs a kernel once: what a schedule does that is created, gets one command, runs and is released,
 * with the same checks and rules, and without handles for either.
 *
 * stream_id: a stream of the kernel's device; any negative number for the device's default stream.
 * launch: the arguments and the size; not NULL. run_settings: nxs_execution_settings.
 *
 * Returns when the work is done; with NXS_ExecutionSettings_NonBlocking, once it is submitted. A
 * failure of work that was submitted like that is reported by the next blocking run or launch on
 * that stream, which is then not executed itself. NXS_InvalidKernel; NXS_InvalidValue for NULL and
 * for unknown settings; NXS_InvalidArgIndex for more arguments than the kernel has;
 * NXS_InvalidArgValue for an argument with a value and a buffer; NXS_InvalidKernelArgs for an
 * argument that is not set; for the rest, the statuses of SetCommandArgument, SetCommandScalar,
 * FinalizeCommand and RunSchedule.
 */
NEXUS_API_FUNC(nxs_status, Launch, nxs_int kernel_id, nxs_int stream_id, const nxs_launch *launch,
               nxs_uint run_settings)

#ifdef NXS_NO_FUNC_LIST
#undef NXS_NO_FUNC_LIST
#undef NEXUS_API_FUNC
#endif
