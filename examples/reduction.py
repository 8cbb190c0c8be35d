"""Sum a vector: each group sums its part in shared memory, the host adds the groups' sums."""

import numpy as np

import nexus

SOURCE = """
#include <nexus-api/nxs_kernel.h>

#define GROUP 256

NXS_KERNEL(sum, NXS_IN(float, x), NXS_OUT(float, sums), NXS_SCALAR(nxs_int, n))
{
  NXS_SHARED(float, part, GROUP);
  NXS_ITEMS
  {
    const nxs_int i = NXS_GLOBAL_ID(0);
    part[NXS_LOCAL_ID(0)] = i < n ? x[i] : 0.0f;
  }
  /* In each step half of the items add the values of the other half, until one is left. */
  for (nxs_int half = GROUP / 2; half > 0; half /= 2) {
    NXS_BARRIER;
    NXS_ITEMS
    {
      const nxs_int i = NXS_LOCAL_ID(0);
      if (i < half) part[i] += part[i + half];
    }
  }
  NXS_BARRIER;
  NXS_ITEMS
  {
    if (NXS_LOCAL_ID(0) == 0) sums[NXS_GROUP_ID(0)] = part[0];
  }
}
"""
GROUP = 256


def main() -> None:
    device = nexus.get_runtime("cpu").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("sum")

    count = 1_000_001
    values = np.random.default_rng(seed=1).random(count, dtype=np.float32)
    groups = -(-count // GROUP)
    x = device.create_buffer(values)
    sums = device.create_buffer(groups, dtype="float32")

    kernel(x, sums, count, group_size=GROUP, grid_size=groups * GROUP)

    total = sums.numpy().sum(dtype=np.float64)
    expected = values.sum(dtype=np.float64)
    print(f"{total:.3f}, and NumPy gets {expected:.3f}")
    assert abs(total - expected) < 1e-5 * expected


if __name__ == "__main__":
    main()
