// Launches of kernels, and calls of the host in a stream.
#include "../launch.hpp"

using namespace standin;

namespace {

void launch(CUfunction function, const Shape &shape, CUstream handle, void **arguments,
            void **extra) {
  const StreamRef stream = stream_of(handle);
  submit(*stream, CU_GRAPH_NODE_TYPE_KERNEL, kernel_operation(function, shape, arguments, extra));
}

}  // namespace

STANDIN_API cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                           unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                           CUstream stream, void **arguments, void **extra) {
  return guarded(__func__, [&] {
    const Shape shape{{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared};
    launch(function, shape, stream, arguments, extra);
  });
}

STANDIN_API cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction function, void **arguments,
                             void **extra) {
  return guarded(__func__, [&] {
    require(config);
    for (unsigned n = 0; n < config->numAttrs; ++n) {
      const CUlaunchAttribute &attribute = config->attrs[n];
      const auto &cluster = attribute.value.clusterDim;
      const bool is_harmless =
          attribute.id == CU_LAUNCH_ATTRIBUTE_IGNORE ||
          attribute.id == CU_LAUNCH_ATTRIBUTE_PRIORITY ||
          attribute.id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION ||
          (attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && !attribute.value.cooperative) ||
          (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION &&
           cluster.x * cluster.y * cluster.z <= 1);
      require(is_harmless, CUDA_ERROR_NOT_SUPPORTED);
    }
    const Shape shape{{config->gridDimX, config->gridDimY, config->gridDimZ},
                      {config->blockDimX, config->blockDimY, config->blockDimZ},
                      config->sharedMemBytes};
    launch(function, shape, config->hStream, arguments, extra);
  });
}

STANDIN_API cuLaunchHostFunc(CUstream handle, CUhostFn function, void *data) {
  return guarded(__func__, [&] {
    const StreamRef stream = stream_of(handle);
    require(function);
    submit(*stream, CU_GRAPH_NODE_TYPE_HOST, [=]() -> Task { return [=] { function(data); }; });
  });
}
