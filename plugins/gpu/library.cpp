#include "library.hpp"

#include <nexus-sdk/kernels/names.hpp>
#include <nexus-sdk/objects/image.hpp>
#include <nexus-sdk/objects/suggest.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "argument_table.hpp"
#include "device.hpp"

namespace nexus::gpu {
using namespace sdk;
namespace {

// What a kernel reads for arguments that were not set, which is possible only if the driver does
// not report how many arguments a cubin's kernel has. As large as all arguments together can be.
alignas(16) std::array<std::byte, 32 * 1024> nothing{};

// The sizes of the parameters, if the driver reports them.
std::optional<std::vector<Parameter>> parameter_sizes(const std::string &name,
                                                      native::Function function) {
  if (!driver().funcGetParamInfo) return std::nullopt;
  std::vector<Parameter> parameters;
  for (std::size_t offset, size;;) {
    const std::size_t index = parameters.size();
    const native::Result result = driver().funcGetParamInfo(function, index, &offset, &size);
    if (result == native::kInvalidValue) break;
    check(result, "asking for the arguments of kernel ", name);
    parameters.push_back(
        {concat(name, "_param_", index), Parameter::Kind::kAny, NXS_DataType_Undefined, size});
  }
  return parameters;
}

// What may be wrong with a source that lacks a kernel, given the names of those that it has.
std::string advice_for_source(const std::vector<std::string> &names) {
  if (names.empty())
    return "; declare kernels __global__, and instantiate templates, as with template __global__ "
           "void scale<float>(float *);";
  if (std::any_of(names.begin(), names.end(),
                  [](const std::string &name) { return name.starts_with("_Z"); }))
    return "; declare kernels extern \"C\", so that the compiler keeps their names, or use the "
           "names "
           "that it gives";
  return {};
}

}  // namespace

GpuKernel::GpuKernel(Ref<Library> library, std::string name, native::Function function,
                     std::optional<std::vector<Parameter>> parameters, bool needs_shared_memory)
    : Kernel(std::move(library), std::move(name), std::move(parameters)),
      device_(static_cast<const GpuLibrary &>(*this->library).gpu_device()),
      function_(function),
      limits_(limits_of(device_, *this, needs_shared_memory)),
      shared_memory_for_all_(shared_memory_for_all(device_, *this)) {}

nxs_long GpuKernel::attribute(int which) const {
  int value = 0;
  check(driver().funcGetAttribute(&value, which, function_), "asking about kernel ", name);
  return value;
}

LaunchLimits GpuKernel::limits_of(const GpuDevice &device, const GpuKernel &kernel,
                                  bool needs_shared_memory) {
  const auto extent = [&](native::Attribute which) {
    return static_cast<nxs_ulong>(device.attribute(which));
  };
  const nxs_long shared =
      device.max_shared_memory() - kernel.attribute(native::kFunctionSharedSize);
  return {
      .max_group_items = static_cast<nxs_ulong>(kernel.attribute(native::kFunctionMaxThreads)),
      .max_shared_memory = static_cast<nxs_ulong>(std::max<nxs_long>(shared, 0)),
      .max_items_per_dimension = device.max_items_per_dimension(),
      .max_group = {extent(native::kMaxBlockX), extent(native::kMaxBlockY),
                    extent(native::kMaxBlockZ)},
      .max_grid = {extent(native::kMaxGridX), extent(native::kMaxGridY), extent(native::kMaxGridZ)},
      .needs_shared_memory = needs_shared_memory,
  };
}

Property GpuKernel::property(nxs_property id) const {
  const CurrentContext current(device_.context());
  switch (id) {
    case NP_CoreRegisterSize: return integer(4 * attribute(native::kFunctionRegisters));
    case NP_CoreMemorySize: return integer(attribute(native::kFunctionSharedSize));
    case NP_MaxThreadgroupMemorySize: return integer(launch_limits().max_shared_memory);
    default: return Kernel::property(id);
  }
}

// The shared memory that a launch may request while the limit has not been raised. Variables
// declared as shared count towards the limit.
nxs_long GpuKernel::shared_memory_for_all(const GpuDevice &device, const GpuKernel &kernel) {
  return device.attribute(native::kMaxSharedPerBlock) -
         kernel.attribute(native::kFunctionSharedSize);
}

// The limit belongs to the driver's function, which all handles of the kernel share. It is set to
// the maximum, since setting what one launch needs could lower it for another.
void GpuKernel::allow_shared_memory(nxs_uint size) {
  if (nxs_long{size} <= shared_memory_for_all_ || all_allowed_.load(std::memory_order_acquire))
    return;
  const auto most = static_cast<int>(limits_.max_shared_memory);
  check(driver().funcSetAttribute(function_, native::kFunctionMaxDynamicShared, most),
        "allowing kernel ", name, " ", most, " bytes of shared memory");
  all_allowed_.store(true, std::memory_order_release);
}

void GpuKernel::launch(const Launch &launch, native::Stream stream) {
  allow_shared_memory(launch.size.shared_memory);
  std::array<native::Pointer, NXS_KERNEL_MAX_ARGS> addresses;
  std::array<void *, NXS_KERNEL_MAX_ARGS> values;
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    const Argument &argument = launch.arguments[i];
    if (argument.buffer) {
      addresses[i] = argument.buffer->address();
      values[i] = &addresses[i];
    } else {
      values[i] = const_cast<std::byte *>(argument.scalar.data());
    }
  }
  if (!parameters)
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(launch.arguments.size()), values.end(),
              nothing.data());
  const nxs_dim3 &grid = launch.size.grid, &group = launch.size.group;
  check(driver().launchKernel(function_, grid.x, grid.y, grid.z, group.x, group.y, group.z,
                              launch.size.shared_memory, stream, values.data(), nullptr),
        "launching kernel ", name);
}

Ref<Library> GpuLibrary::from_memory(const GpuDevice &device, std::span<const std::byte> bytes) {
  return make_ref<GpuLibrary>(device, device.read_image(bytes, ""), "");
}

Ref<Library> GpuLibrary::from_file(const GpuDevice &device, const std::string &path) {
  const std::string bytes = read_file(path);
  return make_ref<GpuLibrary>(device, device.read_image(std::as_bytes(std::span(bytes)), path),
                              path);
}

GpuLibrary::GpuLibrary(const GpuDevice &device, Image image, std::string location)
    : Library(device),
      device_(device),
      type_(image.type),
      location_(std::move(location)),
      message_(std::move(image.message)),
      kernels_(std::move(image.kernels)) {
  load(image);
}

void GpuLibrary::load(const Image &image) {
  const CurrentContext current(device_.context());
  std::string errors(16 * 1024, '\0'), remarks(16 * 1024, '\0');
  std::array options = {native::kJitErrorLog, native::kJitErrorLogSize, native::kJitInfoLog,
                        native::kJitInfoLogSize};
  const auto number = [](std::size_t value) { return reinterpret_cast<void *>(value); };
  std::array values = {static_cast<void *>(errors.data()), number(errors.size()),
                       static_cast<void *>(remarks.data()), number(remarks.size())};
  const native::Result result = driver().moduleLoadDataEx(
      &module_, image.data.data(), options.size(), options.data(), values.data());
  if (result != native::kSuccess) {
    const Error error =
        error_of(result, location_.empty() ? "loading a library" : "loading '" + location_ + "'");
    const std::string log = errors.c_str();
    throw Error(error.status(), log.empty() ? error.what() : concat(error.what(), "\n", log));
  }
  message_.append(remarks.c_str());
}

GpuLibrary::~GpuLibrary() {
  // Fails only if the context is lost, and the module with it.
  try {
    const CurrentContext current(device_.context());
    driver().moduleUnload(module_);
  } catch (const Error &) {
    return;
  }
}

Ref<Kernel> GpuLibrary::find_kernel(const std::string &name) {
  const CurrentContext current(device_.context());
  native::Function function = nullptr;
  std::string entry;
  native::Result result = native::kNotFound;
  for (const std::string &candidate : entries_of_name(name)) {
    result = driver().moduleGetFunction(&function, module_, candidate.c_str());
    entry = candidate;
    if (result != native::kNotFound) break;
  }
  if (result == native::kNotFound) {
    const std::vector<std::string> names = kernel_names();
    fail(NXS_InvalidKernelName, "the library has no kernel '", name.substr(0, 256), "'",
         suggest(name, names), std::string_view(type_) == "source" ? advice_for_source(names) : "");
  }
  check(result, "looking for kernel '", name.substr(0, 256), "'");
  std::optional<std::vector<Parameter>> parameters = parameters_in_table(device_, module_, entry);
  const bool needs_shared_memory = parameters && says_it_uses_dynamic_memory(module_, entry);
  const auto declared = kernels_.find(entry);
  if (!parameters)
    parameters = declared == kernels_.end() ? parameter_sizes(name, function) : declared->second;
  if (parameters && parameters->size() > NXS_KERNEL_MAX_ARGS)
    fail(NXS_InvalidKernelDefinition, "kernel ", name, " has ", parameters->size(),
         " arguments, but the maximum is ", NXS_KERNEL_MAX_ARGS);
  return make_ref<GpuKernel>(Ref<Library>(this), name_of_entry(entry), function,
                             std::move(parameters), needs_shared_memory);
}

std::vector<std::string> GpuLibrary::kernel_names() const {
  std::vector<std::string> names;
  for (const std::string &entry : entry_points()) names.push_back(name_of_entry(entry));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> GpuLibrary::entry_points() const {
  const Driver &with = driver();
  std::vector<std::string> names;
  if (!with.moduleGetFunctionCount || !with.moduleEnumerateFunctions || !with.funcGetName) {
    for (const auto &[name, parameters] : kernels_) names.push_back(name);
    return names;
  }
  const CurrentContext current(device_.context());
  unsigned count = 0;
  check(with.moduleGetFunctionCount(&count, module_), "counting kernels");
  // The driver does not enumerate nothing.
  if (count == 0) return names;
  std::vector<native::Function> functions(count);
  check(with.moduleEnumerateFunctions(functions.data(), count, module_), "listing kernels");
  for (const native::Function function : functions) {
    const char *name = nullptr;
    check(with.funcGetName(&name, function), "asking for a kernel's name");
    names.emplace_back(name);
  }
  return names;
}

}  // namespace nexus::gpu
