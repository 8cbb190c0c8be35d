/**
 * @file _nxs_functions.h
 * The list of functions: NEXUS_API_FUNC(return type, Name, arguments), numbered from 0 in
 * this order. A plugin exports each as nxs and its name, with C linkage. The order and the
 * signatures are part of the ABI, so entries are only ever appended.
 *
 * Included as often as the list is needed, hence no include guard. Whoever includes it
 * defines NEXUS_API_FUNC; without that, it declares nothing.
 *
 * What holds for all of them:
 * - Every function may be called from any thread at any time.
 * - A device is an index from 0 to one less than the runtime's Size. Every other handle is
 *   opaque, and good until it or its parent is released. One that is released, made up, or of
 *   another kind of object is refused with that kind's NXS_Invalid... status.
 * - Memory that a pointer leads to belongs to the caller, is read or written before the call
 *   returns, and is not kept. The one exception is CreateBuffer with
 *   NXS_BufferSettings_OnDevice.
 * - Any function can return NXS_OutOfHostMemory, and NXS_DeviceNotAvailable when the device is
 *   lost or the process is a fork of one that used the plugin. Where a settings argument is said
 *   to be reserved, 0 is passed.
 * - Properties follow the query protocol told in nxs_propertys.h.
 * - A call that fails leaves everything as it was: no object, no memory, no open file. Every
 *   negative value that is returned is one of nxs_status.
 * - Loading a plugin does no work, and unloading one that was not used leaves nothing. A process
 *   can end at any time: with objects alive, with work that waits or runs.
 * - errno, the locale, the floating-point mode, signal handlers and masks, the working folder and
 *   the process's own files are left alone, and nothing is printed.
 * - A plugin exports these functions and, for its kernels to call, names that begin with an
 *   underscore, the runtime's Name and another underscore; nothing else.
 */
#include <nexus-api/nxs_platform.h>

#ifndef NEXUS_API_FUNC
#define NEXUS_API_FUNC(RETURN, NAME, ...)
#define NXS_NO_FUNC_LIST
#endif

/** Queries a property of the runtime: its Name, how many devices it has (Size), and more. */
NEXUS_API_FUNC(nxs_status, GetRuntimeProperty, nxs_uint runtime_property_id, void *property_value,
               size_t *property_value_size)

/** Queries a property of a device. NXS_InvalidDevice where there is no such device. */
NEXUS_API_FUNC(nxs_status, GetDeviceProperty, nxs_int device_id, nxs_uint device_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Creates a buffer and returns its handle.
 *
 * host_ptr: as many bytes as the layout takes, copied into the buffer before the call returns;
 * NULL for a buffer of zeros. With NXS_BufferSettings_OnDevice it is device memory to wrap: the
 * caller owns it and keeps it until the buffer is released and the work that uses it is done.
 * settings: nxs_buffer_settings.
 *
 * A buffer of no bytes is allowed. NXS_InvalidDevice; NXS_InvalidValue for a rank above
 * NXS_MAX_DIMS, an unknown data type or unknown settings; NXS_InvalidBufferSize for a size that
 * overflows; NXS_MemObjectAllocationFailure where there is not so much memory.
 */
NEXUS_API_FUNC(nxs_int, CreateBuffer, nxs_int device_id, nxs_buffer_layout layout, void *host_ptr,
               nxs_uint settings)

/** Queries a property of a buffer, such as its Size in bytes. NXS_InvalidBuffer. */
NEXUS_API_FUNC(nxs_status, GetBufferProperty, nxs_int buffer_id, nxs_uint buffer_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Copies the whole buffer to or from host memory.
 *
 * host_ptr: as many bytes as the buffer's Size, of any alignment.
 * settings: the direction, an nxs_buffer_transfer.
 *
 * NXS_InvalidBuffer; NXS_InvalidHostPtr for NULL, unless the buffer is empty; NXS_InvalidValue for
 * another direction.
 */
NEXUS_API_FUNC(nxs_status, CopyBuffer, nxs_int buffer_id, void *host_ptr, nxs_uint settings)

/**
 * Fills the whole buffer with a pattern.
 *
 * value: the pattern. value_size_bytes: its size, which the buffer's Size is a multiple of.
 *
 * NXS_InvalidBuffer; NXS_InvalidArgValue for NULL; NXS_InvalidArgSize for a size of 0 or one that
 * does not divide the buffer's.
 */
NEXUS_API_FUNC(nxs_status, FillBuffer, nxs_int buffer_id, void *value, nxs_uint value_size_bytes)

/**
 * Releases a buffer. Its memory is freed once no command needs it any more.
 * NXS_InvalidBuffer.
 */
NEXUS_API_FUNC(nxs_status, ReleaseBuffer, nxs_int buffer_id)

/**
 * Creates a kernel library from bytes in memory and returns its handle.
 *
 * library_data: a compiled image or source text, in a form that the device's plugin knows.
 * data_size: its size in bytes; a NUL at the end of source text may be counted or not.
 * settings: reserved.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for NULL or no bytes; NXS_InvalidBinary for bytes of no known
 * form; NXS_BuildProgramFailure for source that does not compile, with the compiler's text as the
 * last error message; NXS_CompilerNotAvailable where source needs a compiler that is not there.
 */
NEXUS_API_FUNC(nxs_int, CreateLibrary, nxs_int device_id, void *library_data, nxs_uint data_size,
               nxs_uint settings)

/**
 * Creates a kernel library from a file and returns its handle.
 *
 * library_path: NUL-terminated, in the file system's encoding. settings: reserved.
 *
 * As CreateLibrary, and NXS_InvalidValue for a path that is NULL or no readable regular file.
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
 * Returns a new handle of a kernel of the library; asking twice gives two.
 *
 * kernel_name: NUL-terminated.
 *
 * NXS_InvalidLibrary; NXS_InvalidKernelName for NULL, an empty name or one that the library does
 * not have, with the nearest names in the last error message.
 */
NEXUS_API_FUNC(nxs_int, GetKernel, nxs_int library_id, const char *kernel_name)

/** Queries a property of a kernel. NXS_InvalidKernel. */
NEXUS_API_FUNC(nxs_status, GetKernelProperty, nxs_int kernel_id, nxs_uint kernel_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Creates an event, a counter at 0, and returns its handle.
 *
 * event_type: what it is for. settings: reserved.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for an unknown type.
 */
NEXUS_API_FUNC(nxs_int, CreateEvent, nxs_int device_id, nxs_event_type event_type,
               nxs_uint settings)

/** Queries a property of an event, such as its counter (Value). NXS_InvalidEvent. */
NEXUS_API_FUNC(nxs_status, GetEventProperty, nxs_int event_id, nxs_uint event_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Raises the event's counter to signal_value; does nothing where it is that high already.
 * NXS_InvalidEvent.
 */
NEXUS_API_FUNC(nxs_status, SignalEvent, nxs_int event_id, nxs_int signal_value)

/**
 * Returns once the event's counter is wait_value or more. NXS_InvalidEvent. A release meanwhile
 * does not end the wait.
 */
NEXUS_API_FUNC(nxs_status, WaitEvent, nxs_int event_id, nxs_int wait_value)

/** Releases an event. Waits for it, and commands that use it, go on. NXS_InvalidEvent. */
NEXUS_API_FUNC(nxs_status, ReleaseEvent, nxs_int event_id)

/**
 * Creates a stream, which runs schedules in the order in which they are handed to it, and returns
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

/** Releases a stream. Work that it was handed is finished. NXS_InvalidStream. */
NEXUS_API_FUNC(nxs_status, ReleaseStream, nxs_int stream_id)

/**
 * Creates an empty schedule, a list of commands, and returns its handle.
 *
 * settings: nxs_execution_settings that hold for each of its runs.
 *
 * NXS_InvalidDevice; NXS_InvalidValue for unknown settings.
 */
NEXUS_API_FUNC(nxs_int, CreateSchedule, nxs_int device_id, nxs_uint settings)

/** Queries a property of a schedule, such as ElapsedTime or Status. NXS_InvalidSchedule. */
NEXUS_API_FUNC(nxs_status, GetScheduleProperty, nxs_int schedule_id, nxs_uint schedule_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Runs the schedule's commands in order, on the buffers' contents of that time. A schedule may be
 * run again and again.
 *
 * stream_id: one of the streams of the schedule's device; -1 for the device's default stream.
 * run_settings: nxs_execution_settings for this run.
 *
 * Returns when the work is done, or once it is handed over with
 * NXS_ExecutionSettings_NonBlocking. Work that fails after such a run is reported by the next
 * blocking run on that stream, which then does not run itself, and by the schedule's Status.
 * NXS_InvalidSchedule; NXS_InvalidStream; NXS_InvalidValue for unknown settings; NXS_InvalidCommand
 * for a command that is not finalized; NXS_InvalidKernelArgs for an argument that was never set;
 * NXS_InvalidProgramExecutable for a kernel that fails.
 */
NEXUS_API_FUNC(nxs_status, RunSchedule, nxs_int schedule_id, nxs_int stream_id,
               nxs_uint run_settings)

/**
 * Releases a schedule and the handles of its commands. A run that is pending is finished.
 * NXS_InvalidSchedule.
 */
NEXUS_API_FUNC(nxs_status, ReleaseSchedule, nxs_int schedule_id)

/**
 * Appends a command that runs a kernel, and returns its handle. It runs once its arguments are set
 * and FinalizeCommand has given it a size.
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
 * settings: nxs_execution_settings for this command.
 *
 * NXS_InvalidSchedule; NXS_InvalidEvent; NXS_InvalidValue for unknown settings.
 */
NEXUS_API_FUNC(nxs_int, CreateSignalCommand, nxs_int schedule_id, nxs_int event_id,
               nxs_int signal_value, nxs_uint settings)

/**
 * Appends a command that holds those after it back until an event's counter is wait_value or more,
 * and returns its handle. It needs no FinalizeCommand.
 *
 * settings: nxs_execution_settings for this command.
 *
 * NXS_InvalidSchedule; NXS_InvalidEvent; NXS_InvalidValue for unknown settings.
 */
NEXUS_API_FUNC(nxs_int, CreateWaitCommand, nxs_int schedule_id, nxs_int event_id,
               nxs_int wait_value, nxs_uint settings)

/** Queries a property of a command, such as its Arguments. NXS_InvalidCommand. */
NEXUS_API_FUNC(nxs_status, GetCommandProperty, nxs_int command_id, nxs_uint command_property_id,
               void *property_value, size_t *property_value_size)

/**
 * Sets an argument of a kernel command to a buffer.
 *
 * argument_index: 0 to NXS_KERNEL_MAX_ARGS - 1.
 * argument_name: NUL-terminated, for people; may be NULL.
 * argument_settings: an nxs_command_arg_type.
 *
 * NXS_InvalidCommand; NXS_InvalidArgIndex; NXS_InvalidBuffer, also for a buffer of another device;
 * NXS_InvalidArgValue where the kernel takes a scalar; NXS_InvalidOperation after FinalizeCommand
 * and for a command that runs no kernel.
 */
NEXUS_API_FUNC(nxs_status, SetCommandArgument, nxs_int command_id, nxs_int argument_index,
               nxs_int buffer_id, const char *argument_name, nxs_uint argument_settings)

/**
 * Sets an argument of a kernel command to a scalar, which is copied before the call returns.
 *
 * value: the scalar. argument_name: NUL-terminated, for people; may be NULL.
 * argument_settings: in the low five bits its nxs_data_type, which tells how many bytes value has.
 *
 * NXS_InvalidCommand; NXS_InvalidArgIndex; NXS_InvalidArgValue for NULL, for a data type of no
 * whole bytes, and where the kernel takes a buffer; NXS_InvalidArgSize where the kernel takes a
 * scalar of another size; NXS_InvalidOperation after FinalizeCommand and for a command that runs no
 * kernel.
 */
NEXUS_API_FUNC(nxs_status, SetCommandScalar, nxs_int command_id, nxs_int argument_index,
               void *value, const char *argument_name, nxs_uint argument_settings)

/**
 * Gives a kernel command its size. After it, the command can run and no longer be changed.
 *
 * grid_size: groups along each dimension. group_size: items of a group along each dimension.
 * shared_memory_size: bytes of memory that the items of a group share, beyond what the kernel
 * declares.
 *
 * NXS_InvalidCommand; NXS_InvalidWorkGroupSize for a 0 in group_size or more items than the device
 * or the kernel can take; NXS_InvalidGlobalWorkSize for a 0 in grid_size or more items than can be
 * counted; NXS_OutOfResources for more shared memory than there is; NXS_InvalidOperation for a
 * command that is finalized already or runs no kernel.
 */
NEXUS_API_FUNC(nxs_status, FinalizeCommand, nxs_int command_id, nxs_dim3 grid_size,
               nxs_dim3 group_size, nxs_uint shared_memory_size)

/** Returns the NXS_API_VERSION of the headers that the plugin was compiled with. Never fails. */
NEXUS_API_FUNC(nxs_uint, GetApiVersion, void)

/** Releases a kernel. Commands that use it go on. NXS_InvalidKernel. */
NEXUS_API_FUNC(nxs_status, ReleaseKernel, nxs_int kernel_id)

/**
 * Releases a command's handle. The command stays part of its schedule, and keeps what it uses,
 * until the schedule is released. NXS_InvalidCommand.
 */
NEXUS_API_FUNC(nxs_status, ReleaseCommand, nxs_int command_id)

/**
 * Tells why the last call of this thread that failed in this plugin did, in UTF-8; an empty text
 * where none has. Follows the query protocol, and neither its own success nor its failure changes
 * the text.
 */
NEXUS_API_FUNC(nxs_status, GetLastErrorMessage, void *property_value, size_t *property_value_size)

/**
 * As WaitEvent, for timeout_ns nanoseconds at the most: then NXS_Timeout. 0 asks and does not wait.
 */
NEXUS_API_FUNC(nxs_status, WaitEventTimeout, nxs_int event_id, nxs_int wait_value,
               nxs_ulong timeout_ns)

#ifdef NXS_NO_FUNC_LIST
#undef NXS_NO_FUNC_LIST
#undef NEXUS_API_FUNC
#endif
