// The processor's counter: time for less than it takes to read the clock.
#pragma once

#include <nexus-sdk/objects/timing.hpp>

#include <cstdint>

namespace nexus::cpu {

// Increases by the same amount in each nanosecond, on all processors.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t now;
  asm volatile("mrs %0, cntvct_el0" : "=r"(now));
  return now;
#else
  return static_cast<std::uint64_t>(sdk::clock_ns());
#endif
}

// The length of a tick. The first call takes some microseconds to measure it.
double ns_per_tick();

}  // namespace nexus::cpu
