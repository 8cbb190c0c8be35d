// Options of HIP's side of the stand-in.
#pragma once

#include <string>

namespace standin::hip {

// From the environment variable HIP_STANDIN: "version=50221153,target=gfx90a:sramecc+:xnack-".
// CUDA_STANDIN has those of the engine.
struct Options {
  int version = 60342134;
  std::string target = "gfx90a:sramecc+:xnack-";

  bool is_before_6() const { return version < 60000000; }
  // GPUs from gfx10 on have waves of 32 threads.
  int wavefront() const { return target.starts_with("gfx9") ? 64 : 32; }
};
const Options &options();

}  // namespace standin::hip
