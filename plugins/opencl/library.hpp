// Kernel libraries, from OpenCL C, SPIR-V or a driver's binary.
#pragma once

#include <nexus-sdk/kernels/declarations.hpp>
#include <nexus-sdk/objects/byte_ranges.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <set>
#include <string>

#include "driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

class ClLibrary final : public Library {
 public:
  // `location` is the path of the file with the image, empty if there is none.
  ClLibrary(const ClDevice &device, Bytes image, std::string location);

  Ref<Kernel> find_kernel(const std::string &name) override;
  std::vector<std::string> kernel_names() const override;
  std::string location() const override { return location_; }
  std::string type() const override { return type_; }
  std::string message() const override { return message_; }

  cl::Program program() const { return program_.get(); }

 private:
  cl::Program make(Bytes image);
  cl::Program from_source(const std::string &text);
  cl::Program from_spirv(Bytes image);
  cl::Program from_binary(Bytes image);
  void build();
  std::string described() const;

  const ClDevice &device_;
  const std::string location_;
  // The format: "source", "spirv" or "binary".
  const char *type_ = "source";
  std::string options_, message_;
  // The entry points that use shared memory whose size a launch gives, as far as the source tells.
  std::set<std::string> dynamic_;
  const OwnedProgram program_;
};

}  // namespace nexus::opencl
