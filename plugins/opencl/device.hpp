// One device of an OpenCL platform.
#pragma once

#include <nexus-sdk/objects/device.hpp>
#include <nexus-sdk/objects/timing.hpp>

#include <mutex>

#include "driver/driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice final : public Device {
 public:
  ClDevice(cl::Platform platform, cl::Device device);

  Property property(nxs_property id) const override;
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Stream> create_stream(nxs_uint settings) override;

  // A property of the device; empty or 0 if the driver does not know it.
  std::string text(cl::Uint which) const;
  template <class T>
  T value(cl::Uint which) const {
    return value_of<T>([&](std::size_t size, void *value, std::size_t *needed) {
      return driver().clGetDeviceInfo(device_, which, size, value, needed);
    });
  }
  // The same; an error if the driver does not answer.
  template <class T>
  T required(cl::Uint which, const std::string &what) const {
    return required_value_of<T>(
        [&](std::size_t size, void *value, std::size_t *needed) {
          return driver().clGetDeviceInfo(device_, which, size, value, needed);
        },
        what);
  }
  bool has_extension(const std::string &name) const;
  bool is_cpu() const { return value<cl::Ulong>(cl::kDeviceType) & cl::kTypeCpu; }

  // The version of OpenCL as 10 * major + minor, such as 30.
  int version() const { return version_; }
  // Whether buffers are memory that host and device read and write at the same addresses, at the
  // same time.
  bool shares_memory() const { return shares_memory_; }
  // Whether kernels can use all of the host's memory.
  bool uses_host_memory() const { return uses_host_memory_; }
  const Extensions &extensions() const { return extensions_; }
  // Whether recorded launches take less time than others.
  bool replays_fast() const { return replays_fast_; }

  // The device's context, which all its objects belong to. Made at the first call.
  cl::Context context() const;
  // The in-order queue that the device's copies run on.
  cl::Queue transfers() const;
  cl::Queue make_queue(cl::Ulong properties) const;
  // Empty if the driver makes no binaries. Found out at the first call.
  const std::string &beginning_of_binaries() const;

  // Submits work to the queue of copies and returns when it is done.
  template <class Enqueue>
  void transfer(const Enqueue &enqueue) const {
    enqueue(transfers());
    check(driver().clFinish(transfers_), "moving data");
  }

  cl::Device handle() const { return device_; }

 private:
  void make_context() const;

  const cl::Platform platform_;
  const cl::Device device_;
  const int version_;
  const bool shares_memory_, uses_host_memory_;
  const Extensions extensions_;
  const bool replays_fast_;
  mutable std::once_flag context_made_, binary_made_;
  mutable std::string beginning_of_binaries_;
  // Never released: drivers may be gone by the time a process's last destructors run.
  mutable cl::Context context_ = nullptr;
  mutable cl::Queue transfers_ = nullptr;
};

}  // namespace nexus::opencl
