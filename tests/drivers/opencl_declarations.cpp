// The plugin's own declarations of OpenCL against OpenCL's headers: what differs does not compile.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <nexus-sdk/khronos/cl_functions.hpp>

#include <type_traits>

namespace cl = nexus::sdk::cl;

// Attributes, such as an alignment that is usual anyway, do not count.
template <class T>
struct Plain {
  using type = T;
};
template <class R, class... A>
struct Plain<R(A...)> {
  using type = R(A...);
};
template <class R, class... A>
struct Plain<R (*)(A...)> {
  using type = R(A...);
};
template <class T>
using plain_t = typename Plain<T>::type;

namespace nexus::sdk::cl {
#define CHECK(RETURN, NAME, ...)                                              \
  static_assert(std::is_same_v<plain_t<decltype(NAME)>, RETURN(__VA_ARGS__)>, \
                #NAME " is declared otherwise");
NEXUS_OPENCL_FUNCTIONS(CHECK)
#undef CHECK
}  // namespace nexus::sdk::cl

#define CHECK(NAME, THEIRS, VALUE) static_assert(THEIRS == VALUE, #THEIRS " has another value");
NEXUS_OPENCL_CONSTANTS(CHECK)
#undef CHECK

static_assert(sizeof(cl::AmdTopology) == sizeof(cl_device_topology_amd));
static_assert(offsetof(cl::AmdTopology, bus) == offsetof(cl_device_topology_amd, pcie.bus));
static_assert(offsetof(cl::AmdTopology, function) ==
              offsetof(cl_device_topology_amd, pcie.function));
static_assert(sizeof(cl::PciBusInfo) == sizeof(cl_device_pci_bus_info_khr));
static_assert(offsetof(cl::PciBusInfo, function) ==
              offsetof(cl_device_pci_bus_info_khr, pci_function));

int main() {}
