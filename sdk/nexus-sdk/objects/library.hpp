// Kernel libraries and kernels: what a backend implements, and what is common to all backends.
#pragma once

#include <nexus-sdk/base/handle_table.hpp>
#include <nexus-sdk/base/property.hpp>
#include <nexus-sdk/base/spare.hpp>
#include <nexus-sdk/objects/layout.hpp>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace nexus::sdk {

class Device;
class Library;

// The declaration of a kernel's argument.
struct Parameter {
  // kAny: only the size is known, so it takes a scalar of that size, or a buffer if an address has
  // that size. kRead: the kernel only reads it, so it takes a buffer of such elements or one such
  // scalar. kNone: the kernel has no argument with that index.
  enum class Kind { kIn, kOut, kScalar, kAny, kRead, kNone };
  std::string name;
  Kind kind;
  // The nxs_data_type of the scalar, or of the buffer's elements.
  nxs_uint data_type;
  // Size of the scalar or of one element, in bytes.
  std::size_t size;
};

// The largest launch of a kernel that both the kernel and the device allow.
struct LaunchLimits {
  static constexpr nxs_ulong kNone = std::numeric_limits<nxs_ulong>::max();
  static constexpr std::array<nxs_ulong, 3> kUnlimited = {kNone, kNone, kNone};

  nxs_ulong max_group_items;
  nxs_ulong max_shared_memory;
  // Maximum number of items along one dimension of the whole launch.
  nxs_ulong max_items_per_dimension;
  // Maximum number of items of a group, and of groups, along each dimension.
  std::array<nxs_ulong, 3> max_group = kUnlimited, max_grid = kUnlimited;
  // Maximum number of groups of the whole launch.
  nxs_ulong max_groups = kNone;
  // Whether the kernel uses shared memory whose size the launch gives.
  bool needs_shared_memory = false;
  // The only size of groups that the kernel takes; zeros for any.
  std::array<nxs_ulong, 3> only_group{};
};

class Kernel : public Object {
 public:
  static constexpr ::nexus::sdk::Kind kKind = ::nexus::sdk::Kind::kKernel;

  // Arguments are not checked if `parameters` is empty: not all code declares them.
  Kernel(Ref<Library> library, std::string name, std::optional<std::vector<Parameter>> parameters)
      : Object(kKind),
        library(std::move(library)),
        name(std::move(name)),
        parameters(std::move(parameters)) {}
  ~Kernel() override;

  virtual LaunchLimits launch_limits() const = 0;

  virtual Property property(nxs_property id) const {
    switch (id) {
      case NP_Name: return name;
      case NP_Count: return parameters ? integer(parameters->size()) : Property();
      case NP_MaxThreadsPerThreadgroup: return integer(launch_limits().max_group_items);
      case NP_Arguments:
        return each_parameter<nxs_long>(
            [](const Parameter &parameter) { return static_cast<nxs_long>(parameter.kind); });
      case NP_ArgumentNames:
        return each_parameter<std::string>(
            [](const Parameter &parameter) { return parameter.name; });
      case NP_DataTypes:
        return each_parameter<std::string>([](const Parameter &parameter) {
          return std::string(data_type_info(parameter.data_type).name);
        });
      default: return {};
    }
  }

  // The library that holds the code; kernels keep it alive, and commands keep kernels alive.
  const Ref<Library> library;
  const std::string name;
  const std::optional<std::vector<Parameter>> parameters;
  // A SingleLaunch that the kernel's next launch can use.
  Spare<RefCounted> spare_launch;

 private:
  template <class T, class Map>
  Property each_parameter(const Map &map) const {
    if (!parameters) return {};
    std::vector<T> values;
    for (const Parameter &parameter : *parameters) values.push_back(map(parameter));
    return values;
  }
};

class Library : public Object {
 public:
  static constexpr ::nexus::sdk::Kind kKind = ::nexus::sdk::Kind::kLibrary;
  explicit Library(const Device &device) : Object(kKind), device(device) {}

  // Applies the settings, which are not 0, before the library's first use.
  virtual void configure(nxs_uint) {}
  // Creates a kernel object. Fails with NXS_InvalidKernelName if there is no kernel with that name.
  virtual Ref<Kernel> find_kernel(const std::string &name) = 0;
  // The names of the kernels, or those of them that can be listed.
  virtual std::vector<std::string> kernel_names() const = 0;
  // The path of the file that it was loaded from; empty for a library from memory.
  virtual std::string location() const = 0;
  // The format of its code, such as "elf".
  virtual std::string type() const = 0;
  // The compiler's warnings and remarks, if there are any.
  virtual std::string message() const { return {}; }

  Property property(nxs_property id) const {
    switch (id) {
      case NP_Type: return type();
      case NP_Location: return text_if_known(location());
      case NP_Count: return integer(kernel_names().size());
      case NP_SubUnits: return kernel_names();
      case NP_SubUnitType: return std::string("kernel");
      case NP_Message: return text_if_known(message());
      default: return {};
    }
  }

  const Device &device;
};

inline Kernel::~Kernel() = default;

}  // namespace nexus::sdk
