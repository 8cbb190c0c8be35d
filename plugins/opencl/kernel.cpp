#include "kernel.hpp"

#include <nexus-sdk/kernels/type_names.hpp>

#include <algorithm>
#include <limits>

#include "buffer.hpp"
#include "device.hpp"
#include "library.hpp"

namespace nexus::opencl {
namespace {

Parameter::Kind kind_of(const Info &info, cl::Uint space) {
  const bool constant = info.value<cl::Ulong>(cl::kArgTypeQualifier) & cl::kTypeConst;
  switch (space) {
    case cl::kSpaceLocal: return Parameter::Kind::kNone;
    case cl::kSpacePrivate: return Parameter::Kind::kScalar;
    case cl::kSpaceConstant: return Parameter::Kind::kIn;
    default: return constant ? Parameter::Kind::kIn : Parameter::Kind::kOut;
  }
}

Parameter parameter_of(const std::string &kernel, const Info &info, cl::Uint space) {
  const std::string type_name = info.text(cl::kArgTypeName), name = info.text(cl::kArgName);
  for (const char *const special : {"image", "sampler", "pipe", "queue", "event"})
    if (type_name.starts_with(special))
      fail(NXS_InvalidKernelDefinition, "argument ", name, " of kernel ", kernel, " is of type ",
           type_name, ", which is neither a buffer nor a scalar");
  const ArgumentType type = argument_type(type_name);
  return {name, kind_of(info, space), type.data_type, type.size};
}

}  // namespace

Parameters read_parameters(const std::string &kernel, cl::Kernel handle, bool uses_dynamic) {
  Parameters found;
  found.count = Info(driver().clGetKernelInfo, handle)
                    .required<cl::Uint>(cl::kKernelArguments, "the number of arguments");
  std::vector<Parameter> declared;
  // Of a scalar of a type of the program's own, nothing tells the size.
  bool complete = true;
  for (cl::Uint i = 0; i < found.count; ++i) {
    const Info info(driver().clGetKernelArgInfo, handle, i);
    const auto space = info.answer<cl::Uint>(cl::kArgSpace);
    if (!space) return found;
    declared.push_back(parameter_of(kernel, info, *space));
    const Parameter &last = declared.back();
    complete = complete && (last.kind != Parameter::Kind::kScalar || last.size);
    if (*space != cl::kSpaceLocal) continue;
    if (found.local)
      fail(NXS_InvalidKernelDefinition, "kernel ", kernel,
           " takes several __local arguments, and a launch has one size of shared memory; declare "
           "arrays within the kernel, or take parts of one argument");
    found.local = i;
    // A kernel of nxs_kernel.h has the argument whether or not it uses the memory.
    found.needs_shared_memory = last.name != "nxs_dynamic" || uses_dynamic;
  }
  // An argument at the end that the program never sets need not be counted.
  if (!declared.empty() && declared.back().kind == Parameter::Kind::kNone) declared.pop_back();
  if (declared.size() > NXS_KERNEL_MAX_ARGS)
    fail(NXS_InvalidKernelDefinition, "kernel ", kernel, " has ", declared.size(),
         " arguments, but the maximum is ", NXS_KERNEL_MAX_ARGS);
  if (complete) found.declared = std::move(declared);
  return found;
}

KernelObject::KernelObject(cl::Program program, const std::string &entry)
    : handle_(created("creating kernel " + name_of_entry(entry), driver().clCreateKernel, program,
                      entry.c_str())) {}

void KernelObject::set_arguments(const Launch &launch, std::optional<cl::Uint> local) {
  const auto &arguments = launch.arguments;
  if (values_.size() < arguments.size()) values_.resize(arguments.size());
  for (cl::Uint i = 0; i < arguments.size(); ++i) {
    const Argument &argument = arguments[i];
    if (!argument.is_set()) continue;
    const auto *const buffer = static_cast<const ClBuffer *>(argument.buffer.get());
    const Value value = {buffer ? buffer->number : 0, argument.scalar_size, argument.scalar};
    if (values_[i] == value) continue;
    values_[i] = {};
    check(buffer ? buffer->set_argument(handle(), i)
                 : driver().clSetKernelArg(handle(), i, value.size, value.scalar.data()),
          "setting argument ", i);
    values_[i] = value;
  }
  // OpenCL does not accept shared memory of 0 bytes.
  const nxs_uint size = std::max(launch.size.shared_memory, 1u);
  if (!local || local_size_ == size) return;
  local_size_ = 0;
  check(driver().clSetKernelArg(handle(), *local, size, nullptr), "setting ", size,
        " bytes of shared memory");
  local_size_ = size;
}

ClKernel::ClKernel(Ref<Library> library, std::string name, std::string entry, Parameters parameters,
                   std::unique_ptr<KernelObject> object)
    : Kernel(std::move(library), std::move(name), std::move(parameters.declared)),
      device_(static_cast<const ClDevice &>(this->library->device)),
      entry_(std::move(entry)),
      local_(parameters.local),
      argument_count_(parameters.count) {
  const Info needs(driver().clGetKernelWorkGroupInfo, object->handle(), device_.handle);
  const std::string of = concat("what kernel ", this->name, " needs");
  multiple_ = static_cast<nxs_long>(needs.required<std::size_t>(cl::kKernelMultiple, of));
  own_memory_ = needs.required<cl::Ulong>(cl::kKernelLocalMemory, of);
  const Info &device = device_.info;
  const auto memory = device.required<cl::Ulong>(cl::kLocalMemory, "the device's shared memory");
  const auto most =
      device.required<std::array<std::size_t, 3>>(cl::kMaxItemSizes, "the device's limits");
  limits_ = {
      .max_group_items = needs.required<std::size_t>(cl::kKernelGroupSize, of),
      .max_shared_memory = memory - std::min(memory, own_memory_),
      .max_items_per_dimension = device.value<cl::Uint>(cl::kAddressBits) == 32
                                     ? std::numeric_limits<nxs_uint>::max()
                                     : LaunchLimits::kNone,
      .max_group = {most[0], most[1], most[2]},
      .needs_shared_memory = parameters.needs_shared_memory,
      .only_group = needs.required<std::array<nxs_ulong, 3>>(cl::kKernelOnlyGroup, of),
  };
  free_.give_back(free_.take([&] { return std::move(object); }));
}

Property ClKernel::property(nxs_property id) const {
  switch (id) {
    case NP_SIMDSize: return integer_if_known(multiple_);
    case NP_CoreMemorySize: return integer(own_memory_);
    case NP_MaxThreadgroupMemorySize: return integer(limits_.max_shared_memory);
    default: return Kernel::property(id);
  }
}

// A kernel whose arguments are not known, and that is given all but the last, is one of
// nxs_kernel.h: there the last argument is the shared memory.
std::optional<cl::Uint> ClKernel::local_of(const Launch &launch) const {
  if (local_ || parameters || launch.arguments.size() + 1 != argument_count_) return local_;
  return static_cast<cl::Uint>(argument_count_ - 1);
}

void ClKernel::launch(const Launch &launch, cl::Queue queue, cl::Event *event) {
  const auto lease = free_.lease([this] {
    const auto &of = static_cast<const ClLibrary &>(*library);
    return std::make_unique<KernelObject>(of.program(), entry_);
  });
  lease.object->set_arguments(launch, local_of(launch));
  const nxs_dim3 &grid = launch.size.grid, &group = launch.size.group;
  const std::array<std::size_t, 3> items = {group.x, group.y, group.z},
                                   all = {items[0] * grid.x, items[1] * grid.y, items[2] * grid.z};
  check(driver().clEnqueueNDRangeKernel(queue, lease.object->handle(), 3, nullptr, all.data(),
                                        items.data(), 0, nullptr, event),
        "launching kernel ", name);
}

}  // namespace nexus::opencl
