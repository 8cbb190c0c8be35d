#include "driver/monitor.hpp"

#include <nexus-sdk/base/shared_library.hpp>

namespace nexus::cuda {
namespace {

// As in nvml.h.
struct Utilization {
  unsigned gpu, memory;
};
struct MemoryInfo {
  unsigned long long total, free, used;
};
constexpr int kSuccess = 0;

#define NEXUS_NVML_FUNCTIONS(X)                              \
  X(nvmlInit_v2, void)                                       \
  X(nvmlDeviceGetHandleByPciBusId_v2, const char *, void **) \
  X(nvmlDeviceGetUtilizationRates, void *, Utilization *)    \
  X(nvmlDeviceGetMemoryInfo, void *, MemoryInfo *)           \
  X(nvmlDeviceGetEnforcedPowerLimit, void *, unsigned *)

struct Nvml {
#define NEXUS_NVML_FUNCTION(NAME, ...) int (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_NVML_FUNCTIONS(NEXUS_NVML_FUNCTION)
#undef NEXUS_NVML_FUNCTION
  bool usable = false;
};

Nvml open_nvml() {
  Nvml opened;
  const SharedLibrary library({"libnvidia-ml.so.1"});
  if (!library.is_open()) return opened;
  opened.usable = true;
#define NEXUS_NVML_FUNCTION(NAME, ...) opened.usable &= library.load(opened.NAME, #NAME);
  NEXUS_NVML_FUNCTIONS(NEXUS_NVML_FUNCTION)
#undef NEXUS_NVML_FUNCTION
  opened.usable = opened.usable && opened.nvmlInit_v2() == kSuccess;
  return opened;
}

const Nvml &nvml() {
  static const Nvml opened = open_nvml();
  return opened;
}

}  // namespace

// Initialized at the first query, since that takes longer than everything else a device needs.
void *Monitor::device() const {
  std::call_once(looked_up_, [this] {
    if (nvml().usable &&
        nvml().nvmlDeviceGetHandleByPciBusId_v2(bus_id_.c_str(), &device_) != kSuccess)
      device_ = nullptr;
  });
  return device_;
}

// There is a device only where all functions of the library were found.
// NOLINTBEGIN(clang-analyzer-core.CallAndMessage)
Property Monitor::core_utilization() const {
  Utilization rates{};
  if (!device() || nvml().nvmlDeviceGetUtilizationRates(device_, &rates) != kSuccess) return {};
  return integer(rates.gpu);
}

Property Monitor::memory_utilization() const {
  MemoryInfo info{};
  if (!device() || nvml().nvmlDeviceGetMemoryInfo(device_, &info) != kSuccess || !info.total)
    return {};
  return integer(info.used * 100 / info.total);
}

Property Monitor::max_power() const {
  unsigned milliwatts = 0;
  if (!device() || nvml().nvmlDeviceGetEnforcedPowerLimit(device_, &milliwatts) != kSuccess)
    return {};
  return milliwatts / 1000.0;
}
// NOLINTEND(clang-analyzer-core.CallAndMessage)

}  // namespace nexus::cuda
