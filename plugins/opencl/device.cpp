#include "device.hpp"

#include <nexus-sdk/base/keep_signals.hpp>

#include "binary.hpp"
#include "buffer.hpp"
#include "library.hpp"
#include "queue.hpp"

namespace nexus::opencl {
namespace {

// The version in a text such as "OpenCL 3.0 PoCL": 30.
int version_in(const std::string &text) {
  constexpr std::size_t kPrefix = sizeof "OpenCL " - 1;
  if (text.size() < kPrefix + 3) return 12;
  return 10 * (text[kPrefix] - '0') + (text[kPrefix + 2] - '0');
}

}  // namespace

// A device with memory of its own may report shared memory too, which lies in the host's then, and
// kernels are slow on it.
ClDevice::ClDevice(std::string platform, cl::Device device)
    : handle(device),
      info(driver().clGetDeviceInfo, device),
      version(version_in(info.text(cl::kDeviceVersion))),
      shares_memory(has_svm(cl::kSvmFineGrainBuffer) && info.value<cl::Uint>(cl::kHostUnified)),
      uses_host_memory(shares_memory && has_svm(cl::kSvmFineGrainSystem)),
      platform_(std::move(platform)) {}

bool ClDevice::has_svm(cl::Ulong kind) const {
  return version >= 20 && (info.value<cl::Ulong>(cl::kSvmCapabilities) & kind);
}

cl::Context ClDevice::context() const {
  std::call_once(context_made_, [this] {
    const KeepSignals keep;
    // Made only once, even if creating the queue fails and this is repeated.
    if (!context_)
      context_ = created("starting to use the device", driver().clCreateContext, nullptr, 1,
                         &handle, nullptr, nullptr);
    transfers_ = make_queue(context_, 0);
  });
  return context_;
}

cl::Queue ClDevice::transfers() const {
  context();
  return transfers_;
}

cl::Queue ClDevice::make_queue(cl::Context context, cl::Ulong properties) const {
  return created("creating a queue", driver().clCreateCommandQueue, context, handle, properties);
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
