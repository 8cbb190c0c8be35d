// The data types of OpenCL C by their names.
#pragma once

#include <nexus-api/nxs.h>
#include <nexus-sdk/objects/layout.hpp>

#include <algorithm>
#include <charconv>
#include <string>
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

// A type as an argument's declaration has it, or the type that the argument points to.
struct ArgumentType {
  // NXS_DataType_Undefined for vectors and for types that are not scalars.
  nxs_uint data_type;
  // In bytes; 0 if the name does not tell it.
  std::size_t size;
};

// The type with that name, as OpenCL C or nxs_kernel.h writes it, such as "unsigned int", "float4*"
// or "nxs_float".
inline ArgumentType argument_type(std::string name) {
  constexpr std::string_view kOurs = "nxs_", kUnsigned = "unsigned ";
  name.resize(name.find_last_not_of("* ") + 1);
  if (name.starts_with(kOurs)) name.erase(0, kOurs.size());
  if (name.starts_with(kUnsigned)) name.replace(0, kUnsigned.size(), "u");
  const std::size_t digits = std::min(name.find_first_of("0123456789"), name.size());
  std::size_t count = 1;
  std::from_chars(name.data() + digits, name.data() + name.size(), count);
  const nxs_uint scalar = data_type_of_name(std::string_view(name).substr(0, digits));
  const std::size_t size = scalar ? data_type_info(scalar).bits / 8 : 0;
  if (digits == name.size()) return {scalar, size};
  // A vector of three elements has the size of one of four.
  return {NXS_DataType_Undefined, size * (count == 3 ? 4 : count)};
}

}  // namespace nexus::sdk
