// What every entry point of the driver needs: NVIDIA's declarations, and a guard around its body.
#pragma once

// All versions of a function are declared by their exported names, so that each is compared.
#ifndef __CUDA_API_VERSION_INTERNAL
#define __CUDA_API_VERSION_INTERNAL
#endif
#include <cuda.h>

#include <new>
#include <system_error>
#include <type_traits>

#include "../faults.hpp"

#define STANDIN_API extern "C" __attribute__((visibility("default"))) CUresult CUDAAPI

namespace standin {

// Ends a call of the driver with an error.
struct Failure {
  CUresult result;
};

[[noreturn]] inline void fail(CUresult result) { throw Failure{result}; }
inline void require(bool condition, CUresult otherwise = CUDA_ERROR_INVALID_VALUE) {
  if (!condition) fail(otherwise);
}

// Runs the body of the entry point of that name: its failures become results, and those that a
// test asked for come first.
template <class Body>
CUresult guarded(const char *name, Body body) noexcept {
  try {
    if (const int fault = count_call(name)) return static_cast<CUresult>(fault);
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return CUDA_SUCCESS;
    } else {
      return body();
    }
  } catch (const Failure &failure) {
    return failure.result;
  } catch (const std::bad_alloc &) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  } catch (const std::system_error &) {
    // There are no more threads.
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
}

}  // namespace standin
