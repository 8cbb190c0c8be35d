/**
 * @file nxs_kernel.h
 * The kernel language of Nexus: a small dialect of C. One text compiles, by macros alone, as C or
 * C++ for CPUs, as CUDA C++, as HIP, as Metal Shading Language and as OpenCL C.
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
 * Kernels
 *
 *     NXS_KERNEL(name, arguments...) { body }   up to 31 arguments; the body is what a group does
 *     NXS_IN(TYPE, name)                        a buffer that is only read
 *     NXS_OUT(TYPE, name)                       a buffer that is written, and may be read
 *     NXS_OUT_ONCE(TYPE, name)                  a buffer of which every item writes the element
 *                                               name[NXS_GLOBAL_ID(0)] exactly once, also the last
 *                                               items of the launch, and reads none. On a CPU large
 *                                               results then bypass the caches, if groups have a
 *                                               multiple of 16 items along x and 1 along y and z
 *     NXS_SCALAR(TYPE, name)                    a value
 *
 * Item blocks
 *
 *     NXS_ITEMS { ... }      what every item of the group does. Items run in any order and must not
 *                            depend on each other. `continue` ends an item; `return`, `break` and
 *                            `goto` out of the block are errors
 *     NXS_BARRIER;           between two blocks: the second begins when all items have finished the
 *                            first, and sees what they wrote. An error inside a block
 *
 * Outside of item blocks a kernel computes only values that are the same for all items, and writes
 * to no buffer.
 *
 * Indexes and sizes, along the dimension D: one of the literals 0, 1 and 2; all are nxs_int
 *
 *     NXS_LOCAL_ID(D)  NXS_GLOBAL_ID(D)         of the item in its group and in the launch
 *     NXS_LOCAL_INDEX                           of the item in its group over all dimensions
 *     NXS_GROUP_ID(D)                           of the group
 *     NXS_GROUP_SIZE(D)  NXS_GLOBAL_SIZE(D)     items of a group and of the launch
 *     NXS_NUM_GROUPS(D)                         groups of the launch
 *
 * Those of items, in the first two lines, exist inside of item blocks only.
 *
 * Memory
 *
 *     NXS_SHARED(TYPE, name, COUNT);            an array of the group; COUNT is a constant
 *     NXS_SHARED_DYNAMIC(TYPE, name);           a pointer to the shared memory that the launch asks
 *                                               for; first in the body, once
 *     NXS_PRIVATE(TYPE, name);                  a variable of each item from block to block, which
 *     NXS_MY(name)                              is the item's own one
 *     NXS_PRIVATE_ARRAY(TYPE, name, COUNT);     an array of each item from block to block, of which
 *     NXS_MY_AT(name, k)                        is the item's own element k
 *     NXS_GLOBAL_SPACE, NXS_GROUP_SPACE         before the type of a pointer into a buffer, and
 *                                               into shared memory: `NXS_GLOBAL_SPACE float *p`
 *
 * All declarations of this kind stand in the kernel's body, outside of item blocks.
 *
 * Functions, tables, operations
 *
 *     NXS_FUNCTION                              before a function that kernels call
 *     NXS_CONSTANT                              before a table of constants at file scope
 *     NXS_ATOMIC_ADD(address, value)            on a 32-bit integer of a buffer; the result is the
 *     NXS_ATOMIC_MIN, NXS_ATOMIC_MAX            value before it
 *     NXS_GROUP_ATOMIC_ADD, _MIN, _MAX          the same on shared memory
 *     NXS_LOAD_HALF(address, i)                 element i of half-precision numbers, which buffers
 *     NXS_STORE_HALF(address, i, value)         hold as nxs_ushort, as a float
 *
 * Mathematics has the names of C for float: sqrtf, expf, powf, fminf. nxs_char to nxs_ulong have
 * the same sizes everywhere.
 */
#ifndef NXS_KERNEL_H
#define NXS_KERNEL_H

#if defined(__CUDACC__) || defined(__HIP__) || defined(__HIPCC__) || defined(__METAL_VERSION__) || \
    defined(__OPENCL_VERSION__)
#include <nexus-api/nxs_kernel_gpu.h>
#else
#include <nexus-api/nxs_kernel_cpu.h>
#endif

#endif /* NXS_KERNEL_H */
