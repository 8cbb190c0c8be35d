// The cases that one process runs, after each of which it notes the functions that were called.
#include "errors_cases.hpp"
#include "field_cases.hpp"
#include "lifetimes_cases.hpp"
#include "objects_cases.hpp"

#include <string>
#include <vector>

namespace {

bool reached[NXS_FUNCTION_CNT];

// Stands in the table for a function, and notes that it was called.
template <nxs_function Number, class Function>
struct Noting;
template <nxs_function Number, class Result, class... Arguments>
struct Noting<Number, Result (*)(Arguments...)> {
  static inline Result (*original)(Arguments...) = nullptr;
  static Result call(Arguments... arguments) {
    reached[Number] = true;
    return original(arguments...);
  }
};

// Notes the calls of a runtime's functions from now on.
void noteCalls(const nexus::Runtime &runtime) {
  const nexus::detail::State &state = nexus::detail::Access::state(runtime);
  auto &table = const_cast<nexus::detail::FunctionTable &>(state.plugin.table);
#define NEXUS_API_FUNC(RETURN, NAME, ...)                      \
  Noting<NF_nxs##NAME, nxs##NAME##_fn>::original = table.NAME; \
  table.NAME = &Noting<NF_nxs##NAME, nxs##NAME##_fn>::call;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
}

}  // namespace

CASE(zz_every_function_is_reached) {
  // It was called before its calls were noted: else the version would be 1.0.
  reached[NF_nxsGetApiVersion] = nexus::getRuntime("cpu").apiVersion() == NXS_API_VERSION;
  std::string missing;
  for (int number = 0; number < NXS_FUNCTION_CNT; ++number) {
    if (!reached[number]) missing += std::string(" ") + nexus::detail::kFunctionNames[number];
  }
  if (!missing.empty()) throw std::logic_error("not reached:" + missing);
}

// Lists the plugins: a line for each runtime, and for each that is refused.
static int listPlugins() {
  for (const nexus::Runtime &runtime : nexus::getRuntimes()) {
    std::cout << runtime.name() << '|' << runtime.path() << '|' << runtime.origin() << '\n';
  }
  for (const nexus::Refusal &refusal : nexus::getRuntimes().refused) {
    std::cout << "refused|" << refusal.path << '|' << refusal.origin << '|' << refusal.reason << '|'
              << refusal.shadowed << '\n';
  }
  return 0;
}

// Compares all devices with each other: a line for each pair of the same ones and of failures.
static int compareDevices() {
  std::vector<nexus::Device> devices;
  for (const nexus::Runtime &runtime : nexus::getRuntimes()) {
    for (const nexus::Device &device : runtime.getDevices()) devices.push_back(device);
  }
  for (const nexus::Device &one : devices) {
    for (const nexus::Device &other : devices) {
      const std::string pair = '|' + one.describe() + '|' + other.describe() + '\n';
      try {
        if (one.sameDeviceAs(other)) std::cout << "same" << pair;
      } catch (const nexus::DeviceNotAvailableError &) {
        std::cout << "failed" << pair;
      }
    }
  }
  return 0;
}

int main(int count, char **names) {
  if (count == 2 && names[1] == std::string("--plugins")) return listPlugins();
  if (count == 2 && names[1] == std::string("--same-devices")) return compareDevices();
  if (std::getenv("NEXUS_TEST_NOTES_CALLS")) noteCalls(nexus::getRuntime("cpu"));
  return runCases(count, names);
}
