#include "library.hpp"

#include <dlfcn.h>
#include <nexus-sdk/objects/suggest.hpp>

#include <algorithm>
#include <string_view>

#include "compiler.hpp"
#include "execution/fiber.hpp"
#include "file.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

constexpr std::string_view kPrefix = NXS_KERNEL_SYMBOL_PREFIX;

// Makes _cpu_barrier visible to libraries that expect the process to supply it. The plugin's other
// exports become visible too, so this is done only when a library needs it.
void offer_barrier() {
  Dl_info plugin{};
  if (dladdr(reinterpret_cast<const void *>(&_cpu_barrier), &plugin))
    dlopen(plugin.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

void *open_library(const std::string &file, const Image &image) {
  if (image.needs_barrier) offer_barrier();
  void *const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) fail(NXS_InvalidBinary, dlerror());
  return handle;
}

bool ends_with_one_of(const std::string &path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return std::string_view(path).ends_with(ending);
  });
}

// Whether the bytes are text: without NULs, except at the end.
bool is_text(std::span<const std::byte> bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::byte{0});
  return end != bytes.begin() &&
         std::all_of(end, bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::vector<Parameter> parameters_of(const nxs_kernel_descriptor &descriptor) {
  std::vector<Parameter> parameters;
  for (nxs_uint i = 0; i < descriptor.arg_count; ++i) {
    const nxs_kernel_arg &arg = descriptor.args[i];
    parameters.push_back(
        {arg.name, static_cast<Parameter::Kind>(arg.kind), arg.data_type, arg.size});
  }
  return parameters;
}

void check_descriptor(const std::string &name, const nxs_kernel_descriptor &descriptor) {
  if (descriptor.version < 1 || descriptor.version > NXS_KERNEL_DESCRIPTOR_VERSION)
    fail(NXS_InvalidKernelDefinition, "kernel ", name, " was built with version ",
         descriptor.version, " of nxs_kernel.h, but this plugin supports versions 1 to ",
         NXS_KERNEL_DESCRIPTOR_VERSION);
  if (descriptor.arg_count > NXS_KERNEL_MAX_ARGS || !descriptor.run)
    fail(NXS_InvalidKernelDefinition, "the descriptor of kernel ", name, " has ",
         descriptor.arg_count, " arguments", descriptor.run ? "" : " and no function");
}

}  // namespace

Ref<Library> CpuLibrary::load(const Device &device, const std::string &file, const char *type,
                              std::string location) {
  Image image;
  {
    const MappedFile mapped(file);
    image = read_image(mapped.bytes(), file, location.empty() ? "the image" : "'" + location + "'");
  }
  return make_ref<CpuLibrary>(device, file, type, std::move(location), std::move(image));
}

Ref<Library> CpuLibrary::from_file(const Device &device, const std::string &path) {
  const auto compiled = [&](Language language) {
    return load(device, compile_file(path, language), "source", path);
  };
  if (ends_with_one_of(path, {".c"})) return compiled(Language::kC);
  if (ends_with_one_of(path, {".cc", ".cpp", ".cxx"})) return compiled(Language::kCpp);
  // The loader searches the system's folders for a name without a slash.
  return load(device, path.find('/') == std::string::npos ? "./" + path : path, "binary", path);
}

Ref<Library> CpuLibrary::from_memory(const Device &device, std::span<const std::byte> bytes) {
  if (!is_image(bytes)) {
    if (!is_text(bytes))
      fail(NXS_InvalidBinary, "the bytes are neither a shared object nor C source text");
    return load(device,
                compile_text({bytes.begin(), std::find(bytes.begin(), bytes.end(), std::byte{0})}),
                "source", "");
  }
  // The loader accepts file names only, and a name that it has loaded before gives the same library
  // again, so each image gets a new file.
  TemporaryFile file(temporary_folder(), ".so");
  file.write(bytes);
  return load(device, file.path(), "binary", "");
}

CpuLibrary::CpuLibrary(const Device &device, const std::string &file, const char *type,
                       std::string location, Image image)
    : Library(device),
      type_(type),
      location_(std::move(location)),
      image_(std::move(image)),
      handle_(open_library(file, image_)) {}

CpuLibrary::~CpuLibrary() { dlclose(handle_); }

Ref<Kernel> CpuLibrary::find_kernel(const std::string &name) {
  const std::string symbol = std::string(kPrefix) + name;
  // Only the library's own symbols are kernels; dlsym would also find those of its dependencies.
  if (image_.symbols.contains(symbol)) {
    const auto *const descriptor =
        static_cast<const nxs_kernel_descriptor *>(dlsym(handle_, symbol.c_str()));
    check_descriptor(name, *descriptor);
    return make_ref<CpuKernel>(Ref<Library>(this), name, *descriptor);
  }
  void *const function = image_.symbols.contains(name) ? dlsym(handle_, name.c_str()) : nullptr;
  if (!function)
    fail(NXS_InvalidKernelName, "the library has no kernel '", name.substr(0, 256), "'",
         suggest(name, kernel_names()));
  return make_ref<CpuKernel>(Ref<Library>(this), name, function);
}

std::vector<std::string> CpuLibrary::kernel_names() const {
  std::vector<std::string> names;
  for (const std::string &symbol : image_.symbols) {
    // Names that begin with an underscore belong to the compiler and the linker.
    if (symbol.starts_with(kPrefix))
      names.push_back(symbol.substr(kPrefix.size()));
    else if (!symbol.starts_with('_'))
      names.push_back(symbol);
  }
  return names;
}

CpuKernel::CpuKernel(Ref<Library> library, std::string name,
                     const nxs_kernel_descriptor &descriptor)
    : Kernel(std::move(library), std::move(name), parameters_of(descriptor)),
      descriptor_(&descriptor) {}

CpuKernel::CpuKernel(Ref<Library> library, std::string name, void *function)
    : Kernel(std::move(library), std::move(name), std::nullopt), function_(function) {}

}  // namespace nexus::cpu
