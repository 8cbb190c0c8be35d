"""Multiply matrices by tiles: a two-dimensional grid, shared tiles, private sums."""

import numpy as np

import nexus

SOURCE = """
#include <nexus-api/nxs_kernel.h>

#define TILE 16

/* c = a b for row-major a (rows x depth), b (depth x columns), c (rows x columns), all of them
   multiples of TILE. */
NXS_KERNEL(matmul, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),
           NXS_SCALAR(nxs_int, depth))
{
  NXS_SHARED(float, a_tile, TILE * TILE);
  NXS_SHARED(float, b_tile, TILE * TILE);
  NXS_PRIVATE(float, sum);
  const nxs_int columns = NXS_GLOBAL_SIZE(0);

  NXS_ITEMS { NXS_MY(sum) = 0.0f; }
  for (nxs_int start = 0; start < depth; start += TILE) {
    NXS_ITEMS
    {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      a_tile[y * TILE + x] = a[NXS_GLOBAL_ID(1) * depth + start + x];
      b_tile[y * TILE + x] = b[(start + y) * columns + NXS_GLOBAL_ID(0)];
    }
    NXS_BARRIER;
    NXS_ITEMS
    {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      for (nxs_int k = 0; k < TILE; ++k) NXS_MY(sum) += a_tile[y * TILE + k] * b_tile[k * TILE + x];
    }
    NXS_BARRIER;
  }
  NXS_ITEMS { c[NXS_GLOBAL_ID(1) * columns + NXS_GLOBAL_ID(0)] = NXS_MY(sum); }
}
"""
TILE = 16


def main() -> None:
    device = nexus.get_runtime("cpu").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("matmul")

    rows, depth, columns = 128, 64, 192
    rng = np.random.default_rng(seed=1)
    a = rng.random((rows, depth), dtype=np.float32)
    b = rng.random((depth, columns), dtype=np.float32)
    c = device.create_buffer((rows, columns), dtype="float32")

    # Sizes are given x first, so columns come before rows.
    kernel(
        *(device.create_buffer(a), device.create_buffer(b), c, depth),
        group_size=(TILE, TILE),
        grid_size=(columns, rows),
    )

    difference = np.abs(c.numpy() - a @ b).max()
    print(f"{rows} x {depth} times {depth} x {columns}: differs from NumPy by {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
