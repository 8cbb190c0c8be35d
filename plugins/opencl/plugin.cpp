// The OpenCL plugin: the devices of all OpenCL drivers of this machine.
#include <nexus-sdk/base/keep_signals.hpp>
#include <nexus-sdk/plugin.hpp>

#include "device.hpp"

namespace nexus::opencl {
using namespace sdk;

std::string platform_name(cl::Platform platform) {
  const Info info(driver().clGetPlatformInfo, platform);
  return concat(info.text(cl::kPlatformName), " (", info.text(cl::kPlatformVersion), ")");
}

class ClBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    found_.clear();
    problem_ = driver().problem;
    if (!problem_.empty()) return devices;
    const KeepSignals keep;
    for (const cl::Platform platform : platforms()) add_devices(platform, devices);
    return devices;
  }

  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("opencl");
      case NP_Type: return std::string("gpu");
      case NP_Description: return std::string("Runs kernels on the devices of OpenCL drivers");
      // The drivers that were found.
      case NP_Version: return text_if_known(found_);
      // Why there are no devices, or fewer than there could be.
      case NP_Message: return text_if_known(problem_);
      default: return {};
    }
  }

 private:
  // What `list(room, handles, count)` tells, one of OpenCL's functions; empty if it fails.
  template <class Handle, class List>
  static std::vector<Handle> all(const List &list, cl::Int &result) {
    cl::Uint count = 0;
    result = list(0, nullptr, &count);
    std::vector<Handle> found(result == cl::kSuccess ? count : 0);
    if (!found.empty()) result = list(count, found.data(), nullptr);
    return result == cl::kSuccess ? found : std::vector<Handle>();
  }

  std::vector<cl::Platform> platforms() {
    cl::Int result = cl::kSuccess;
    const auto found = all<cl::Platform>(driver().clGetPlatformIDs, result);
    if (result != cl::kNoPlatforms) check(result, "looking for OpenCL's drivers");
    if (found.empty())
      problem_ =
          "no OpenCL driver: apt install pocl-opencl-icd or pip install intel-opencl-rt "
          "for CPUs, or the driver of your GPU";
    return found;
  }

  // A driver that fails does not keep the devices of others from being used.
  void add_devices(cl::Platform platform, std::vector<std::unique_ptr<Device>> &devices) {
    const std::string name = platform_name(platform);
    found_.append(found_.empty() ? "" : "; ").append(name);
    cl::Int result = cl::kSuccess;
    const auto list = [platform](cl::Uint room, cl::Device *found, cl::Uint *count) {
      return driver().clGetDeviceIDs(platform, cl::kTypeAll, room, found, count);
    };
    const auto found = all<cl::Device>(list, result);
    for (const cl::Device one : found) devices.push_back(std::make_unique<ClDevice>(name, one));
    if (result == cl::kDeviceNotFound || (result == cl::kSuccess && found.empty()))
      add_problem(name, "finds no device");
    else if (result != cl::kSuccess)
      add_problem(name, concat("fails to list its devices: OpenCL's error ", result));
  }

  void add_problem(const std::string &platform, const std::string &what) {
    problem_ += concat(problem_.empty() ? "" : "; ", "the driver ", platform, " ", what);
  }

  std::string found_, problem_;
};

}  // namespace nexus::opencl

NEXUS_PLUGIN(nexus::opencl::ClBackend)
