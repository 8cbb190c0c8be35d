// Data types and buffer layouts: names and sizes.
#pragma once

#include <nexus-api/nxs.h>
#include <nexus-sdk/base/error.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

namespace nexus::sdk {

struct DataTypeInfo {
  std::string_view name;
  // Size of an element in bits; 0 for a type without a size.
  nxs_uint bits;
};

inline DataTypeInfo data_type_info(nxs_uint type) {
  switch (type) {
    case NXS_DataType_Undefined: return {"Undefined", 8};
    case NXS_DataType_F32: return {"F32", 32};
    case NXS_DataType_F16: return {"F16", 16};
    case NXS_DataType_BF16: return {"BF16", 16};
    case NXS_DataType_F8: return {"F8", 8};
    case NXS_DataType_BF8: return {"BF8", 8};
    case NXS_DataType_F4: return {"F4", 4};
    case NXS_DataType_BF4: return {"BF4", 4};
    case NXS_DataType_I32: return {"I32", 32};
    case NXS_DataType_U32: return {"U32", 32};
    case NXS_DataType_I16: return {"I16", 16};
    case NXS_DataType_U16: return {"U16", 16};
    case NXS_DataType_I8: return {"I8", 8};
    case NXS_DataType_U8: return {"U8", 8};
    case NXS_DataType_I4: return {"I4", 4};
    case NXS_DataType_U4: return {"U4", 4};
    case NXS_DataType_F64: return {"F64", 64};
    case NXS_DataType_I64: return {"I64", 64};
    case NXS_DataType_U64: return {"U64", 64};
    case NXS_DataType_Bool: return {"Bool", 8};
    default: return {"", 0};
  }
}

namespace detail {

// Counts the elements from the first to the last, including the gaps that strides leave. Returns
// false if the number overflows.
inline bool count_elements(const nxs_buffer_layout &layout, nxs_ulong &count) {
  bool strided = false, empty = false;
  for (nxs_uint d = 0; d < layout.rank; ++d) {
    strided |= layout.stride[d] != 0;
    empty |= layout.dim[d] == 0;
  }
  count = empty ? 0 : 1;
  for (nxs_uint d = 0; d < layout.rank && !empty; ++d) {
    nxs_ulong extent;
    const bool overflow =
        strided ? __builtin_mul_overflow(layout.dim[d] - 1, layout.stride[d], &extent) ||
                      __builtin_add_overflow(count, extent, &count)
                : __builtin_mul_overflow(count, layout.dim[d], &count);
    if (overflow) return false;
  }
  return true;
}

}  // namespace detail

// The size of a layout in bytes, rounded up for types of 4 bits.
inline std::size_t size_of_layout(const nxs_buffer_layout &layout) {
  if (layout.rank > NXS_MAX_DIMS)
    fail(NXS_InvalidValue, "the layout has rank ", layout.rank, ", but the maximum is ",
         NXS_MAX_DIMS);
  const nxs_uint bits = data_type_info(layout.data_type).bits;
  if (bits == 0)
    fail(NXS_InvalidValue, "data type ", layout.data_type,
         " is not a type for elements of buffers");
  nxs_ulong elements = 0, total = 0;
  if (!detail::count_elements(layout, elements) || __builtin_mul_overflow(elements, bits, &total) ||
      total / 8 > static_cast<nxs_ulong>(std::numeric_limits<std::ptrdiff_t>::max()))
    fail(NXS_InvalidBufferSize, "the size of the layout in bytes overflows");
  return static_cast<std::size_t>(total / 8 + (total % 8 != 0));
}

}  // namespace nexus::sdk
