#include "execution/ticks.hpp"

#include <limits>

namespace nexus::cpu {
namespace {

// Long enough that the clock's steps matter little.
constexpr nxs_long kMeasuredNs = 20'000;

struct Moment {
  nxs_long ns;
  std::uint64_t ticks;
};

// Reads both: of several tries the one in the least time, which was not interrupted.
Moment now() {
  Moment best{};
  nxs_long least = std::numeric_limits<nxs_long>::max();
  for (int tries = 0; tries < 5; ++tries) {
    const nxs_long before = sdk::clock_ns();
    const std::uint64_t count = ticks();
    const nxs_long after = sdk::clock_ns();
    if (after - before >= least) continue;
    least = after - before;
    best = {before + (after - before) / 2, count};
  }
  return best;
}

double measure() {
  const Moment begin = now();
  Moment end = now();
  while (end.ns - begin.ns < kMeasuredNs || end.ticks == begin.ticks) end = now();
  return static_cast<double>(end.ns - begin.ns) / static_cast<double>(end.ticks - begin.ticks);
}

}  // namespace

double ns_per_tick() {
  static const double length = measure();
  return length;
}

}  // namespace nexus::cpu
