/**
 * @file nxs.h
 * Status codes, event and command types, settings flags and limits; nxs_data_type.h has the data
 * types.
 *
 * Every value is part of the ABI: it is never changed, and new ones are appended.
 */
#ifndef NXS_H
#define NXS_H

#include <nexus-api/nxs_data_type.h>
#include <nexus-api/nxs_platform.h>

/** Most arguments of a kernel; argument indexes run from 0 to one less. */
#define NXS_KERNEL_MAX_ARGS 64

/** Most constants of a kernel. */
#define NXS_KERNEL_MAX_CONSTS 64

/** The smallest nxs_status. */
#define NXS_STATUS_MIN (-89)

/** The largest nxs_status. A function that returns a handle returns more than this or a status. */
#define NXS_STATUS_MAX 0

/** Length of the prefix of the status codes' names. */
#define NXS_STATUS_PREFIX_LEN 4

/**
 * Result of a call. A function that returns a handle returns an nxs_int: 0 or more is the handle,
 * less is one of these. A call that fails changes nothing.
 */
typedef enum nxs_status {
  /** The call did what was asked. */
  NXS_Success = 0,
  /** There is no such device. */
  NXS_DeviceNotFound = -1,
  /** The device cannot be used now: lost, taken, or used by the parent of a forked process. */
  NXS_DeviceNotAvailable = -2,
  /** No compiler was found for the source. */
  NXS_CompilerNotAvailable = -3,
  /** The memory for a buffer could not be allocated. */
  NXS_MemObjectAllocationFailure = -4,
  /** A resource other than memory ran out: handles, threads, files, or a limit of the device. */
  NXS_OutOfResources = -5,
  /** The host's memory ran out. */
  NXS_OutOfHostMemory = -6,
  /** There is no timing: the run did not ask for it, or has not finished. */
  NXS_ProfilingInfoNotAvailable = -7,
  /** Source and destination of a copy overlap. */
  NXS_MemCopyOverlap = -8,
  /** The image formats differ. */
  NXS_ImageFormatMismatch = -9,
  /** The data format is not supported. */
  NXS_ImageFormatNotSupported = -10,
  /** The source did not compile; the last error message holds the compiler's text. */
  NXS_BuildProgramFailure = -11,
  /** The memory could not be mapped. */
  NXS_MapFailure = -12,
  /** The offset of a sub-buffer is not aligned. */
  NXS_MisalignedSubBufferOffset = -13,
  /** The work that a wait depends on failed, or nothing can end the wait any more. */
  NXS_ExecStatusErrorForEventsInWaitList = -14,
  /** Compiling one of several parts failed. */
  NXS_CompileProgramFailure = -15,
  /** No linker was found. */
  NXS_LinkerNotAvailable = -16,
  /** Linking failed. */
  NXS_LinkProgramFailure = -17,
  /** The device could not be partitioned. */
  NXS_DevicePartitionFailed = -18,
  /** The kernel does not declare its arguments. */
  NXS_KernelArgInfoNotAvailable = -19,
  /** An argument of the call has a value that it cannot have. */
  NXS_InvalidValue = -30,
  /** There is no such type of device. */
  NXS_InvalidDeviceType = -31,
  /** The context is not valid. */
  NXS_InvalidContext = -34,
  /** The stream cannot have these settings. */
  NXS_InvalidQueueProperties = -35,
  /** The command queue is not valid. */
  NXS_InvalidCommandQueue = -36,
  /** A pointer to host memory is NULL where it must not be, or cannot be used. */
  NXS_InvalidHostPtr = -37,
  /** The memory object is not valid. */
  NXS_InvalidMemObject = -38,
  /** The description of an image format is not valid. */
  NXS_InvalidImageFormatDescriptor = -39,
  /** The size of an image is not valid. */
  NXS_InvalidImageSize = -40,
  /** The sampler is not valid. */
  NXS_InvalidSampler = -41,
  /** The bytes or the file are not a kernel library for this device. */
  NXS_InvalidBinary = -42,
  /** The options for the compiler are not valid. */
  NXS_InvalidBuildOptions = -43,
  /** The program is not valid. */
  NXS_InvalidProgram = -44,
  /** The kernel failed while it ran; the last error message says why. */
  NXS_InvalidProgramExecutable = -45,
  /** The library has no kernel of this name. */
  NXS_InvalidKernelName = -46,
  /** The kernel's description of itself is invalid. */
  NXS_InvalidKernelDefinition = -47,
  /** Not the handle of a live kernel. */
  NXS_InvalidKernel = -48,
  /** The index is out of range, or the kernel has no such argument. */
  NXS_InvalidArgIndex = -49,
  /** An argument has a value that it cannot have. */
  NXS_InvalidArgValue = -50,
  /** The size of a value is not the size that is needed. */
  NXS_InvalidArgSize = -51,
  /** An argument of the kernel was never set. */
  NXS_InvalidKernelArgs = -52,
  /** The number of dimensions is out of range. */
  NXS_InvalidWorkDimension = -53,
  /** A group has no items along a dimension, or more items than the device or kernel supports. */
  NXS_InvalidWorkGroupSize = -54,
  /** The number of items along one dimension of a group is out of range. */
  NXS_InvalidWorkItemSize = -55,
  /** The offset of the work is out of range. */
  NXS_InvalidGlobalOffset = -56,
  /** The list of events to wait for is not valid. */
  NXS_InvalidEventWaitList = -57,
  /** Not the handle of a live event. */
  NXS_InvalidEvent = -58,
  /** The object does not support this operation, or not in its current state. */
  NXS_InvalidOperation = -59,
  /** The graphics object is not valid. */
  NXS_InvalidGlObject = -60,
  /** The size of a buffer overflows, or its layout is invalid. */
  NXS_InvalidBufferSize = -61,
  /** The mip level is not valid. */
  NXS_InvalidMipLevel = -62,
  /** The grid has no groups along a dimension, or more than can be counted. */
  NXS_InvalidGlobalWorkSize = -63,
  /** The property is unknown, or this object does not answer it. */
  NXS_InvalidProperty = -64,
  /** The description of an image is not valid. */
  NXS_InvalidImageDescriptor = -65,
  /** The options for compiling are not valid. */
  NXS_InvalidCompilerOptions = -66,
  /** The device-side queue is not valid. */
  NXS_InvalidDeviceQueue = -70,
  /** There is no specialization constant with this number. */
  NXS_InvalidSpecId = -71,
  /** A size exceeds a limit of the device. */
  NXS_MaxSizeRestrictionExceeded = -72,
  /** Not the handle of a live object. */
  NXS_InvalidObject = -80,
  /** Not the handle of a live buffer. */
  NXS_InvalidBuffer = -81,
  /** Not the handle of a live command, or the command is not finalized. */
  NXS_InvalidCommand = -82,
  /** An out-of-range device index. */
  NXS_InvalidDevice = -83,
  /** Not the handle of a live library. */
  NXS_InvalidLibrary = -84,
  /** The runtime is not valid. */
  NXS_InvalidRuntime = -85,
  /** Not the handle of a live schedule. */
  NXS_InvalidSchedule = -86,
  /** Not the handle of a live stream, or a stream of another device. */
  NXS_InvalidStream = -87,
  /** The system is not valid. */
  NXS_InvalidSystem = -88,
  /** The time-out of a wait has expired. */
  NXS_Timeout = -89
} nxs_status;

/** Purpose of an event. Each event is a counter that starts at 0 and only grows. */
typedef enum nxs_event_type {
  /** Seen by the host and by every stream of the runtime. */
  NXS_EventType_Shared = 0,
  /** Lets the host wait for work. */
  NXS_EventType_Signal = 1,
  /** Orders the work of streams. */
  NXS_EventType_Fence = 2
} nxs_event_type;

/** Execution state of a run. */
typedef enum nxs_event_status {
  /** Submitted, not begun. */
  NXS_EventStatus_Submitted = 0,
  /** Begun, not finished. */
  NXS_EventStatus_Running = 1,
  /** Finished. */
  NXS_EventStatus_Complete = 2,
  /** Ended by a failure. The Status of an event that a failed run was to signal, too. */
  NXS_EventStatus_Error = 3,
  /** Dropped before it began, because work before it failed. */
  NXS_EventStatus_Canceled = 4
} nxs_event_status;

/** What a command does. */
typedef enum nxs_command_type {
  /** Runs a kernel. */
  NXS_CommandType_Dispatch = 0,
  /** Raises an event's counter. */
  NXS_CommandType_Signal = 1,
  /** Waits for an event's counter before the commands after it are executed. */
  NXS_CommandType_Wait = 2
} nxs_command_type;

/** Flags for schedules, their commands and their runs; those of all three add up. */
typedef enum nxs_execution_settings {
  /** Record timing for a profiler. */
  NXS_ExecutionSettings_Profiling = 1,
  /** Measure each run: TimeStamp and ElapsedTime of the schedule and of its commands. */
  NXS_ExecutionSettings_Timing = 2,
  /** Record the commands once and replay the recording: worth it where a schedule runs often. */
  NXS_ExecutionSettings_Capture = 4,
  /** Return from RunSchedule once the work is submitted. */
  NXS_ExecutionSettings_NonBlocking = 8
} nxs_execution_settings;

/** Flags for CreateSignalCommand and CreateWaitCommand. */
typedef enum nxs_event_command_settings {
  /**
   * The value counts per run: the k-th run of the schedule that is submitted signals, or waits for,
   * k times the value. Without it the value is absolute, so a second run's signal changes nothing.
   * A run counts once RunSchedule has accepted it, also if it fails or is dropped afterwards.
   */
  NXS_EventCommandSettings_PerRun = 1
} nxs_event_command_settings;

/** Flags for CreateLibrary and CreateLibraryFromFile. */
typedef enum nxs_library_settings {
  /**
   * Plain functions of the library are called once per lane and range of groups, instead of once
   * per item: see docs/cpu.md. A library can also say so itself, by an exported
   * `int nxs_kernel_convention = 2`. Only plugins that run such functions support it.
   */
  NXS_LibrarySettings_GroupRange = 1
} nxs_library_settings;

/** Flags for CreateStream. */
typedef enum nxs_stream_settings {
  /** Schedules may overtake each other; a plugin may still run them in order. */
  NXS_StreamSettings_OutOfOrderExecution = 1,
  /** Measure every run on the stream. */
  NXS_StreamSettings_Profiling = 2
} nxs_stream_settings;

/** Flags for CreateBuffer. */
typedef enum nxs_buffer_settings {
  /** Prefer memory of the host that the device can reach. */
  NXS_BufferSettings_OnHost = 1,
  /**
   * Prefer the device's own memory. With a host_ptr that is not NULL, the pointer is to memory of
   * the device already: the buffer wraps it, and the caller keeps it alive and frees it.
   */
  NXS_BufferSettings_OnDevice = 2,
  /** A hint to keep the buffer resident on the device between uses. */
  NXS_BufferSettings_Maintain = 4
} nxs_buffer_settings;

/** Direction of CopyBuffer. */
typedef enum nxs_buffer_transfer {
  /** Read the buffer into host memory. */
  NXS_BufferDeviceToHost = 0,
  /** Write host memory into the buffer. */
  NXS_BufferHostToDevice = 1
} nxs_buffer_transfer;

/** Purpose of a command's argument. */
typedef enum nxs_command_arg_type {
  /** An argument that the program sets. */
  NXS_CommandArgType_User = 0,
  /** An argument that describes the launch. */
  NXS_CommandArgType_Launch = 1,
  /** An argument whose value is fixed when the kernel is specialized. */
  NXS_CommandArgType_Constant = 2,
  /** The bits that hold the type. */
  NXS_CommandArgType_Mask = 3
} nxs_command_arg_type;

#endif /* NXS_H */
