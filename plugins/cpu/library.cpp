#include "library.hpp"

#include <dlfcn.h>
#include <nexus-sdk/kernels/names.hpp>
#include <nexus-sdk/objects/suggest.hpp>

#include <algorithm>
#include <cfenv>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "compiler/compiler.hpp"
#include "execution/fiber.hpp"
#include "file.hpp"
#include "images/private_copy.hpp"
#include "images/system_loader.hpp"
#include "text.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

// The marker by which a library says how its plain functions are called: an int, the number of the
// convention.
constexpr const char *kConventionMarker = "nxs_kernel_convention";
constexpr int kItemsMark = 1, kGroupRangesMark = 2;
// The types of libraries.
constexpr const char *kSource = "source", *kBinary = "binary";

// Makes _cpu_barrier visible to libraries that expect the process to supply it. The plugin's other
// exports become visible too, so this is done only when a library needs it.
void offer_barrier() {
  Dl_info plugin{};
  if (dladdr(reinterpret_cast<const void *>(&_cpu_barrier), &plugin))
    dlopen(plugin.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

// Keeps the thread's floating-point state: libraries that were linked with -ffast-math switch small
// numbers off for whoever loads them.
class KeepFloatingPoint {
 public:
  KeepFloatingPoint() { std::fegetenv(&state_); }
  KeepFloatingPoint(const KeepFloatingPoint &) = delete;
  KeepFloatingPoint &operator=(const KeepFloatingPoint &) = delete;
  ~KeepFloatingPoint() { std::fesetenv(&state_); }

 private:
  std::fenv_t state_;
};

// `name` stands for the path in messages.
SystemLibrary open_library(const std::string &path, const Image &image, const std::string &name) {
  if (image.needs_barrier) offer_barrier();
  const KeepFloatingPoint kept;
  SystemLibrary library(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library) fail(NXS_InvalidBinary, replaced(dlerror(), path, name));
  return library;
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

Ref<Library> CpuLibrary::load(const Device &device, std::span<const std::byte> bytes,
                              const Origin &origin) {
  const bool from_source = std::string_view(origin.type) == kSource;
  const std::string &location = origin.location;
  const std::string name = !location.empty() ? location : from_source ? kSourceText : "the image";
  const std::string quoted = location.empty() ? name : "'" + name + "'";
  Image image = read_image(bytes, quoted);
  if (image.needs_its_folder && !from_source && !location.empty()) {
    // The loader searches the system's folders for a name without a slash.
    const std::string path = location.find('/') == std::string::npos ? "./" + location : location;
    check_with_system_loader(path, -1, quoted);
    SystemLibrary library = open_library(path, image, name);
    return make_ref<CpuLibrary>(device, origin, std::move(image), std::move(library), Descriptor());
  }
  const std::string file_name = std::filesystem::path(location).filename().string();
  PrivateCopy copy(bytes, file_name.empty() ? "kernels.so" : file_name);
  // What the compiler has just made, or the cache has kept whole, is not tried first.
  if (!from_source) check_with_system_loader(copy.path(), copy.descriptor(), quoted);
  SystemLibrary library = open_library(copy.path(), image, name);
  return make_ref<CpuLibrary>(device, origin, std::move(image), std::move(library),
                              copy.take_anchor());
}

Ref<Library> CpuLibrary::from_file(const Device &device, const std::string &path) {
  const auto compiled = [&](Language language) {
    const Compiled result = compile_file(path, language);
    return load(device, result.image, {kSource, path, result.message});
  };
  if (ends_with_one_of(path, {".c"})) return compiled(Language::kC);
  if (ends_with_one_of(path, {".cc", ".cpp", ".cxx"})) return compiled(Language::kCpp);
  return load(device, read_file(path), {kBinary, path, {}});
}

Ref<Library> CpuLibrary::from_memory(const Device &device, std::span<const std::byte> bytes) {
  if (is_image(bytes)) return load(device, bytes, {kBinary, {}, {}});
  if (!is_text(bytes))
    fail(NXS_InvalidBinary, "the bytes are neither a shared object nor C source text");
  const Compiled result =
      compile_text({bytes.begin(), std::find(bytes.begin(), bytes.end(), std::byte{0})});
  return load(device, result.image, {kSource, {}, result.message});
}

void CloseLibrary::operator()(void *handle) const {
  const KeepFloatingPoint kept;
  dlclose(handle);
}

CpuLibrary::CpuLibrary(const Device &device, const Origin &origin, Image image,
                       SystemLibrary library, Descriptor anchor)
    : Library(device),
      origin_(origin),
      image_(std::move(image)),
      anchor_(std::move(anchor)),
      library_(std::move(library)),
      convention_(marked_convention()) {}

Convention CpuLibrary::marked_convention() const {
  if (!image_.symbols.contains(kConventionMarker)) return Convention::kItems;
  const void *const marker = dlsym(library_.get(), kConventionMarker);
  int mark = 0;
  if (marker) std::memcpy(&mark, marker, sizeof mark);
  if (mark != kItemsMark && mark != kGroupRangesMark)
    fail(NXS_InvalidBinary, "the library's ", kConventionMarker, " is ", mark,
         ", but this plugin supports ", kItemsMark, " (called once per item) and ",
         kGroupRangesMark, " (called for ranges of groups)");
  return mark == kItemsMark ? Convention::kItems : Convention::kGroupRanges;
}

void CpuLibrary::configure(nxs_uint settings) {
  if (settings & NXS_LibrarySettings_GroupRange) convention_ = Convention::kGroupRanges;
}

Ref<Kernel> CpuLibrary::find_kernel(const std::string &name) {
  // Only the library's own symbols are kernels; dlsym would also find those of its dependencies.
  const auto is_own = [this](const std::string &own) {
    return own != kConventionMarker && image_.symbols.contains(own);
  };
  for (const std::string &symbol : entries_of_name(name)) {
    if (!symbol.starts_with(kEntryPrefix) || !is_own(symbol)) continue;
    const auto *const descriptor =
        static_cast<const nxs_kernel_descriptor *>(dlsym(library_.get(), symbol.c_str()));
    check_descriptor(name, *descriptor);
    return make_ref<CpuKernel>(Ref<Library>(this), name_of_entry(symbol), *descriptor);
  }
  void *const function = is_own(name) ? dlsym(library_.get(), name.c_str()) : nullptr;
  if (!function)
    fail(NXS_InvalidKernelName, "the library has no kernel '", name.substr(0, 256), "'",
         suggest(name, kernel_names()));
  return make_ref<CpuKernel>(Ref<Library>(this), name, function, convention_);
}

std::vector<std::string> CpuLibrary::kernel_names() const {
  std::vector<std::string> names;
  for (const std::string &symbol : image_.symbols) {
    // Names that begin with an underscore belong to the compiler and the linker.
    if (symbol == kConventionMarker) continue;
    if (!symbol.starts_with('_')) names.push_back(name_of_entry(symbol));
  }
  return names;
}

CpuKernel::CpuKernel(Ref<Library> library, std::string name,
                     const nxs_kernel_descriptor &descriptor)
    : Kernel(std::move(library), std::move(name), parameters_of(descriptor)),
      descriptor_(&descriptor) {}

CpuKernel::CpuKernel(Ref<Library> library, std::string name, void *function, Convention convention)
    : Kernel(std::move(library), std::move(name), std::nullopt),
      function_(function),
      convention_(convention) {}

}  // namespace nexus::cpu
