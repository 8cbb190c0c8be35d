/**
 * @file nxs_kernel_table.h
 * What a module of CUDA or HIP carries beside each kernel that nxs_kernel.h builds, for its host:
 * the variable kernel + NXS_KERNEL_TABLE_SUFFIX, an nxs_gpu_table with `count` arguments, where
 * `kernel` is the name of the entry point. A kernel that uses NXS_SHARED_DYNAMIC also has a
 * variable nxs_uses_dynamic in the scope of its function.
 */
#ifndef NXS_KERNEL_TABLE_H
#define NXS_KERNEL_TABLE_H

#define NXS_KERNEL_TABLE_VERSION 1
#define NXS_KERNEL_TABLE_SUFFIX "_arguments"

/** A kernel's declaration of one argument. */
typedef struct nxs_gpu_argument {
  /** An nxs_kernel_arg_kind, the nxs_data_type of the scalar or of a buffer's elements, its size.
   */
  unsigned kind, data_type, size;
  /** Its name in the source, with a NUL. */
  char name[52];
} nxs_gpu_argument;

/** The beginning of a table; the arguments follow. */
typedef struct nxs_gpu_table {
  /** NXS_KERNEL_TABLE_VERSION. */
  unsigned version;
  /** The number of arguments. */
  unsigned count;
} nxs_gpu_table;

#endif /* NXS_KERNEL_TABLE_H */
