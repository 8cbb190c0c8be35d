// The checks of a kernel's arguments, for commands and for launches without one.
#pragma once

#include <nexus-sdk/objects/launch.hpp>

#include <cstring>
#include <optional>
#include <vector>

namespace nexus::sdk {

namespace detail {

// Whether the kernel declares its arguments, and none at a position.
inline bool declares_no_argument(const Kernel &kernel, std::size_t position) {
  return kernel.parameters && (position >= kernel.parameters->size() ||
                               (*kernel.parameters)[position].kind == Parameter::Kind::kNone);
}

// The declaration of the argument, or NULL if the kernel declares none. Fails for an index that the
// kernel does not have.
inline const Parameter *check_argument(const Kernel &kernel, nxs_int index) {
  if (index < 0 || index >= NXS_KERNEL_MAX_ARGS)
    fail(NXS_InvalidArgIndex, "argument index ", index, " is not in 0 to ",
         NXS_KERNEL_MAX_ARGS - 1);
  if (!kernel.parameters) return nullptr;
  const auto &parameters = *kernel.parameters;
  if (declares_no_argument(kernel, static_cast<std::size_t>(index)))
    fail(NXS_InvalidArgIndex, "kernel ", kernel.name, " has ", parameters.size(),
         " arguments, but none with index ", index);
  return &parameters[static_cast<std::size_t>(index)];
}

}  // namespace detail

inline void check_buffer(const Kernel &kernel, const Device &device, nxs_int index,
                         const Buffer &buffer, nxs_int handle) {
  if (&buffer.device != &device)
    fail(NXS_InvalidBuffer, "the buffer ", handle, " belongs to another device than the command");
  const Parameter *const parameter = detail::check_argument(kernel, index);
  if (!parameter) return;
  if (parameter->kind == Parameter::Kind::kScalar)
    fail(NXS_InvalidArgValue, "argument ", index, " (", parameter->name, ") of kernel ",
         kernel.name, " is a scalar, not a buffer");
  if (parameter->kind == Parameter::Kind::kAny && parameter->size != sizeof(nxs_ulong))
    fail(NXS_InvalidArgValue, "argument ", index, " of kernel ", kernel.name, " has ",
         parameter->size, " bytes, too few for the address of a buffer");
}

// Sets the argument to a scalar.
inline void set_scalar(Argument &argument, const Kernel &kernel, nxs_int index, const void *value,
                       nxs_uint data_type) {
  const Parameter *const parameter = detail::check_argument(kernel, index);
  if (!value) fail(NXS_InvalidArgValue, "the pointer to the value of argument ", index, " is NULL");
  // A host that knows no type leaves it to the kernel's declaration. Where there is none, one byte
  // is all that such a host is sure to have behind the pointer.
  const bool declared = data_type == NXS_DataType_Undefined && parameter;
  if (data_type == NXS_DataType_Undefined)
    data_type = parameter ? parameter->data_type : nxs_uint{NXS_DataType_Bool};
  const DataTypeInfo info = data_type_info(data_type & NXS_DataType_Mask);
  const std::size_t size = declared ? parameter->size : info.bits / 8;
  if (!declared && (info.bits == 0 || info.bits % 8))
    fail(NXS_InvalidArgValue, "data type ", data_type, " of argument ", index,
         " is not a type for scalars: its size is not a whole number of bytes");
  if (parameter &&
      (parameter->kind == Parameter::Kind::kIn || parameter->kind == Parameter::Kind::kOut))
    fail(NXS_InvalidArgValue, "argument ", index, " (", parameter->name, ") of kernel ",
         kernel.name, " is a buffer, not a scalar");
  if (parameter && parameter->size != size)
    fail(NXS_InvalidArgSize, "argument ", index, " (", parameter->name, ") of kernel ", kernel.name,
         " has ", parameter->size, " bytes, but a scalar of type ", info.name, " has ", size);
  if (size > argument.scalar.size())
    fail(NXS_InvalidArgSize, "argument ", index, " of kernel ", kernel.name, " has ", size,
         " bytes, more than the ", argument.scalar.size(), " of a scalar");
  argument.scalar_size = size;
  std::memcpy(argument.scalar.data(), value, size);
}

// A data type of the size that the kernel declares for a scalar; Undefined if it declares none.
inline nxs_uint declared_type(const Kernel &kernel, std::size_t index) {
  if (!kernel.parameters || index >= kernel.parameters->size()) return NXS_DataType_Undefined;
  const Parameter &parameter = (*kernel.parameters)[index];
  if (parameter.data_type != NXS_DataType_Undefined) return parameter.data_type;
  switch (parameter.size) {
    case 1: return NXS_DataType_U8;
    case 2: return NXS_DataType_U16;
    case 4: return NXS_DataType_U32;
    case 8: return NXS_DataType_U64;
    default: return NXS_DataType_Undefined;
  }
}

// The first argument that the kernel needs and that is not set, as an error.
inline std::optional<Error> missing_argument(const Kernel &kernel,
                                             const std::vector<Argument> &arguments) {
  const auto &parameters = kernel.parameters;
  const std::size_t needed = parameters ? parameters->size() : arguments.size();
  for (std::size_t i = 0; i < needed; ++i)
    if ((i >= arguments.size() || !arguments[i].is_set()) &&
        !(parameters && (*parameters)[i].kind == Parameter::Kind::kNone))
      return Error(NXS_InvalidKernelArgs,
                   concat("argument ", i, " of kernel ", kernel.name, " was never set"));
  return std::nullopt;
}

}  // namespace nexus::sdk
