"""Compile HIP C++ at run time and run it on an AMD GPU: a sum over groups of whole waves."""

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
    device = nexus.get_runtime("hip").get_device(0)

    # hiprtc compiles the text for this device; if it is missing, the error says how to install it.
    kernel = device.compile(SOURCE).get_kernel("block_sums")
    target = device.get_property_str("Features")
    print(f"{device.name}: {target}, waves of {device.get_property_int('SIMDSize')}")

    # Groups of whole waves, 32 or 64 threads each, leave no lane idle.
    group, count = 4 * device.get_property_int("SIMDSize"), 10_000
    groups = -(-count // group)
    values = np.random.default_rng(0).random(count, np.float32)
    x = device.create_buffer(values)
    sums = device.create_buffer((groups,), dtype="float32")

    # The code object lists each argument's size, so a scalar of the wrong size is refused.
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
