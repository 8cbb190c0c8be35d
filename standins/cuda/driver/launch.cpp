#include "launch.hpp"

#include <cstring>

#include "../ptx/launch.hpp"
#include "device_numbers.hpp"
#include "memory.hpp"

namespace standin {
namespace {

void check(const CUfunc_st &function, const Shape &shape) {
  unsigned long long threads = 1;
  for (int axis = 0; axis < 3; ++axis) {
    require(shape.grid[axis] && shape.grid[axis] <= kMostGrid[axis]);
    require(shape.block[axis] && shape.block[axis] <= kMostBlock[axis]);
    threads *= shape.block[axis];
  }
  require(threads <= kMostThreads);
  const auto &limits = function.function->limits;
  if (const auto found = limits.find(".reqntid"); found != limits.end())
    for (std::size_t axis = 0; axis < found->second.size() && axis < 3; ++axis)
      require(shape.block[axis] == found->second[axis]);
  const bool is_bounded = limits.contains(".maxntid");
  require(threads <= static_cast<unsigned>(function.most_threads()),
          is_bounded ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  require(shape.dynamic_shared <= static_cast<unsigned>(function.most_dynamic_shared));
}

std::vector<std::byte> copy_arguments(const ptx::Function &function, void **arguments,
                                      void **extra) {
  std::vector<std::byte> bytes(function.parameters_size);
  if (extra) {
    require(!arguments);
    const void *buffer = nullptr;
    std::size_t size = 0;
    for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
      if (*extra == CU_LAUNCH_PARAM_BUFFER_POINTER)
        buffer = extra[1];
      else if (*extra == CU_LAUNCH_PARAM_BUFFER_SIZE)
        size = *static_cast<std::size_t *>(extra[1]);
      else
        fail(CUDA_ERROR_INVALID_VALUE);
    }
    require(size >= bytes.size() && (buffer || bytes.empty()));
    if (!bytes.empty()) std::memcpy(bytes.data(), buffer, bytes.size());
    return bytes;
  }
  require(arguments || function.parameters.empty());
  for (std::size_t n = 0; n < function.parameters.size(); ++n) {
    require(arguments[n]);
    const auto &[offset, size] = function.parameters[n];
    std::memcpy(bytes.data() + offset, arguments[n], size);
  }
  return bytes;
}

}  // namespace

Operation kernel_operation(CUfunction handle, const Shape &shape, void **arguments, void **extra) {
  const std::shared_ptr<CUmod_st> module = module_of(handle);
  check(*handle, shape);
  auto launch = std::make_shared<ptx::Launch>();
  launch->program = module->program.get();
  launch->entry = handle->function;
  launch->grid = shape.grid;
  launch->block = shape.block;
  launch->dynamic_shared = shape.dynamic_shared;
  launch->arguments = copy_arguments(*handle->function, arguments, extra);
  // The operation keeps its module alive.
  return [module, launch]() -> Task {
    return [module, launch] {
      if (const int result = count_kernel()) fail(static_cast<CUresult>(result));
      ptx::run(*launch, ContextMemory(module->context), module->context.stopping);
    };
  };
}

}  // namespace standin
