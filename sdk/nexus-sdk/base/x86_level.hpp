// The instruction set level of the x86-64 processor that the program runs on.
#pragma once

#if defined(__x86_64__)

#include <string>

namespace nexus::sdk {

// One of the levels of the x86-64 psABI (https://gitlab.com/x86-psABIs/x86-64-ABI, chapter
// "Micro-Architecture Levels"), as the device database spells it; each is recognised by the
// features that it adds.
inline std::string x86_level() {
  __builtin_cpu_init();
  const bool v2 = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.2") &&
                  __builtin_cpu_supports("popcnt");
  const bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? "x86_64-v4" : v3 ? "x86_64-v3" : v2 ? "x86_64-v2" : "x86_64";
}

}  // namespace nexus::sdk

#endif
