// The data types of OpenCL C by their names.
#pragma once

#include <nexus-api/nxs.h>

#include <string_view>

namespace nexus::sdk {

// NXS_DataType_Undefined for other types, such as structs and vectors.
inline nxs_uint data_type_of_name(std::string_view name) {
  static constexpr struct {
    std::string_view name;
    nxs_uint type;
  } kTypes[] = {
      {"char", NXS_DataType_I8},    {"uchar", NXS_DataType_U8},   {"short", NXS_DataType_I16},
      {"ushort", NXS_DataType_U16}, {"int", NXS_DataType_I32},    {"uint", NXS_DataType_U32},
      {"long", NXS_DataType_I64},   {"ulong", NXS_DataType_U64},  {"half", NXS_DataType_F16},
      {"float", NXS_DataType_F32},  {"double", NXS_DataType_F64}, {"bool", NXS_DataType_Bool},
  };
  for (const auto &one : kTypes)
    if (name == one.name) return one.type;
  return NXS_DataType_Undefined;
}

}  // namespace nexus::sdk
