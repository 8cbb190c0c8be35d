// One device of an OpenCL platform.
#pragma once

#include <nexus-sdk/objects/device.hpp>

#include <mutex>

#include "driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice final : public Device {
 public:
  // `platform` is the name and the version of the platform.
  ClDevice(std::string platform, cl::Device device);

  Property property(nxs_property id) const override;
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Stream> create_stream(nxs_uint settings) override;

  bool is_cpu() const { return info.value<cl::Ulong>(cl::kDeviceType) & cl::kTypeCpu; }

  // The device's context, which all its objects belong to. Made at the first call.
  cl::Context context() const;
  // The in-order queue that the device's copies run on.
  cl::Queue transfers() const;
  cl::Queue make_queue(cl::Context context, cl::Ulong properties) const;
  // The beginning of the binaries that the driver makes; empty if it makes none. Found out at the
  // first call.
  const std::string &beginning_of_binaries() const;

  const cl::Device handle;
  const Info info;
  // The version of OpenCL as 10 * major + minor, such as 30.
  const int version;
  // Whether buffers are memory that host and device read and write at the same addresses, at the
  // same time; and whether kernels can use all of the host's memory.
  const bool shares_memory, uses_host_memory;

 private:
  bool has_svm(cl::Ulong kind) const;

  const std::string platform_;
  mutable std::once_flag context_made_, binary_made_;
  mutable std::string beginning_of_binaries_;
  // Never released: drivers may be gone by the time a process's last destructors run.
  mutable cl::Context context_ = nullptr;
  mutable cl::Queue transfers_ = nullptr;
};

}  // namespace nexus::opencl
