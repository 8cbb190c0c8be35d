"""Compile OpenCL C at run time and run it: a sum over groups in local memory."""

import numpy as np

import nexus

SOURCE = """
kernel void group_sums(global const float *x, global float *sums, int count, local float *part) {
  int i = get_global_id(0), item = get_local_id(0);
  part[item] = i < count ? x[i] : 0.0f;
  for (int step = get_local_size(0) / 2; step > 0; step /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < step) part[item] += part[item + step];
  }
  if (item == 0) sums[get_group_id(0)] = part[0];
}
"""


def main() -> None:
    device = nexus.get_runtime("opencl").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("group_sums")
    print(f"{device.name}: groups of up to {kernel.get_property_int('MaxThreadsPerThreadgroup')}")

    group, count = 64, 10_000
    groups = -(-count // group)
    values = np.random.default_rng(0).random(count, np.float32)
    x = device.create_buffer(values)
    sums = device.create_buffer((groups,), dtype="float32")

    # The local pointer gets the group's shared memory: it is not an argument of the call.
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
