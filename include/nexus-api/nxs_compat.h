/**
 * @file nxs_compat.h
 * Names that sources of other projects use and the ABI does not need: with this header, plugins
 * that were written for related headers compile against these. Not part of nexus-api.h; new plugins
 * do without it.
 *
 * The texts that functions return are constants, which nobody frees. No function here keeps or
 * changes what it is given, and all of them may be called from any thread.
 */
#ifndef NXS_COMPAT_H
#define NXS_COMPAT_H

#include <nexus-api/nxs.h>
#include <nexus-api/nxs_data_type.h>
#include <nexus-api/nxs_functions.h>
#include <nexus-api/nxs_platform.h>
#include <nexus-api/nxs_propertys.h>
#include <nexus-api/nxs_version.h>
#include <string.h>

#if defined(__cplusplus)
#include <array>
#include <string>
#include <vector>
#endif

/** Joins two words to one, after macros in them have been replaced. */
#define NXS_CONCAT(A, B) NXS_CONCAT_WORDS(A, B)
#define NXS_CONCAT_WORDS(A, B) A##B

/** Storage class of a function that a plugin defines: C linkage, and exported. */
#if defined(__cplusplus)
#define NXS_API_ENTRY extern "C" NXS_API_EXPORT
#else
#define NXS_API_ENTRY extern NXS_API_EXPORT
#endif

/* The tags of the enums with an underscore in front. */
#define _nxs_buffer_settings nxs_buffer_settings
#define _nxs_buffer_transfer nxs_buffer_transfer
#define _nxs_command_arg_type nxs_command_arg_type
#define _nxs_command_type nxs_command_type
#define _nxs_data_type nxs_data_type
#define _nxs_event_status nxs_event_status
#define _nxs_event_type nxs_event_type
#define _nxs_execution_settings nxs_execution_settings
#define _nxs_function nxs_function
#define _nxs_property nxs_property
#define _nxs_status nxs_status
#define _nxs_stream_settings nxs_stream_settings

/** Numbers around those of the enums. */
enum {
  /** Not a function. */
  NXS_FUNCTION_INVALID = -1,
  /** Length of the prefix of the data types' names. */
  NXS_DataType_PREFIX_LEN = 13,
  /** The first bit of a command's argument settings that its type leaves free. */
  NXS_CommandArgType_NextBitOffset = 3
};

/** The number of a function. */
typedef nxs_function nxsFunctionType;

/** How a property's value is written. */
typedef enum nxsPropertyType {
  /** One nxs_long. */
  NPT_INT = NXS_PropertyType_int,
  /** One nxs_double. */
  NPT_FLT = NXS_PropertyType_flt,
  /** NUL-terminated UTF-8. */
  NPT_STR = NXS_PropertyType_str,
  /** Packed nxs_long values. */
  NPT_INT_VEC = NXS_PropertyType_int_vec,
  /** Packed nxs_double values. */
  NPT_FLT_VEC = NXS_PropertyType_flt_vec,
  /** NUL-terminated strings, the last one empty. */
  NPT_STR_VEC = NXS_PropertyType_str_vec,
  /** A list of records; no plugin answers it. */
  NPT_OBJ_VEC = NXS_PropertyType_obj_vec,
  /** Not known. */
  NPT_UNK = -1
} nxsPropertyType;

/** Whether a status, or a result that may be a status, is that of success. */
static inline int nxs_success(nxs_int result) { return result >= 0; }

/** Whether a status, or a result that may be a status, is an error. */
static inline int nxs_failed(nxs_int result) { return result < 0; }

/** Whether a number can be a handle. */
static inline int nxs_valid_id(nxs_int id) { return id >= 0; }

/** Returns the data type in settings, without its flags. */
static inline nxs_data_type nxsGetDataType(nxs_uint settings) {
  return (nxs_data_type)(settings & NXS_DataType_Mask);
}

/** Returns the flags of the data type in settings. */
static inline nxs_uint nxsGetDataTypeFlags(nxs_uint settings) {
  return settings & NXS_DataType_Flags_Mask;
}

/** Returns the size of a data type in bits; 0 for one of no size or an unknown one. */
static inline nxs_uint nxsGetDataTypeSizeBits(nxs_uint settings) {
  switch (nxsGetDataType(settings)) {
    case NXS_DataType_F64:
    case NXS_DataType_I64:
    case NXS_DataType_U64: return 64;
    case NXS_DataType_F32:
    case NXS_DataType_I32:
    case NXS_DataType_U32: return 32;
    case NXS_DataType_F16:
    case NXS_DataType_BF16:
    case NXS_DataType_I16:
    case NXS_DataType_U16: return 16;
    case NXS_DataType_F8:
    case NXS_DataType_BF8:
    case NXS_DataType_I8:
    case NXS_DataType_U8:
    case NXS_DataType_Bool: return 8;
    case NXS_DataType_F4:
    case NXS_DataType_BF4:
    case NXS_DataType_I4:
    case NXS_DataType_U4: return 4;
    default: return 0;
  }
}

/** Returns the name of a data type, such as "F32"; NULL for an unknown one. */
static inline const char *nxsGetDataTypeName(nxs_uint settings) {
  static const char *const names[] = {"Undefined", "F32", "F16", "BF16", "F8",  "BF8", "F4",
                                      "BF4",       "I32", "U32", "I16",  "U16", "I8",  "U8",
                                      "I4",        "U4",  "F64", "I64",  "U64", "Bool"};
  const nxs_uint number = settings & NXS_DataType_Mask;
  return number < sizeof names / sizeof *names ? names[number] : NULL;
}

/** Returns how many elements a layout has: 1 for a rank of 0. A layout of bytes has bytes. */
static inline nxs_ulong nxsGetNumElements(nxs_buffer_layout layout) {
  nxs_ulong count = 1;
  for (nxs_uint d = 0; d < layout.rank && d < NXS_MAX_DIMS; ++d) count *= layout.dim[d];
  return count;
}

/** Returns the C name of a function, such as "nxsGetKernel"; NULL for an unknown number. */
static inline const char *nxsGetFuncName(nxs_int function) {
  static const char *const names[] = {
#define NEXUS_API_FUNC(RETURN, NAME, ...) "nxs" #NAME,
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
  };
  return function >= 0 && function < NXS_FUNCTION_CNT ? names[function] : NULL;
}

/** Returns the number of a function by its C name; NXS_FUNCTION_INVALID for an unknown one. */
static inline nxs_int nxsGetFuncEnum(const char *name) {
  for (nxs_int i = 0; name != NULL && i < NXS_FUNCTION_CNT; ++i) {
    if (strcmp(nxsGetFuncName(i), name) == 0) return i;
  }
  return NXS_FUNCTION_INVALID;
}

/** Returns how many properties there are. */
static inline nxs_int nxsGetPropCount(void) { return NXS_PROPERTY_CNT; }

/** Returns the name of a property, such as "Size"; NULL for an unknown number. */
static inline const char *nxsGetPropName(nxs_int property) {
  static const char *const names[] = {
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) #NAME,
#include <nexus-api/_nxs_propertys.h>
#undef NEXUS_API_PROP
  };
  return property >= 0 && property < NXS_PROPERTY_CNT ? names[property] : NULL;
}

/** Returns the number of a property by its name; NXS_PROPERTY_INVALID for an unknown one. */
static inline nxs_int nxsGetPropEnum(const char *name) {
  for (nxs_int i = 0; name != NULL && i < NXS_PROPERTY_CNT; ++i) {
    if (strcmp(nxsGetPropName(i), name) == 0) return i;
  }
  return NXS_PROPERTY_INVALID;
}

/** Returns the C name of a status, such as "NXS_InvalidKernel"; NULL for an unknown number. */
static inline const char *nxsGetStatusName(nxs_int status) {
  switch (status) {
#define NXS_COMPAT_CASE(NAME) \
  case NXS_##NAME: return "NXS_" #NAME
    NXS_COMPAT_CASE(Success);
    NXS_COMPAT_CASE(DeviceNotFound);
    NXS_COMPAT_CASE(DeviceNotAvailable);
    NXS_COMPAT_CASE(CompilerNotAvailable);
    NXS_COMPAT_CASE(MemObjectAllocationFailure);
    NXS_COMPAT_CASE(OutOfResources);
    NXS_COMPAT_CASE(OutOfHostMemory);
    NXS_COMPAT_CASE(ProfilingInfoNotAvailable);
    NXS_COMPAT_CASE(MemCopyOverlap);
    NXS_COMPAT_CASE(ImageFormatMismatch);
    NXS_COMPAT_CASE(ImageFormatNotSupported);
    NXS_COMPAT_CASE(BuildProgramFailure);
    NXS_COMPAT_CASE(MapFailure);
    NXS_COMPAT_CASE(MisalignedSubBufferOffset);
    NXS_COMPAT_CASE(ExecStatusErrorForEventsInWaitList);
    NXS_COMPAT_CASE(CompileProgramFailure);
    NXS_COMPAT_CASE(LinkerNotAvailable);
    NXS_COMPAT_CASE(LinkProgramFailure);
    NXS_COMPAT_CASE(DevicePartitionFailed);
    NXS_COMPAT_CASE(KernelArgInfoNotAvailable);
    NXS_COMPAT_CASE(InvalidValue);
    NXS_COMPAT_CASE(InvalidDeviceType);
    NXS_COMPAT_CASE(InvalidContext);
    NXS_COMPAT_CASE(InvalidQueueProperties);
    NXS_COMPAT_CASE(InvalidCommandQueue);
    NXS_COMPAT_CASE(InvalidHostPtr);
    NXS_COMPAT_CASE(InvalidMemObject);
    NXS_COMPAT_CASE(InvalidImageFormatDescriptor);
    NXS_COMPAT_CASE(InvalidImageSize);
    NXS_COMPAT_CASE(InvalidSampler);
    NXS_COMPAT_CASE(InvalidBinary);
    NXS_COMPAT_CASE(InvalidBuildOptions);
    NXS_COMPAT_CASE(InvalidProgram);
    NXS_COMPAT_CASE(InvalidProgramExecutable);
    NXS_COMPAT_CASE(InvalidKernelName);
    NXS_COMPAT_CASE(InvalidKernelDefinition);
    NXS_COMPAT_CASE(InvalidKernel);
    NXS_COMPAT_CASE(InvalidArgIndex);
    NXS_COMPAT_CASE(InvalidArgValue);
    NXS_COMPAT_CASE(InvalidArgSize);
    NXS_COMPAT_CASE(InvalidKernelArgs);
    NXS_COMPAT_CASE(InvalidWorkDimension);
    NXS_COMPAT_CASE(InvalidWorkGroupSize);
    NXS_COMPAT_CASE(InvalidWorkItemSize);
    NXS_COMPAT_CASE(InvalidGlobalOffset);
    NXS_COMPAT_CASE(InvalidEventWaitList);
    NXS_COMPAT_CASE(InvalidEvent);
    NXS_COMPAT_CASE(InvalidOperation);
    NXS_COMPAT_CASE(InvalidGlObject);
    NXS_COMPAT_CASE(InvalidBufferSize);
    NXS_COMPAT_CASE(InvalidMipLevel);
    NXS_COMPAT_CASE(InvalidGlobalWorkSize);
    NXS_COMPAT_CASE(InvalidProperty);
    NXS_COMPAT_CASE(InvalidImageDescriptor);
    NXS_COMPAT_CASE(InvalidCompilerOptions);
    NXS_COMPAT_CASE(InvalidDeviceQueue);
    NXS_COMPAT_CASE(InvalidSpecId);
    NXS_COMPAT_CASE(MaxSizeRestrictionExceeded);
    NXS_COMPAT_CASE(InvalidObject);
    NXS_COMPAT_CASE(InvalidBuffer);
    NXS_COMPAT_CASE(InvalidCommand);
    NXS_COMPAT_CASE(InvalidDevice);
    NXS_COMPAT_CASE(InvalidLibrary);
    NXS_COMPAT_CASE(InvalidRuntime);
    NXS_COMPAT_CASE(InvalidSchedule);
    NXS_COMPAT_CASE(InvalidStream);
    NXS_COMPAT_CASE(InvalidSystem);
    NXS_COMPAT_CASE(Timeout);
#undef NXS_COMPAT_CASE
    default: return NULL;
  }
}

/**
 * Returns the number of a status by its C name. NXS_InvalidValue for NULL and for an unknown name,
 * as for the name "NXS_InvalidValue".
 */
static inline nxs_status nxsGetStatusEnum(const char *name) {
  for (nxs_int i = NXS_STATUS_MAX; name != NULL && i >= NXS_STATUS_MIN; --i) {
    const char *const known = nxsGetStatusName(i);
    if (known != NULL && strcmp(known, name) == 0) return (nxs_status)i;
  }
  return NXS_InvalidValue;
}

#endif /* NXS_COMPAT_H */
