"""Compile CUDA C++ at run time and run it on an NVIDIA GPU: a sum over blocks in shared memory."""

import numpy as np

import nexus

SOURCE = """
extern "C" __global__ void block_sums(const float *x, float *sums, int count) {
  extern __shared__ float part[];
  int item = blockIdx.x * blockDim.x + threadIdx.x;
  part[threadIdx.x] = item < count ? x[item] : 0.0f;
  for (int step = blockDim.x / 2; step > 0; step /= 2) {
    __syncthreads();
    if (threadIdx.x < step) part[threadIdx.x] += part[threadIdx.x + step];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = part[0];
}
"""


def main() -> None:
    device = nexus.get_runtime("cuda").get_device(0)

    # NVRTC compiles the text; if it is missing, the error says how to install it.
    library = device.compile(SOURCE)
    kernel = library.get_kernel("block_sums")
    print(f"{device.name}: groups of up to {kernel.get_property_int('MaxThreadsPerThreadgroup')}")

    group, count = 256, 10_000
    groups = -(-count // group)
    values = np.random.default_rng(0).random(count, np.float32)
    x = device.create_buffer(values)
    sums = device.create_buffer((groups,), dtype="float32")

    # The driver reports the size of each argument, so a scalar of the wrong size is refused.
    kernel(
        x,
        sums,
        np.int32(count),
        group_size=group,
        grid_size=groups * group,
        shared_memory_size=group * 4,
    )
    total = float(sums.numpy().sum())
    assert np.isclose(total, values.sum(), rtol=1e-5)
    print(f"the sum of {count} numbers is {total:.2f}")


if __name__ == "__main__":
    main()
