/**
 * @file nxs_kernel_descriptor.h
 * The contract between a library of CPU kernels, which nxs_kernel.h builds, and its host.
 */
#ifndef NXS_KERNEL_DESCRIPTOR_H
#define NXS_KERNEL_DESCRIPTOR_H

#include <nexus-api/nxs_platform.h>

/**
 * The version of the three structs below. Version 2 added nxs_kernel_launch::lacks_shared, version
 * 3 nxs_kernel_launch::stream_least. A host takes libraries of its own version and of earlier ones,
 * and refuses those of later versions.
 */
#define NXS_KERNEL_DESCRIPTOR_VERSION 3

/** The symbol of a kernel's descriptor is this prefix and the kernel's name. */
#define NXS_KERNEL_SYMBOL_PREFIX "nxs_kernel_"

/** The largest number of items in a group, for which NXS_PRIVATE reserves room. */
#define NXS_KERNEL_MAX_GROUP 1024

/** The kind of a kernel's argument. */
typedef enum nxs_kernel_arg_kind {
  /** A buffer that the kernel only reads. */
  NXS_KernelArg_In = 0,
  /** A buffer that the kernel writes, and may read. */
  NXS_KernelArg_Out = 1,
  /** A value. */
  NXS_KernelArg_Scalar = 2
} nxs_kernel_arg_kind;

/** A kernel's declaration of one argument. */
typedef struct nxs_kernel_arg {
  /** Its name in the source. */
  const char *name;
  /** An nxs_kernel_arg_kind. */
  nxs_uint kind;
  /** The nxs_data_type of the scalar or of a buffer's elements; Undefined for structs. */
  nxs_uint data_type;
  /** Size of the scalar or of one element, in bytes. */
  nxs_uint size;
} nxs_kernel_arg;

/** A launch, described by the host. The host owns all of it; it is valid during the call. */
typedef struct nxs_kernel_launch {
  /** The address of each argument: of the buffer, or of the scalar's value. */
  void *const *args;
  /** Groups along x, y and z. */
  nxs_int num_groups[3];
  /** Items of a group along x, y and z. */
  nxs_int group_size[3];
  /** shared_memory_size bytes for the running group, aligned to 64 bytes; NULL for none. */
  void *shared;
  /**
   * Set to 1 by a kernel that uses NXS_SHARED_DYNAMIC where `shared` is NULL; never NULL. Threads
   * that run parts of the launch may share it.
   */
  nxs_int *lacks_shared;
  /**
   * Size in bytes of the buffers' elements, of those that the items use, from which NXS_OUT_ONCE
   * passes by the caches; 0 for never.
   */
  nxs_ulong stream_least;
} nxs_kernel_launch;

/** The descriptor that a library exports for each of its kernels, named prefix + kernel. */
typedef struct nxs_kernel_descriptor {
  /** NXS_KERNEL_DESCRIPTOR_VERSION. */
  nxs_uint version;
  /** The number of arguments. */
  nxs_uint arg_count;
  /** The arguments in order. */
  const nxs_kernel_arg *args;
  /**
   * Runs the groups with the numbers begin to end - 1, one after the other. Groups are numbered
   * along x first, then y, then z.
   */
  void (*run)(const nxs_kernel_launch *launch, nxs_ulong begin, nxs_ulong end);
} nxs_kernel_descriptor;

#endif /* NXS_KERNEL_DESCRIPTOR_H */
