#include "parameters.hpp"

#include <algorithm>

#include "error.hpp"

namespace nexus::metal {
namespace {

nxs_uint data_type_of(MTLDataType type) {
  switch (type) {
    case MTLDataTypeFloat: return NXS_DataType_F32;
    case MTLDataTypeHalf: return NXS_DataType_F16;
    case MTLDataTypeBFloat: return NXS_DataType_BF16;
    case MTLDataTypeChar: return NXS_DataType_I8;
    case MTLDataTypeUChar: return NXS_DataType_U8;
    case MTLDataTypeShort: return NXS_DataType_I16;
    case MTLDataTypeUShort: return NXS_DataType_U16;
    case MTLDataTypeInt: return NXS_DataType_I32;
    case MTLDataTypeUInt: return NXS_DataType_U32;
    case MTLDataTypeLong: return NXS_DataType_I64;
    case MTLDataTypeULong: return NXS_DataType_U64;
    case MTLDataTypeBool: return NXS_DataType_Bool;
    default: return NXS_DataType_Undefined;
  }
}

// Metal's reflection does not distinguish `constant T &x`, `constant T *x` and `device const T *x`:
// all are only read.
Parameter parameter_of(id<MTLBufferBinding> binding) {
  return {
      text_of([binding name]),
      [binding access] == MTLBindingAccessReadOnly ? Parameter::Kind::kRead : Parameter::Kind::kOut,
      data_type_of([binding bufferDataType]), [binding bufferDataSize]};
}

}  // namespace

void read_parameters(const std::string &kernel, NSArray<id<MTLBinding>> *bindings,
                     Pipeline &pipeline) {
  for (NSUInteger i = 0; i < [bindings count]; ++i) {
    id<MTLBinding> binding = [bindings objectAtIndex:i];
    const NSUInteger index = [binding index];
    switch ([binding type]) {
      case MTLBindingTypeBuffer:
        if (pipeline.parameters.size() <= index)
          pipeline.parameters.resize(index + 1, {"", Parameter::Kind::kNone, 0, 0});
        pipeline.parameters[index] = parameter_of(static_cast<id<MTLBufferBinding>>(binding));
        break;
      case MTLBindingTypeThreadgroupMemory:
        if (pipeline.shared_memory)
          fail(NXS_InvalidKernelDefinition, "kernel ", kernel,
               " takes several threadgroup arguments, and a launch has one size of shared memory; "
               "declare them within the kernel, or parts of one");
        pipeline.shared_memory = index;
        pipeline.needs_shared_memory = [binding isUsed];
        break;
      default:
        fail(NXS_InvalidKernelDefinition, "argument ", text_of([binding name]), " of kernel ",
             kernel, " is neither a buffer nor threadgroup memory");
    }
  }
}

void read_kinds(const DeclaredKernels &declared, const std::string &entry,
                std::vector<Parameter> &parameters) {
  const std::vector<DeclaredArgument> *found = nullptr;
  const auto [first, last] = declared.equal_range(entry);
  for (auto each = first; each != last; ++each) {
    const bool same = std::equal(
        parameters.begin(), parameters.end(), each->second.begin(), each->second.end(),
        [](const auto &reported, const auto &said) { return reported.name == said.name; });
    if (!same) continue;
    // Of two that differ, the preprocessor has dropped one.
    if (found && *found != each->second) return;
    found = &each->second;
  }
  if (!found) return;
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].kind = (*found)[i].kind;
}

}  // namespace nexus::metal
