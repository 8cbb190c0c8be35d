#include "argument_table.hpp"

#include <nexus-api/nxs_kernel_table.h>
#include <nexus-sdk/kernels/names.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace nexus::gpu {
using namespace sdk;
namespace {

struct Global {
  native::Pointer address = 0;
  std::size_t size = 0;
};

std::optional<Global> find_global(native::Module module, const std::string &name) {
  Global found;
  const native::Result result =
      driver().moduleGetGlobal(&found.address, &found.size, module, name.c_str());
  if (result == native::kNotFound) return std::nullopt;
  check(result, "looking for ", name);
  return found;
}

// A struct within the bytes, which are large enough.
template <class T>
T struct_at(const std::vector<std::byte> &bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

std::optional<std::vector<Parameter>> parameters_in_table(const GpuDevice &device,
                                                          native::Module module,
                                                          const std::string &entry) {
  const std::optional<Global> table = find_global(module, entry + NXS_KERNEL_TABLE_SUFFIX);
  if (!table) return std::nullopt;
  const std::string name = name_of_entry(entry);
  std::vector<std::byte> bytes(std::max(table->size, sizeof(nxs_gpu_table)));
  device.transfer([&](native::Stream stream) {
    check(driver().memcpyAsync(reinterpret_cast<native::Pointer>(bytes.data()), table->address,
                               table->size, stream),
          "reading the arguments of kernel ", name);
  });
  const auto head = struct_at<nxs_gpu_table>(bytes, 0);
  if (head.version != NXS_KERNEL_TABLE_VERSION)
    fail(NXS_InvalidKernelDefinition, "kernel ", name, " was built with version ", head.version,
         " of the table of arguments in nxs_kernel.h, but this plugin supports version ",
         NXS_KERNEL_TABLE_VERSION, ": build it again with this version of Nexus");
  if (head.count > NXS_KERNEL_MAX_ARGS ||
      bytes.size() < sizeof head + head.count * sizeof(nxs_gpu_argument))
    fail(NXS_InvalidKernelDefinition, "the table of arguments of kernel ", name, " has ",
         bytes.size(), " bytes, which do not hold ", head.count, " arguments");
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < head.count; ++i) {
    const auto one = struct_at<nxs_gpu_argument>(bytes, sizeof head + i * sizeof(nxs_gpu_argument));
    if (one.kind > NXS_KernelArg_Scalar)
      fail(NXS_InvalidKernelDefinition, "argument ", i, " of kernel ", name, " is of kind ",
           one.kind, ", which this plugin does not know");
    const std::string_view text(one.name, sizeof one.name);
    parameters.push_back({std::string(text.substr(0, text.find('\0'))),
                          static_cast<Parameter::Kind>(one.kind), one.data_type, one.size});
  }
  return parameters;
}

bool says_it_uses_dynamic_memory(native::Module module, const std::string &entry) {
  // The name that C++ compilers give to a variable in the scope of a function of C.
  return find_global(module, concat("_ZZ", entry.size(), entry, "E16nxs_uses_dynamic")).has_value();
}

}  // namespace nexus::gpu
