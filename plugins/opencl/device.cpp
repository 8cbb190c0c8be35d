#include "device.hpp"

#include <nexus-sdk/base/keep_signals.hpp>

#include "binary.hpp"
#include "buffer.hpp"
#include "library.hpp"
#include "properties.hpp"
#include "queue.hpp"

namespace nexus::opencl {
namespace {

// The version in a text such as "OpenCL 3.0 PoCL": 30.
int version_in(const std::string &text) {
  constexpr std::size_t kPrefix = sizeof "OpenCL " - 1;
  if (text.size() < kPrefix + 3) return 12;
  return 10 * (text[kPrefix] - '0') + (text[kPrefix + 2] - '0');
}

bool has_svm(const ClDevice &device, int kind) {
  const Driver &with = driver();
  return device.version() >= 20 && with.clSVMAlloc && with.clSVMFree &&
         with.clSetKernelArgSVMPointer && (device.value<cl::Ulong>(cl::kSvmCapabilities) & kind);
}

// Known of Intel's drivers only: on PoCL 3.1, a replayed launch takes three times as long.
bool can_replay_fast(const ClDevice &device) {
  const Extensions &all = device.extensions();
  return device.text(cl::kDeviceVendor).find("Intel") != std::string::npos &&
         device.has_extension("cl_khr_command_buffer") && all.clCreateCommandBufferKHR &&
         all.clFinalizeCommandBufferKHR && all.clReleaseCommandBufferKHR &&
         all.clEnqueueCommandBufferKHR && all.clCommandNDRangeKernelKHR &&
         (device.value<cl::Ulong>(cl::kCommandBufferCapabilities) & cl::kCanUseSimultaneously);
}

}  // namespace

// A device with memory of its own may report shared memory too, which lies in the host's then, and
// kernels are slow on it.
ClDevice::ClDevice(cl::Platform platform, cl::Device device)
    : platform_(platform),
      device_(device),
      version_(version_in(text(cl::kDeviceVersion))),
      shares_memory_(has_svm(*this, cl::kSvmFineGrainBuffer) && value<cl::Uint>(cl::kHostUnified)),
      uses_host_memory_(shares_memory_ && has_svm(*this, cl::kSvmFineGrainSystem)),
      extensions_(extensions_of(platform)),
      replays_fast_(can_replay_fast(*this)) {}

std::string ClDevice::text(cl::Uint which) const {
  return text_of([&](std::size_t size, void *value, std::size_t *needed) {
    return driver().clGetDeviceInfo(device_, which, size, value, needed);
  });
}

bool ClDevice::has_extension(const std::string &name) const {
  return concat(" ", text(cl::kExtensions), " ").find(concat(" ", name, " ")) != std::string::npos;
}

Property ClDevice::property(nxs_property id) const { return property_of(*this, platform_, id); }

void ClDevice::make_context() const {
  const KeepSignals keep;
  cl::Int result = cl::kSuccess;
  // Made only once, even if creating the queue fails and this is repeated.
  if (!context_)
    context_ = driver().clCreateContext(nullptr, 1, &device_, nullptr, nullptr, &result);
  made(context_, result, "starting to use the device");
  transfers_ = made(driver().clCreateCommandQueue(context_, device_, 0, &result), result,
                    "creating a queue");
}

cl::Context ClDevice::context() const {
  std::call_once(context_made_, [this] { make_context(); });
  return context_;
}

cl::Queue ClDevice::transfers() const {
  context();
  return transfers_;
}

cl::Queue ClDevice::make_queue(cl::Ulong properties) const {
  cl::Int result = cl::kSuccess;
  const cl::Queue queue = driver().clCreateCommandQueue(context(), device_, properties, &result);
  return made(queue, result, "creating a queue");
}

const std::string &ClDevice::beginning_of_binaries() const {
  std::call_once(binary_made_,
                 [this] { beginning_of_binaries_ = opencl::beginning_of_binaries(*this); });
  return beginning_of_binaries_;
}

Ref<Buffer> ClDevice::create_buffer(const Buffer::Request &request) {
  return make_ref<ClBuffer>(*this, request);
}

Ref<Library> ClDevice::create_library(std::span<const std::byte> image) {
  return make_ref<ClLibrary>(*this, image, "");
}

Ref<Library> ClDevice::create_library_from_file(const std::string &path) {
  const std::string bytes = read_file(path);
  return make_ref<ClLibrary>(*this, std::as_bytes(std::span(bytes)), path);
}

Ref<Stream> ClDevice::create_stream(nxs_uint settings) {
  return make_ref<DeferredStream>(*this, settings, std::make_unique<ClQueue>(*this));
}

}  // namespace nexus::opencl
