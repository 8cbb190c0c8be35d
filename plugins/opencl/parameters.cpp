#include "parameters.hpp"

#include <nexus-sdk/kernels/type_names.hpp>

namespace nexus::opencl {
namespace {

// Reads the arguments of one kernel.
class Arguments {
 public:
  Arguments(const std::string &kernel_name, cl::Kernel kernel, bool uses_dynamic)
      : name_(kernel_name), kernel_(kernel), uses_dynamic_(uses_dynamic) {}

  Parameters all() {
    const Info info(driver().clGetKernelInfo, kernel_);
    found_.count = info.required<cl::Uint>(cl::kKernelArguments,
                                           concat("the number of arguments of kernel ", name_));
    std::vector<Parameter> declared;
    // Of a scalar of a type of the program's own, nothing tells the size.
    bool complete = true;
    for (cl::Uint i = 0; i < found_.count; ++i) {
      std::optional<Parameter> one = argument(i);
      if (!one) return found_;
      complete = complete && (one->kind != Parameter::Kind::kScalar || one->size);
      declared.push_back(std::move(*one));
    }
    // An argument at the end that the program never sets need not be counted.
    if (!declared.empty() && declared.back().kind == Parameter::Kind::kNone) declared.pop_back();
    if (declared.size() > NXS_KERNEL_MAX_ARGS)
      fail(NXS_InvalidKernelDefinition, "kernel ", name_, " has ", declared.size(),
           " arguments, but the maximum is ", NXS_KERNEL_MAX_ARGS);
    if (complete) found_.declared = std::move(declared);
    return found_;
  }

 private:
  // Empty if the driver does not tell.
  std::optional<Parameter> argument(cl::Uint index) {
    const Info info(driver().clGetKernelArgInfo, kernel_, index);
    const auto space = info.answer<cl::Uint>(cl::kArgSpace);
    const auto qualifier = info.answer<cl::Ulong>(cl::kArgTypeQualifier);
    if (!space || !qualifier) return {};
    const std::string type_name = info.text(cl::kArgTypeName), name = info.text(cl::kArgName);
    if (*space == cl::kSpaceLocal) return local(index, name);
    for (const char *const special : {"image", "sampler", "pipe", "queue", "event"})
      if (type_name.starts_with(special))
        fail(NXS_InvalidKernelDefinition, "argument ", name, " of kernel ", name_, " is of type ",
             type_name, ", which is neither a buffer nor a scalar");
    const bool constant = *space == cl::kSpaceConstant || (*qualifier & cl::kTypeConst);
    const ArgumentType type = argument_type(type_name);
    return Parameter{name,
                     *space == cl::kSpacePrivate ? Parameter::Kind::kScalar
                     : constant                  ? Parameter::Kind::kIn
                                                 : Parameter::Kind::kOut,
                     type.data_type, type.size};
  }

  Parameter local(cl::Uint index, const std::string &name) {
    constexpr std::string_view kHidden = "nxs_dynamic";
    if (found_.local)
      fail(NXS_InvalidKernelDefinition, "kernel ", name_,
           " takes several __local arguments, and a launch has one size of shared memory; declare "
           "arrays within the kernel, or take parts of one argument");
    found_.local = index;
    // A kernel of nxs_kernel.h has the argument whether or not it uses the memory.
    found_.needs_shared_memory = name != kHidden || uses_dynamic_;
    return {name, Parameter::Kind::kNone, NXS_DataType_Undefined, 0};
  }

  const std::string &name_;
  const cl::Kernel kernel_;
  const bool uses_dynamic_;
  Parameters found_;
};

}  // namespace

Parameters read_parameters(const std::string &name, cl::Kernel kernel, bool uses_dynamic) {
  return Arguments(name, kernel, uses_dynamic).all();
}

}  // namespace nexus::opencl
