#include "library.hpp"

#include <nexus-sdk/base/keep_signals.hpp>
#include <nexus-sdk/kernels/inline_headers.hpp>
#include <nexus-sdk/kernels/item_blocks.hpp>
#include <nexus-sdk/kernels/names.hpp>
#include <nexus-sdk/khronos/spirv.hpp>
#include <nexus-sdk/objects/suggest.hpp>

#include <algorithm>
#include <sstream>

#include "binary.hpp"
#include "device.hpp"
#include "kernel.hpp"

namespace nexus::opencl {
namespace {

// What compilers call source that is in memory.
constexpr const char *kSourceText = "program_source";

// The newest version of OpenCL C that the device compiles, as an option.
std::string newest_language(const ClDevice &device) {
  constexpr std::string_view kPrefix = "OpenCL C ";
  const std::string version = device.info.text(cl::kLanguageVersion);
  if (!version.starts_with(kPrefix) || version.size() < kPrefix.size() + 3) return "";
  return concat(" -cl-std=CL", version.substr(kPrefix.size(), 3));
}

}  // namespace

ClLibrary::ClLibrary(const ClDevice &device, Bytes image, std::string location)
    : Library(device), device_(device), location_(std::move(location)), program_(make(image)) {
  build();
}

std::string ClLibrary::described() const {
  return location_.empty() ? "the library" : concat("'", location_, "'");
}

cl::Program ClLibrary::make(Bytes image) {
  if (is_spirv(image)) return from_spirv(image);
  const std::string text = text_in(image);
  return text.empty() ? from_binary(image) : from_source(text);
}

cl::Program ClLibrary::from_source(const std::string &text) {
  // Drivers find no files, and give the text a name of their own.
  const std::string file = location_.empty() ? kSourceText : location_;
  if (const std::string problems = problems_in_source(text, file); !problems.empty())
    fail(NXS_BuildProgramFailure, "compiling ", described(), ":\n", problems);
  dynamic_ = using_dynamic_memory(text);
  const std::string all = inline_headers(text, file);
  const bool ours = all.find("NXS_KERNEL_OPENCL_H") != all.npos;
  options_ = concat("-cl-kernel-arg-info", ours ? " -cl-std=CL1.2" : newest_language(device_));
  const char *source = all.c_str();
  const std::size_t size = all.size();
  return created("reading " + described(), driver().clCreateProgramWithSource, device_.context(), 1,
                 &source, &size);
}

cl::Program ClLibrary::from_spirv(Bytes image) {
  type_ = "spirv";
  const std::string versions = device_.info.text(cl::kIlVersion);
  if (device_.version < 21 || versions.empty())
    fail(NXS_CompilerNotAvailable, described(), " is SPIR-V, which the driver of ",
         device_.info.text(cl::kDeviceName), " does not take: give it OpenCL C");
  if (const std::string problem = problem_with_spirv(image, versions); !problem.empty())
    fail(NXS_InvalidBinary, described(), " is SPIR-V that cannot be used: ", problem);
  try {
    return created("reading " + described(), driver().clCreateProgramWithIL, device_.context(),
                   image.data(), image.size());
  } catch (const Error &error) {
    // What OpenCL says of words that are no SPIR-V.
    if (error.status() != NXS_InvalidValue) throw;
    fail(NXS_InvalidBinary, error.what(), ": it is not SPIR-V that the driver takes");
  }
}

cl::Program ClLibrary::from_binary(Bytes image) {
  type_ = "binary";
  if (const std::string problem = problem_with_binary(device_, image); !problem.empty())
    fail(NXS_InvalidBinary, described(), " is neither OpenCL C, nor SPIR-V, nor a binary for ",
         device_.info.text(cl::kDeviceName), ": ", problem);
  const auto *bytes = reinterpret_cast<const unsigned char *>(image.data());
  const std::size_t size = image.size();
  const KeepSignals keep;
  return created(concat("loading ", described(), ", a binary"), driver().clCreateProgramWithBinary,
                 device_.context(), 1, &device_.handle, &size, &bytes, nullptr);
}

void ClLibrary::build() {
  const KeepSignals keep;
  const cl::Int result =
      driver().clBuildProgram(program(), 1, &device_.handle, options_.c_str(), nullptr, nullptr);
  message_ = Info(driver().clGetProgramBuildInfo, program(), device_.handle).text(cl::kBuildLog);
  if (result == cl::kSuccess) return;
  const Error error = error_of(result, "compiling " + described());
  fail(error.status(), error.what(), message_.empty() ? "" : "\n", message_);
}

Ref<Kernel> ClLibrary::find_kernel(const std::string &name) {
  for (const std::string &entry : entries_of_name(name)) {
    std::unique_ptr<KernelObject> object;
    try {
      object = std::make_unique<KernelObject>(program(), entry);
    } catch (const Error &error) {
      if (error.status() != NXS_InvalidKernelName) throw;
      continue;
    }
    Parameters parameters =
        read_parameters(name_of_entry(entry), object->handle(), dynamic_.contains(entry));
    return make_ref<ClKernel>(Ref<Library>(this), name_of_entry(entry), entry,
                              std::move(parameters), std::move(object));
  }
  fail(NXS_InvalidKernelName, "the library has no kernel '", name.substr(0, 256), "'",
       suggest(name, kernel_names()));
}

std::vector<std::string> ClLibrary::kernel_names() const {
  std::stringstream all(Info(driver().clGetProgramInfo, program()).text(cl::kProgramKernelNames));
  std::vector<std::string> names;
  for (std::string one; std::getline(all, one, ';');) names.push_back(name_of_entry(one));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace nexus::opencl
