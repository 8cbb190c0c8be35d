// Modules, and what is known of their functions.
#include <algorithm>
#include <cstring>

#include "../device_numbers.hpp"
#include "../graphs/capture.hpp"
#include "../memory.hpp"
#include "../module.hpp"

using namespace standin;

namespace {

// Where a log goes, as the options of the call tell.
struct JitOptions {
  JitOptions(unsigned count, CUjit_option *options, void **values) {
    require(!count || (options && values));
    for (unsigned n = 0; n < count; ++n) {
      if (options[n] == CU_JIT_ERROR_LOG_BUFFER) error = static_cast<char *>(values[n]);
      if (options[n] == CU_JIT_INFO_LOG_BUFFER) info = static_cast<char *>(values[n]);
      if (options[n] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) error_size = &values[n];
      if (options[n] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES) info_size = &values[n];
    }
  }

  void write(const std::string &log) const {
    put(log, error, error_size);
    put("", info, info_size);
  }

  char *error = nullptr, *info = nullptr;
  void **error_size = nullptr, **info_size = nullptr;

 private:
  // The size comes in as a number in the place of a pointer, and goes out the same way.
  static void put(const std::string &log, char *buffer, void **size) {
    const std::size_t room = size ? reinterpret_cast<std::size_t>(*size) : 0;
    if (!buffer || !room) return;
    const std::size_t length = std::min(log.size(), room - 1);
    std::memcpy(buffer, log.data(), length);
    buffer[length] = 0;
    *size = reinterpret_cast<void *>(length ? length + 1 : 0);
  }
};

CUresult load(CUmodule *module, const void *image, const JitOptions &jit) {
  const ContextRef context = current_context();
  require(module && image);
  std::string log;
  CUresult result = CUDA_SUCCESS;
  try {
    *module = live<CUmod_st>().add(std::make_shared<CUmod_st>(*context, image, log));
  } catch (const Failure &failure) {
    result = failure.result;
  }
  if (!log.empty()) tell(log);
  jit.write(log);
  return result;
}

int attribute_of(const CUfunc_st &function, CUfunction_attribute attribute) {
  const ptx::Function &code = *function.function;
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: return function.most_threads();
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: return static_cast<int>(code.shared_size);
    case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
      return static_cast<int>(function.module->program->constant_size);
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: return static_cast<int>(code.local_size);
    case CU_FUNC_ATTRIBUTE_NUM_REGS: return static_cast<int>(code.registers);
    case CU_FUNC_ATTRIBUTE_PTX_VERSION:
    case CU_FUNC_ATTRIBUTE_BINARY_VERSION: return 10 * kMajor + kMinor;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: return function.most_dynamic_shared;
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: return function.shared_carveout;
    default: return 0;
  }
}

int blocks_per_multiprocessor(const CUfunc_st &function, int threads, std::size_t shared) {
  require(threads > 0);
  const ptx::Function &code = *function.function;
  const int warps = (threads + 31) / 32;
  if (threads > function.most_threads()) return 0;
  const int by_threads = kThreadsPerMultiprocessor / (32 * warps);
  const int by_registers = kRegisters / static_cast<int>(32 * warps * std::max(code.registers, 1u));
  const auto used = static_cast<int>(code.shared_size + shared) + kReservedShared;
  const int by_shared = kSharedPerMultiprocessor / used;
  return std::min({by_threads, by_registers, by_shared, kBlocksPerMultiprocessor});
}

}  // namespace

STANDIN_API cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count,
                               CUjit_option *options, void **values) {
  return guarded(__func__, [&] { return load(module, image, JitOptions(count, options, values)); });
}

STANDIN_API cuModuleLoadData(CUmodule *module, const void *image) {
  return guarded(__func__, [&] { return load(module, image, JitOptions(0, nullptr, nullptr)); });
}

STANDIN_API cuModuleLoadFatBinary(CUmodule *module, const void *image) {
  return guarded(__func__, [&] { return load(module, image, JitOptions(0, nullptr, nullptr)); });
}

STANDIN_API cuModuleUnload(CUmodule module) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    live<CUmod_st>().get(module)->context.drain();
    live<CUmod_st>().remove(module);
  });
}

STANDIN_API cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  return guarded(__func__, [&] {
    current_context();
    require(function && name && *name);
    *function = live<CUmod_st>().get(module)->function(name);
  });
}

STANDIN_API cuModuleGetFunctionCount(unsigned *count, CUmodule module) {
  return guarded(__func__, [&] {
    current_context();
    require(count);
    *count = static_cast<unsigned>(live<CUmod_st>().get(module)->functions.size());
  });
}

STANDIN_API cuModuleEnumerateFunctions(CUfunction *functions, unsigned count, CUmodule module) {
  return guarded(__func__, [&] {
    current_context();
    require(functions && count);
    for (auto &[name, function] : live<CUmod_st>().get(module)->functions)
      if (count) {
        *functions++ = &function;
        --count;
      }
  });
}

STANDIN_API cuModuleGetGlobal_v2(CUdeviceptr *address, std::size_t *size, CUmodule handle,
                                 const char *name) {
  return guarded(__func__, [&] {
    current_context();
    require(name);
    const auto module = live<CUmod_st>().get(handle);
    const auto found = module->program->globals.find(name);
    require(found != module->program->globals.end(), CUDA_ERROR_NOT_FOUND);
    if (address) *address = found->second;
    if (size) *size = module->program->global_sizes.at(name);
  });
}

STANDIN_API cuFuncGetName(const char **name, CUfunction function) {
  return guarded(__func__, [&] {
    require(name);
    module_of(function);
    *name = function->function->name.c_str();
  });
}

STANDIN_API cuFuncGetModule(CUmodule *module, CUfunction function) {
  return guarded(__func__, [&] {
    require(module);
    *module = module_of(function).get();
  });
}

STANDIN_API cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function) {
  return guarded(__func__, [&] {
    current_context();
    require(value && attribute >= 0 && attribute < CU_FUNC_ATTRIBUTE_MAX);
    module_of(function);
    *value = attribute_of(*function, attribute);
  });
}

STANDIN_API cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  return guarded(__func__, [&] {
    current_context();
    module_of(function);
    if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
      const int most = kSharedPerBlockOptin - static_cast<int>(function->function->shared_size);
      require(value >= 0 && value <= most);
      function->most_dynamic_shared = value;
    } else if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT) {
      require(value >= -1 && value <= 100);
      function->shared_carveout = value;
    } else {
      fail(CUDA_ERROR_INVALID_VALUE);
    }
  });
}

STANDIN_API cuFuncSetCacheConfig(CUfunction function, CUfunc_cache) {
  return guarded(__func__, [&] { module_of(function); });
}

STANDIN_API cuFuncGetParamInfo(CUfunction function, std::size_t index, std::size_t *offset,
                               std::size_t *size) {
  return guarded(__func__, [&] {
    current_context();
    module_of(function);
    const auto &parameters = function->function->parameters;
    require(offset && index < parameters.size());
    *offset = parameters[index].offset;
    if (size) *size = parameters[index].size;
  });
}

STANDIN_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction function,
                                                        int threads, std::size_t shared) {
  return guarded(__func__, [&] {
    current_context();
    require(blocks);
    module_of(function);
    *blocks = blocks_per_multiprocessor(*function, threads, shared);
  });
}

STANDIN_API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, CUfunction function,
                                                                 int threads, std::size_t shared,
                                                                 unsigned) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, shared);
}

STANDIN_API cuOccupancyMaxPotentialBlockSize(int *least_grid, int *block, CUfunction function,
                                             CUoccupancyB2DSize shared_of, std::size_t shared,
                                             int limit) {
  return guarded(__func__, [&] {
    current_context();
    require(least_grid && block);
    module_of(function);
    int most = function->most_threads(), best = 0;
    if (limit > 0) most = std::min(most, limit);
    for (int threads = most / 32 * 32; threads > 0; threads -= 32) {
      const std::size_t each = shared_of ? shared_of(threads) : shared;
      const int blocks = blocks_per_multiprocessor(*function, threads, each);
      if (blocks * threads <= best) continue;
      best = blocks * threads;
      *block = threads;
      *least_grid = 132 * blocks;
    }
  });
}
