#include "kernel.hpp"

#include <algorithm>
#include <limits>

#include "buffer.hpp"
#include "device.hpp"
#include "library.hpp"

namespace nexus::opencl {
namespace {

cl::Kernel make_kernel(cl::Program program, const std::string &entry) {
  cl::Int result = cl::kSuccess;
  const cl::Kernel kernel = driver().clCreateKernel(program, entry.c_str(), &result);
  return made(kernel, result, "creating kernel ", name_of_entry(entry));
}

}  // namespace

KernelObject::KernelObject(cl::Program program, const std::string &entry)
    : handle(make_kernel(program, entry)) {}

void KernelObject::set(cl::Uint index, const Argument &argument) {
  cl::Int result;
  if (argument.buffer) {
    const Memory &memory = static_cast<const ClBuffer &>(*argument.buffer).memory();
    const cl::Mem object = memory.object();
    result = object || !memory.host()
                 ? driver().clSetKernelArg(handle, index, sizeof object, &object)
                 : driver().clSetKernelArgSVMPointer(handle, index, memory.host());
  } else {
    result = driver().clSetKernelArg(handle, index, argument.scalar_size, argument.scalar.data());
  }
  check(result, "setting argument ", index);
}

void KernelObject::set_arguments(const Launch &launch, std::optional<cl::Uint> local) {
  const auto &arguments = launch.arguments;
  if (values_.size() < arguments.size()) values_.resize(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Argument &argument = arguments[i];
    if (!argument.is_set()) continue;
    const Value value = {
        argument.buffer ? static_cast<const ClBuffer &>(*argument.buffer).number : 0,
        argument.scalar_size, argument.scalar};
    if (values_[i] == value) continue;
    values_[i] = {};
    set(static_cast<cl::Uint>(i), argument);
    values_[i] = value;
  }
  // OpenCL does not accept shared memory of 0 bytes.
  const nxs_uint size = std::max(launch.size.shared_memory, 1u);
  if (!local || local_size_ == size) return;
  local_size_ = 0;
  check(driver().clSetKernelArg(handle, *local, size, nullptr), "setting ", size,
        " bytes of shared memory");
  local_size_ = size;
}

ClKernel::ClKernel(Ref<Library> library, std::string name, std::string entry, Parameters parameters,
                   std::unique_ptr<KernelObject> object)
    : Kernel(std::move(library), std::move(name), std::move(parameters.declared)),
      device_(static_cast<const ClDevice &>(this->library->device)),
      entry_(std::move(entry)),
      local_(parameters.local),
      needs_shared_memory_(parameters.needs_shared_memory),
      argument_count_(parameters.count),
      multiple_(static_cast<nxs_long>(value<std::size_t>(object->handle, cl::kKernelMultiple))),
      own_memory_(static_cast<nxs_long>(value<cl::Ulong>(object->handle, cl::kKernelLocalMemory))),
      limits_(limits_of(object->handle)) {
  free_.reserve(1);
  objects_.push_back(std::move(object));
  free_.push_back(objects_.back().get());
}

template <class T>
T ClKernel::value(cl::Kernel object, cl::Uint which) const {
  return required_value_of<T>(
      [&](std::size_t size, void *value, std::size_t *needed) {
        return driver().clGetKernelWorkGroupInfo(object, device_.handle(), which, size, value,
                                                 needed);
      },
      concat("what kernel ", name, " needs"));
}

LaunchLimits ClKernel::limits_of(cl::Kernel object) const {
  const auto most =
      device_.required<std::array<std::size_t, 3>>(cl::kMaxItemSizes, "the device's limits");
  const auto all = static_cast<nxs_long>(
      device_.required<cl::Ulong>(cl::kLocalMemory, "the device's shared memory"));
  return {
      .max_group_items = value<std::size_t>(object, cl::kKernelGroupSize),
      .max_shared_memory = static_cast<nxs_ulong>(std::max<nxs_long>(all - own_memory_, 0)),
      .max_items_per_dimension = device_.value<cl::Uint>(cl::kAddressBits) == 32
                                     ? std::numeric_limits<nxs_uint>::max()
                                     : LaunchLimits::kNone,
      .max_group = {most[0], most[1], most[2]},
      .needs_shared_memory = needs_shared_memory_,
      .only_group = value<std::array<nxs_ulong, 3>>(object, cl::kKernelOnlyGroup),
  };
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

KernelObject *ClKernel::take() {
  {
    const std::lock_guard guard(lock_);
    if (!free_.empty()) {
      KernelObject *const object = free_.back();
      free_.pop_back();
      return object;
    }
  }
  auto object =
      std::make_unique<KernelObject>(static_cast<const ClLibrary &>(*library).program(), entry_);
  const std::lock_guard guard(lock_);
  free_.reserve(objects_.size() + 1);
  objects_.push_back(std::move(object));
  return objects_.back().get();
}

void ClKernel::give_back(KernelObject *object) noexcept {
  const std::lock_guard guard(lock_);
  // take() reserved the space.
  free_.push_back(object);
}

}  // namespace nexus::opencl
