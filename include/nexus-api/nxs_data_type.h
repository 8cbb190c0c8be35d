/**
 * @file nxs_data_type.h
 * Data types of buffers and scalars.
 *
 * Every value is part of the ABI: it is never changed, and new ones are appended.
 */
#ifndef NXS_DATA_TYPE_H
#define NXS_DATA_TYPE_H

/** Types of elements and of scalars. */
typedef enum nxs_data_type {
  /** Unknown: sizes are in bytes. */
  NXS_DataType_Undefined = 0,
  /** IEEE 754 binary32. */
  NXS_DataType_F32 = 1,
  /** IEEE 754 binary16. */
  NXS_DataType_F16 = 2,
  /** bfloat16: the upper half of a binary32. */
  NXS_DataType_BF16 = 3,
  /** 8-bit float with 4 exponent and 3 mantissa bits (E4M3). */
  NXS_DataType_F8 = 4,
  /** 8-bit float with 5 exponent and 2 mantissa bits (E5M2). */
  NXS_DataType_BF8 = 5,
  /** 4-bit float with 2 exponent and 1 mantissa bits (E2M1), two to a byte, the low half first. */
  NXS_DataType_F4 = 6,
  /** 4-bit float with 3 exponent and no mantissa bits (E3M0), two to a byte, the low half first. */
  NXS_DataType_BF4 = 7,
  /** Signed 32-bit integer. */
  NXS_DataType_I32 = 8,
  /** Unsigned 32-bit integer. */
  NXS_DataType_U32 = 9,
  /** Signed 16-bit integer. */
  NXS_DataType_I16 = 10,
  /** Unsigned 16-bit integer. */
  NXS_DataType_U16 = 11,
  /** Signed 8-bit integer. */
  NXS_DataType_I8 = 12,
  /** Unsigned 8-bit integer. */
  NXS_DataType_U8 = 13,
  /** Signed 4-bit integer, two to a byte, the low half first. */
  NXS_DataType_I4 = 14,
  /** Unsigned 4-bit integer, two to a byte, the low half first. */
  NXS_DataType_U4 = 15,
  /** IEEE 754 binary64. */
  NXS_DataType_F64 = 16,
  /** Signed 64-bit integer. */
  NXS_DataType_I64 = 17,
  /** Unsigned 64-bit integer. */
  NXS_DataType_U64 = 18,
  /** One byte, 0 or 1. */
  NXS_DataType_Bool = 19,
  /** The bits that hold the type. */
  NXS_DataType_Mask = 31,
  /** Flag: elements share a scale per block. */
  NXS_DataType_Block = 32,
  /** Flag: elements share a scale per block of 8. */
  NXS_DataType_Block_8 = 33,
  /** Flag: elements share a scale per block of 16. */
  NXS_DataType_Block_16 = 34,
  /** Flag: elements share a scale per block of 32. */
  NXS_DataType_Block_32 = 35,
  /** The bits that hold the flags. */
  NXS_DataType_Flags_Mask = 96
} nxs_data_type;

#endif /* NXS_DATA_TYPE_H */
