/**
 * @file nxs_platform.h
 * Scalar types, the structs that cross the ABI by value, and the macros that a
 * compiler needs to export or call an ABI function.
 */
#ifndef NXS_PLATFORM_H
#define NXS_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

/**
 * Storage class and visibility of an ABI function. A plugin that is compiled with
 * hidden visibility exports exactly the functions that carry it. Defining it before
 * the include replaces it.
 */
#ifndef NXS_API_EXPORT
#if defined(_WIN32)
#define NXS_API_EXPORT __declspec(dllexport)
#elif defined(__GNUC__) || defined(__clang__)
#define NXS_API_EXPORT __attribute__((visibility("default")))
#else
#define NXS_API_EXPORT
#endif
#endif

/** Calling convention of an ABI function. Defining it before the include replaces it. */
#ifndef NXS_API_CALL
#if defined(_WIN32) && !defined(_WIN64)
#define NXS_API_CALL __cdecl
#else
#define NXS_API_CALL
#endif
#endif

typedef int8_t nxs_char;
typedef uint8_t nxs_uchar;
typedef int16_t nxs_short;
typedef uint16_t nxs_ushort;
typedef int32_t nxs_int;
typedef uint32_t nxs_uint;
typedef int64_t nxs_long;
typedef uint64_t nxs_ulong;

/** An IEEE 754 binary16 number as its bit pattern. */
typedef uint16_t nxs_half;
typedef float nxs_float;
typedef double nxs_double;

/** 0 is false, anything else is true. */
typedef nxs_uint nxs_bool;

/** Most dimensions that a buffer layout can have. */
#define NXS_MAX_DIMS 8

/** A size in up to three dimensions. A dimension that is not used is 1. */
typedef struct nxs_dim3 {
  /** The innermost dimension, along which neighbours lie side by side. */
  nxs_uint x;
  /** The middle dimension. */
  nxs_uint y;
  /** The outermost dimension. */
  nxs_uint z;
} nxs_dim3;

/** What a buffer holds: an array of one data type, or plain bytes. */
typedef struct nxs_buffer_layout {
  /** An nxs_data_type. With NXS_DataType_Undefined the dimensions count bytes. */
  nxs_uint data_type;
  /** How many of the dimensions count, 0 to NXS_MAX_DIMS. 0 is a single element. */
  nxs_uint rank;
  /** Elements along each dimension, the outermost first. Entries from rank on are ignored. */
  nxs_ulong dim[NXS_MAX_DIMS];
  /** Elements from one index to the next along each dimension. All zero: C-contiguous. */
  nxs_ulong stride[NXS_MAX_DIMS];
} nxs_buffer_layout;

/**
 * An argument of nxsLaunch: a buffer or a scalar. With value NULL and buffer_id -1 it is not set,
 * for an index that the kernel skips.
 */
typedef struct nxs_launch_argument {
  /** The scalar, whose bytes are copied before the call returns; NULL for a buffer. */
  const void *value;
  /** The buffer's handle; -1 for a scalar. */
  nxs_int buffer_id;
  /**
   * The scalar's nxs_data_type, which gives its size. NXS_DataType_Undefined: the size that the
   * kernel declares. Ignored for a buffer.
   */
  nxs_uint data_type;
} nxs_launch_argument;

/** What nxsLaunch runs a kernel with. */
typedef struct nxs_launch {
  /** Groups along each dimension. */
  nxs_dim3 grid_size;
  /** Items of a group along each dimension. */
  nxs_dim3 group_size;
  /** Bytes of memory that the items of a group share, beyond what the kernel declares. */
  nxs_uint shared_memory_size;
  /** Length of arguments, 0 to NXS_KERNEL_MAX_ARGS. */
  nxs_uint argument_count;
  /** The arguments in the order of their index; may be NULL when there are none. */
  const nxs_launch_argument *arguments;
} nxs_launch;

#endif /* NXS_PLATFORM_H */
