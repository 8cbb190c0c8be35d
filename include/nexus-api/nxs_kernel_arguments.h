/**
 * @file nxs_kernel_arguments.h
 * What nxs_kernel_cpu.h needs for the arguments of a kernel: the data type of a C type, and the
 * forms of an argument in a kernel's functions. Kernels do not use it by name.
 */
#ifndef NXS_KERNEL_ARGUMENTS_H
#define NXS_KERNEL_ARGUMENTS_H

#include <nexus-api/nxs_data_type.h>
#include <nexus-api/nxs_kernel_list.h>
#include <nexus-api/nxs_platform.h>

/* NXS_TYPE_OF(TYPE) is the nxs_data_type of a C type, Undefined for a struct. */
#define NXS_INTEGER_TYPE(TYPE, SIGN)             \
  (sizeof(TYPE) == 1   ? NXS_DataType_##SIGN##8  \
   : sizeof(TYPE) == 2 ? NXS_DataType_##SIGN##16 \
   : sizeof(TYPE) == 4 ? NXS_DataType_##SIGN##32 \
                       : NXS_DataType_##SIGN##64)

#if defined(__cplusplus)
template <class T>
constexpr nxs_uint nxs_type_of(const T *) {
  return NXS_DataType_Undefined;
}
#define NXS_TYPE_IS(TYPE, DATA_TYPE) \
  constexpr nxs_uint nxs_type_of(const TYPE *) { return DATA_TYPE; }
NXS_TYPE_IS(float, NXS_DataType_F32)
NXS_TYPE_IS(double, NXS_DataType_F64)
NXS_TYPE_IS(bool, NXS_DataType_Bool)
NXS_TYPE_IS(char, NXS_DataType_I8)
NXS_TYPE_IS(signed char, NXS_DataType_I8)
NXS_TYPE_IS(short, NXS_INTEGER_TYPE(short, I))
NXS_TYPE_IS(int, NXS_INTEGER_TYPE(int, I))
NXS_TYPE_IS(long, NXS_INTEGER_TYPE(long, I))
NXS_TYPE_IS(long long, NXS_INTEGER_TYPE(long long, I))
NXS_TYPE_IS(unsigned char, NXS_DataType_U8)
NXS_TYPE_IS(unsigned short, NXS_INTEGER_TYPE(short, U))
NXS_TYPE_IS(unsigned int, NXS_INTEGER_TYPE(int, U))
NXS_TYPE_IS(unsigned long, NXS_INTEGER_TYPE(long, U))
NXS_TYPE_IS(unsigned long long, NXS_INTEGER_TYPE(long long, U))
#define NXS_TYPE_OF(TYPE) nxs_type_of((const TYPE *)0)
#else
#define NXS_TYPE_OF(TYPE)                                 \
  _Generic(*(TYPE *)0,                                    \
      float: NXS_DataType_F32,                            \
      double: NXS_DataType_F64,                           \
      _Bool: NXS_DataType_Bool,                           \
      char: NXS_DataType_I8,                              \
      signed char: NXS_DataType_I8,                       \
      short: NXS_INTEGER_TYPE(short, I),                  \
      int: NXS_INTEGER_TYPE(int, I),                      \
      long: NXS_INTEGER_TYPE(long, I),                    \
      long long: NXS_INTEGER_TYPE(long long, I),          \
      unsigned char: NXS_DataType_U8,                     \
      unsigned short: NXS_INTEGER_TYPE(short, U),         \
      unsigned int: NXS_INTEGER_TYPE(int, U),             \
      unsigned long: NXS_INTEGER_TYPE(long, U),           \
      unsigned long long: NXS_INTEGER_TYPE(long long, U), \
      default: NXS_DataType_Undefined)
#endif

/* The declaration and the value of an argument, for each kind. */
#define NXS_DECLARE_NXS_KernelArg_In(TYPE, NAME) const TYPE *const NAME
#define NXS_DECLARE_NXS_KernelArg_Out(TYPE, NAME) TYPE *const NAME
#define NXS_DECLARE_NXS_KernelArg_OutOnce(TYPE, NAME) TYPE *const NAME
#define NXS_DECLARE_NXS_KernelArg_Scalar(TYPE, NAME) const TYPE NAME
#define NXS_VALUE_NXS_KernelArg_In(TYPE, ADDRESS) (const TYPE *)(ADDRESS)
#define NXS_VALUE_NXS_KernelArg_Out(TYPE, ADDRESS) (TYPE *)(ADDRESS)
#define NXS_VALUE_NXS_KernelArg_OutOnce(TYPE, ADDRESS) (TYPE *)(ADDRESS)
#define NXS_VALUE_NXS_KernelArg_Scalar(TYPE, ADDRESS) *(const TYPE *)(ADDRESS)

/* The kind that the host sees. */
#define NXS_KIND_NXS_KernelArg_In NXS_KernelArg_In
#define NXS_KIND_NXS_KernelArg_Out NXS_KernelArg_Out
#define NXS_KIND_NXS_KernelArg_OutOnce NXS_KernelArg_Out
#define NXS_KIND_NXS_KernelArg_Scalar NXS_KernelArg_Scalar

/* Argument I: as a parameter, as a variable holding its value, that variable, its descriptor. */
#define NXS_PARAMETER(I, KIND, TYPE, NAME) , NXS_DECLARE_##KIND(TYPE, NAME)
#define NXS_LOAD(I, KIND, TYPE, NAME) \
  NXS_DECLARE_##KIND(TYPE, NAME) = NXS_VALUE_##KIND(TYPE, nxs_launch->args[I]);
#define NXS_PASS(I, KIND, TYPE, NAME) , NAME
#define NXS_DESCRIBE(I, KIND, TYPE, NAME) {#NAME, NXS_KIND_##KIND, NXS_TYPE_OF(TYPE), sizeof(TYPE)},

/* What streaming needs of an argument: the bytes that an item uses; the address to stream to; the
 * tile; the tile as the body indexes it, by the item's global index; the tile's way to memory. */
#define NXS_BYTES(I, KIND, TYPE, NAME) NXS_BYTES_##KIND(TYPE)
#define NXS_BYTES_NXS_KernelArg_In(TYPE) +sizeof(TYPE)
#define NXS_BYTES_NXS_KernelArg_Out(TYPE) +sizeof(TYPE)
#define NXS_BYTES_NXS_KernelArg_OutOnce(TYPE) +sizeof(TYPE)
#define NXS_BYTES_NXS_KernelArg_Scalar(TYPE)
#define NXS_PLACE(I, KIND, TYPE, NAME) NXS_PLACE_##KIND(NAME)
#define NXS_PLACE_NXS_KernelArg_In(NAME)
#define NXS_PLACE_NXS_KernelArg_Out(NAME)
#define NXS_PLACE_NXS_KernelArg_OutOnce(NAME) | (nxs_ulong)(NAME)
#define NXS_PLACE_NXS_KernelArg_Scalar(NAME)
#define NXS_TILE(I, KIND, TYPE, NAME) NXS_TILE_##KIND(TYPE, NAME)
#define NXS_TILE_NXS_KernelArg_In(TYPE, NAME)
#define NXS_TILE_NXS_KernelArg_Out(TYPE, NAME)
#define NXS_TILE_NXS_KernelArg_OutOnce(TYPE, NAME) \
  NXS_ALIGNED TYPE nxs_tile_##NAME[NXS_KERNEL_MAX_GROUP];
#define NXS_TILE_NXS_KernelArg_Scalar(TYPE, NAME)
#define NXS_PASS_TILE(I, KIND, TYPE, NAME) , NXS_PASS_TILE_##KIND(TYPE, NAME)
#define NXS_PASS_TILE_NXS_KernelArg_In(TYPE, NAME) NAME
#define NXS_PASS_TILE_NXS_KernelArg_Out(TYPE, NAME) NAME
#define NXS_PASS_TILE_NXS_KernelArg_OutOnce(TYPE, NAME) \
  (TYPE *)((nxs_ulong)nxs_tile_##NAME - NXS_GROUP_OFFSET * sizeof(TYPE))
#define NXS_PASS_TILE_NXS_KernelArg_Scalar(TYPE, NAME) NAME
#define NXS_STREAM(I, KIND, TYPE, NAME) NXS_STREAM_##KIND(TYPE, NAME)
#define NXS_STREAM_NXS_KernelArg_In(TYPE, NAME)
#define NXS_STREAM_NXS_KernelArg_Out(TYPE, NAME)
#define NXS_STREAM_NXS_KernelArg_OutOnce(TYPE, NAME)          \
  nxs_kernel_stream(NAME + NXS_GROUP_OFFSET, nxs_tile_##NAME, \
                    (nxs_ulong)nxs_next.size[0] * sizeof(TYPE));
#define NXS_STREAM_NXS_KernelArg_Scalar(TYPE, NAME)
#define NXS_GROUP_OFFSET ((nxs_ulong)nxs_next.id[0] * (nxs_ulong)nxs_next.size[0])

#endif /* NXS_KERNEL_ARGUMENTS_H */
