/**
 * @file nxs_kernel.h
 * A small dialect of C in which kernels for a CPU are written as work-group functions.
 *
 *     #include <nexus-api/nxs_kernel.h>
 *
 *     NXS_KERNEL(scale, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(float, factor),
 *                NXS_SCALAR(nxs_int, n))
 *     {
 *       NXS_ITEMS
 *       {
 *         const nxs_int i = NXS_GLOBAL_ID(0);
 *         if (i < n) y[i] = factor * x[i];
 *       }
 *     }
 *
 * The body runs once per group. An NXS_ITEMS block inside it runs for every item of the group; it
 * is a plain loop, which the compiler vectorises. The items of a block run in no particular order
 * and must not depend on each other. Code outside of the blocks must only compute values that are
 * the same for all items. `continue` ends an item; `return` is allowed only outside of item blocks.
 *
 * Put NXS_BARRIER between two item blocks: all items have finished the first block, and the second
 * sees what they wrote. NXS_SHARED declares memory of the group, NXS_PRIVATE a variable that each
 * item keeps from one block to the next.
 *
 * Every macro has a counterpart in CUDA, Metal and OpenCL: arguments are qualified parameters,
 * NXS_ITEMS is a plain block, NXS_BARRIER the barrier, NXS_SHARED the group's memory.
 */
#ifndef NXS_KERNEL_H
#define NXS_KERNEL_H

#include <nexus-api/nxs.h>
#include <nexus-api/nxs_platform.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

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

/** An argument: a buffer of TYPE that the kernel only reads, as `const TYPE *NAME`. */
#define NXS_IN(TYPE, NAME) (NXS_KernelArg_In, TYPE, NAME)

/** An argument: a buffer of TYPE that the kernel writes, as `TYPE *NAME`. */
#define NXS_OUT(TYPE, NAME) (NXS_KernelArg_Out, TYPE, NAME)

/**
 * An argument: a buffer of TYPE that the kernel writes in order, as `TYPE *NAME`. Every item writes
 * the element NAME[NXS_GLOBAL_ID(0)] exactly once, also the last items of the launch, and reads
 * none of it. A launch of one dimension whose data does not fit into the caches then stores its
 * results past them, if its groups have a multiple of 16 items: an addition of floats takes a fifth
 * less time (measured on two cores).
 */
#define NXS_OUT_ONCE(TYPE, NAME) (NXS_KernelArg_OutOnce, TYPE, NAME)

/** An argument: a scalar, as `const TYPE NAME`. */
#define NXS_SCALAR(TYPE, NAME) (NXS_KernelArg_Scalar, TYPE, NAME)

/** Index of the item in its group along dimension D, one of the literals 0, 1 and 2. */
#define NXS_LOCAL_ID(D) nxs_local_##D

/** Index of the group along dimension D. */
#define NXS_GROUP_ID(D) (nxs_group.id[D])

/** Items of a group along dimension D. */
#define NXS_GROUP_SIZE(D) (nxs_group.size[D])

/** Groups along dimension D. */
#define NXS_NUM_GROUPS(D) (nxs_group.count[D])

/** Index of the item in the whole launch along dimension D. */
#define NXS_GLOBAL_ID(D) (nxs_group.id[D] * nxs_group.size[D] + nxs_local_##D)

/** Items of the whole launch along dimension D. */
#define NXS_GLOBAL_SIZE(D) (nxs_group.count[D] * nxs_group.size[D])

/** Number of the item in its group over all dimensions, x first. */
#define NXS_LOCAL_INDEX \
  ((nxs_local_2 * nxs_group.size[1] + nxs_local_1) * nxs_group.size[0] + nxs_local_0)

#if defined(__clang__)
#define NXS_INDEPENDENT _Pragma("clang loop vectorize(enable)")
#elif defined(__GNUC__)
#define NXS_INDEPENDENT _Pragma("GCC ivdep")
#else
#define NXS_INDEPENDENT
#endif

/* clang-format off */
/**
 * Runs the statement or block that follows for every item of the group. The CPU plugin recognises
 * it by the start of the last loop, and refuses `return` and `break` in it.
 */
#define NXS_ITEMS                                                                 \
  for (nxs_int nxs_local_2 = 0, nxs_place NXS_UNUSED = 0;                         \
       nxs_local_2 < nxs_group.size[2]; ++nxs_local_2)                            \
    for (nxs_int nxs_local_1 = 0; nxs_local_1 < nxs_group.size[1]; ++nxs_local_1) \
      NXS_INDEPENDENT                                                             \
  for (nxs_int nxs_local_0 = 0; nxs_local_0 < nxs_group.size[0]; ++nxs_local_0)
/* clang-format on */

/**
 * Separates two item blocks: the second begins when all items have finished the first. A compile
 * error inside an item block.
 */
#if defined(__GNUC__)
#define NXS_BARRIER                                           \
  ((void)__extension__({                                      \
    NXS_ASSERT(sizeof nxs_place == 1, NXS_BARRIER_MISPLACED); \
    0;                                                        \
  }))
#else
#define NXS_BARRIER ((void)0)
#endif

/** Declares an array of COUNT elements, a constant, that all items of the group share. */
#define NXS_SHARED(TYPE, NAME, COUNT) NXS_ALIGNED TYPE NAME[COUNT]

/**
 * Declares NAME as a pointer to the shared memory whose size the launch gives; a launch that gives
 * none fails. Only at the start of a kernel's body.
 */
#define NXS_SHARED_DYNAMIC(TYPE, NAME)         \
  TYPE *const NAME = (TYPE *)nxs_group.shared; \
  if (!NAME) {                                 \
    NXS_SET_FLAG(nxs_group.lacks_shared);      \
    return;                                    \
  }                                            \
  (void)0

/** Declares a variable that each item keeps from block to block; NXS_MY(NAME) is the item's own. */
#define NXS_PRIVATE(TYPE, NAME) NXS_ALIGNED TYPE NAME[NXS_KERNEL_MAX_GROUP]

/** The item's own copy of a variable that NXS_PRIVATE declared. */
#define NXS_MY(NAME) (NAME[NXS_LOCAL_INDEX])

/**
 * NXS_KERNEL(name, arguments...) { what one group does }: defines a kernel of up to 32 arguments,
 * each an NXS_IN, NXS_OUT or NXS_SCALAR.
 */
#define NXS_KERNEL(...) NXS_KERNEL_COUNTED(NXS_COUNT(__VA_ARGS__), __VA_ARGS__, ~)

/* The implementation of the macros above, which kernels do not use by name. */

/* NXS_BARRIER reads the size of nxs_place: 1 outside of item blocks; inside, that of the nxs_int
 * which NXS_ITEMS declares under the same name. It is never defined. */
extern const char nxs_place;
#define NXS_BARRIER_MISPLACED \
  "NXS_BARRIER is inside an item block: end the block before it, and begin another after it"

#include <nexus-api/nxs_kernel_arguments.h>
#include <nexus-api/nxs_kernel_groups.h>

/**
 * How the plain functions of a library are called; a library that does not define it has functions
 * that are called once per item (1). `const int nxs_kernel_convention = 2;` is for functions that
 * are called once per lane and range of groups. No kernel can have the name `convention`.
 */
#ifdef __cplusplus
extern "C" NXS_API_EXPORT const int nxs_kernel_convention;
#else
extern NXS_API_EXPORT const int nxs_kernel_convention;
#endif

#define NXS_KERNEL_COUNTED(COUNT, ...) NXS_KERNEL_OF(COUNT, __VA_ARGS__)

/* Declares the body, defines what the host looks up, and ends with the head of the body. */
/* clang-format off */
#define NXS_KERNEL_OF(COUNT, NAME, ...)                                                  \
  static NXS_INLINE void nxs_body_##NAME(                                                \
      const nxs_kernel_group nxs_group NXS_EACH_##COUNT(NXS_PARAMETER, 0, __VA_ARGS__)); \
  static const nxs_kernel_arg nxs_args_##NAME[] = {                                      \
      NXS_EACH_##COUNT(NXS_DESCRIBE, 0, __VA_ARGS__){NULL, 0, 0, 0}};                    \
  static void nxs_run_##NAME(const nxs_kernel_launch *nxs_launch, nxs_ulong nxs_begin,   \
                             nxs_ulong nxs_end) {                                        \
    nxs_kernel_group nxs_next = nxs_kernel_first_group(nxs_launch, nxs_begin);           \
    NXS_EACH_##COUNT(NXS_LOAD, 0, __VA_ARGS__)                                           \
    const nxs_int nxs_vectors = nxs_kernel_vectors(&nxs_next);                           \
    if (nxs_vectors) {                                                                   \
      NXS_EACH_##COUNT(NXS_TILE, 0, __VA_ARGS__)                                         \
      const nxs_int nxs_tiled = nxs_kernel_streams(                                      \
          nxs_launch, 0 NXS_EACH_##COUNT(NXS_BYTES, 0, __VA_ARGS__),                      \
          0 NXS_EACH_##COUNT(NXS_PLACE, 0, __VA_ARGS__));                                \
      nxs_next.size[1] = nxs_next.size[2] = 1;                                           \
      for (; nxs_tiled && nxs_begin < nxs_end; ++nxs_begin) {                            \
        nxs_next.size[0] = nxs_vectors * NXS_VECTOR;                                     \
        nxs_body_##NAME(nxs_next NXS_EACH_##COUNT(NXS_PASS_TILE, 0, __VA_ARGS__));       \
        NXS_EACH_##COUNT(NXS_STREAM, 0, __VA_ARGS__)                                     \
        nxs_kernel_next_group(&nxs_next);                                                \
      }                                                                                  \
      if (nxs_tiled) nxs_kernel_finish_stream();                                         \
      for (; nxs_begin < nxs_end; ++nxs_begin) {                                         \
        nxs_next.size[0] = nxs_vectors * NXS_VECTOR;                                     \
        nxs_body_##NAME(nxs_next NXS_EACH_##COUNT(NXS_PASS, 0, __VA_ARGS__));            \
        nxs_kernel_next_group(&nxs_next);                                                \
      }                                                                                  \
      return;                                                                            \
    }                                                                                    \
    for (; nxs_begin < nxs_end; ++nxs_begin) {                                           \
      nxs_body_##NAME(nxs_next NXS_EACH_##COUNT(NXS_PASS, 0, __VA_ARGS__));              \
      nxs_kernel_next_group(&nxs_next);                                                  \
    }                                                                                    \
  }                                                                                      \
  NXS_EXTERN_C NXS_API_EXPORT const nxs_kernel_descriptor nxs_kernel_##NAME;             \
  const nxs_kernel_descriptor nxs_kernel_##NAME = {NXS_KERNEL_DESCRIPTOR_VERSION, COUNT, \
                                                   nxs_args_##NAME, nxs_run_##NAME};     \
  static NXS_INLINE void nxs_body_##NAME(                                                \
      const nxs_kernel_group nxs_group NXS_EACH_##COUNT(NXS_PARAMETER, 0, __VA_ARGS__))
/* clang-format on */

#endif /* NXS_KERNEL_H */
