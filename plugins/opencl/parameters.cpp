#include "parameters.hpp"

#include <nexus-sdk/kernels/type_names.hpp>
#include <nexus-sdk/objects/layout.hpp>

#include <charconv>

namespace nexus::opencl {
namespace {

struct Type {
  nxs_uint data_type;
  std::size_t size;
};

// The scalar type with that name, as OpenCL C or nxs_kernel.h writes it. For a vector, such as
// float4, the size of all its elements and no data type. Size 0 for other types.
Type type_of(std::string name) {
  constexpr std::string_view kOurs = "nxs_", kUnsigned = "unsigned ";
  while (!name.empty() && (name.back() == '*' || name.back() == ' ')) name.pop_back();
  if (name.starts_with(kOurs)) name.erase(0, kOurs.size());
  if (name.starts_with(kUnsigned)) name.replace(0, kUnsigned.size(), "u");
  const std::size_t digits = name.find_first_of("0123456789");
  std::size_t count = 1;
  if (digits != name.npos) {
    std::from_chars(name.data() + digits, name.data() + name.size(), count);
    name.resize(digits);
  }
  const nxs_uint scalar = data_type_of_name(name);
  const std::size_t size = scalar ? data_type_info(scalar).bits / 8 : 0;
  if (count == 1) return {scalar, size};
  // A vector of three elements has the size of one of four.
  return {NXS_DataType_Undefined, size * (count == 3 ? 4 : count)};
}

class Arguments {
 public:
  Arguments(const std::string &kernel_name, cl::Kernel kernel, bool uses_dynamic)
      : name_(kernel_name), kernel_(kernel), uses_dynamic_(uses_dynamic) {}

  Parameters all() {
    cl::Uint count = 0;
    check(driver().clGetKernelInfo(kernel_, cl::kKernelArguments, sizeof count, &count, nullptr),
          "counting the arguments of kernel ", name_);
    Parameters found;
    found.count = count;
    std::vector<Parameter> declared;
    for (cl::Uint i = 0; i < count; ++i) {
      std::optional<Parameter> one = argument(i, found);
      if (!one) return found;
      complete_ = complete_ && (one->kind != Parameter::Kind::kScalar || one->size);
      declared.push_back(std::move(*one));
    }
    // An argument at the end that the program never sets need not be counted.
    if (count && declared.back().kind == Parameter::Kind::kNone) declared.pop_back();
    if (declared.size() > NXS_KERNEL_MAX_ARGS)
      fail(NXS_InvalidKernelDefinition, "kernel ", name_, " has ", declared.size(),
           " arguments, but the maximum is ", NXS_KERNEL_MAX_ARGS);
    // Of a scalar of a type of the program's own, nothing tells the size.
    if (complete_) found.declared = std::move(declared);
    return found;
  }

 private:
  template <class T>
  std::optional<T> ask(cl::Uint index, cl::Uint which) const {
    T value{};
    const cl::Int result =
        driver().clGetKernelArgInfo(kernel_, index, which, sizeof value, &value, nullptr);
    return result == cl::kSuccess ? std::optional(value) : std::nullopt;
  }

  std::string text(cl::Uint index, cl::Uint which) const {
    return text_of([&](std::size_t size, void *value, std::size_t *needed) {
      return driver().clGetKernelArgInfo(kernel_, index, which, size, value, needed);
    });
  }

  std::optional<Parameter> argument(cl::Uint index, Parameters &found) const {
    const auto space = ask<cl::Uint>(index, cl::kArgSpace);
    const auto qualifier = ask<cl::Ulong>(index, cl::kArgTypeQualifier);
    if (!space || !qualifier) return std::nullopt;
    const std::string type_name = text(index, cl::kArgTypeName);
    std::string argument_name = text(index, cl::kArgName);
    const Type type = type_of(type_name);
    const bool constant = *space == cl::kSpaceConstant || (*qualifier & cl::kTypeConst);
    if (*space == cl::kSpaceLocal) return local(index, std::move(argument_name), found);
    for (const char *const special : {"image", "sampler", "pipe", "queue", "event"})
      if (type_name.starts_with(special))
        fail(NXS_InvalidKernelDefinition, "argument ", argument_name, " of kernel ", name_,
             " is of type ", type_name, ", which is neither a buffer nor a scalar");
    if (*space == cl::kSpacePrivate)
      return Parameter{std::move(argument_name), Parameter::Kind::kScalar, type.data_type,
                       type.size};
    return Parameter{std::move(argument_name),
                     constant ? Parameter::Kind::kIn : Parameter::Kind::kOut, type.data_type,
                     type.size};
  }

  Parameter local(cl::Uint index, std::string argument_name, Parameters &found) const {
    constexpr std::string_view kHidden = "nxs_dynamic";
    if (found.local)
      fail(NXS_InvalidKernelDefinition, "kernel ", name_,
           " takes several __local arguments, and a launch has one size of shared memory; declare "
           "arrays within the kernel, or take parts of one argument");
    found.local = index;
    // A kernel of nxs_kernel.h has the argument whether or not it uses the memory.
    found.needs_shared_memory = argument_name != kHidden || uses_dynamic_;
    return {std::move(argument_name), Parameter::Kind::kNone, NXS_DataType_Undefined, 0};
  }

  const std::string &name_;
  const cl::Kernel kernel_;
  const bool uses_dynamic_;
  bool complete_ = true;
};

}  // namespace

Parameters read_parameters(const std::string &name, cl::Kernel kernel, bool uses_dynamic) {
  return Arguments(name, kernel, uses_dynamic).all();
}

}  // namespace nexus::opencl
