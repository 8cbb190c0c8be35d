"""Compile Metal Shading Language at run time and run it on an Apple GPU, on shared memory."""

import mmap

import numpy as np

import nexus

SOURCE = """
#include <metal_stdlib>
using namespace metal;

kernel void group_sums(device const float *x [[buffer(0)]], device float *sums [[buffer(1)]],
                       constant int &count [[buffer(2)]],
                       threadgroup float *part [[threadgroup(0)]],
                       uint i [[thread_position_in_grid]],
                       uint item [[thread_position_in_threadgroup]],
                       uint items [[threads_per_threadgroup]],
                       uint group [[threadgroup_position_in_grid]]) {
  part[item] = int(i) < count ? x[i] : 0.0f;
  for (uint step = items / 2; step > 0; step /= 2) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (item < step) part[item] += part[item + step];
  }
  if (item == 0) sums[group] = part[0];
}
"""


def main() -> None:
    device = nexus.get_runtime("metal").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("group_sums")
    print(f"{device.name}: groups of up to {kernel.get_property_int('MaxThreadsPerThreadgroup')}")

    group, count = 256, 10_000
    groups = -(-count // group)

    # Where host and GPU share memory, whole pages become a buffer without a copy.
    values = np.frombuffer(mmap.mmap(-1, 4 * count), np.float32)
    values[:] = np.random.default_rng(0).random(count, np.float32)
    x = device.create_buffer(values, copy=not device.unified_memory)
    sums = device.create_buffer((groups,), dtype="float32")

    # Metal reports the declared types, so the count is converted to an int.
    kernel(
        x,
        sums,
        count,
        group_size=group,
        grid_size=groups * group,
        shared_memory_size=group * 4,
    )
    total = float(sums.numpy().sum())
    assert np.isclose(total, values.sum(), rtol=1e-5)
    print(f"the sum of {count} numbers is {total:.2f}")


if __name__ == "__main__":
    main()
