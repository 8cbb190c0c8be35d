#include "settings.hpp"

#include <nexus-sdk/base/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "host/processors.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

constexpr nxs_long kMostThreads = 1024, kDefaultSpinUs = 100, kMostSpinUs = 1'000'000;

// The number that a variable holds; `otherwise`, and a problem, where it holds something else.
nxs_long number_in(const char *name, nxs_long least, nxs_long most, nxs_long otherwise,
                   std::string &problems) {
  const char *const value = std::getenv(name);
  if (!value || !*value) return otherwise;
  const std::string_view text = value;
  nxs_long number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && number >= least &&
      number <= most)
    return number;
  problems += concat(problems.empty() ? "" : "; ", name, "='", text, "' is not a number from ",
                     least, " to ", most, ", so ", otherwise, " is used");
  return otherwise;
}

Settings read_settings() {
  Settings found;
  const nxs_long processors = std::min(processor_count(), kMostThreads);
  found.threads =
      static_cast<int>(number_in("NEXUS_CPU_THREADS", 1, kMostThreads, processors, found.problems));
  found.spin_ns =
      number_in("NEXUS_CPU_SPIN_US", 0, kMostSpinUs, kDefaultSpinUs, found.problems) * 1000;
  found.debug = number_in("NEXUS_CPU_DEBUG", 0, 1, 0, found.problems) != 0;
  return found;
}

}  // namespace

const Settings &settings() {
  static const Settings found = read_settings();
  return found;
}

}  // namespace nexus::cpu
