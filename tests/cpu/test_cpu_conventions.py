"""Kernels in both calling conventions: an item per call, and a work-group per call."""

from __future__ import annotations

import numpy as np
import pytest

import nexus

PLAIN = """
#define EXPORT __attribute__((visibility("default")))
void _cpu_barrier(void *);
static int global(const int *size, const int *id, int d) { return id[d] * size[3 + d] + id[3 + d]; }
EXPORT void add_one(float *x, const int *n, int *size, int *id, void *shared, void *barrier) {
  const int i = global(size, id, 0);
  if (i < *n) x[i] += 1;
}
EXPORT void ids(int *out, int *size, int *id, void *shared, void *barrier) {
  const int x = global(size, id, 0), y = global(size, id, 1), z = global(size, id, 2);
  const int width = size[0] * size[3], height = size[1] * size[4];
  out[(z * height + y) * width + x] = x + 1000 * y + 1000000 * z;
}
EXPORT void reverse(float *x, int *size, int *id, float *shared, void *barrier) {
  const int i = global(size, id, 0), local = id[3], last = size[3] - 1;
  shared[local] = x[i];
  _cpu_barrier(barrier);
  x[i] = shared[last - local];
}
EXPORT void uneven(int *out, int *size, int *id, int *shared, void *barrier) {
  /* Some items end before others reach the barrier, as those of a ragged edge do. */
  if (id[3] % 2) return;
  shared[id[3] / 2] = id[3];
  _cpu_barrier(barrier);
  _cpu_barrier(barrier);
  out[id[3]] = shared[size[3] / 2 - 1 - id[3] / 2];
}
"""


WORK_GROUP = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(ids, NXS_OUT(nxs_int, out)) {
  NXS_ITEMS {
    const nxs_int x = NXS_GLOBAL_ID(0), y = NXS_GLOBAL_ID(1), z = NXS_GLOBAL_ID(2);
    out[(z * NXS_GLOBAL_SIZE(1) + y) * NXS_GLOBAL_SIZE(0) + x] = x + 1000 * y + 1000000 * z;
  }
}
NXS_KERNEL(reverse, NXS_OUT(float, x)) {
  NXS_SHARED_DYNAMIC(float, shared);
  NXS_ITEMS { shared[NXS_LOCAL_ID(0)] = x[NXS_GLOBAL_ID(0)]; }
  NXS_BARRIER;
  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] = shared[NXS_GROUP_SIZE(0) - 1 - NXS_LOCAL_ID(0)]; }
}
NXS_KERNEL(sum, NXS_IN(double, x), NXS_OUT(double, out), NXS_SCALAR(nxs_int, n)) {
  NXS_SHARED(double, part, 64);
  NXS_PRIVATE(double, own);
  NXS_ITEMS {
    NXS_MY(own) = 0;
    for (nxs_int i = NXS_GLOBAL_ID(0); i < n; i += NXS_GLOBAL_SIZE(0)) NXS_MY(own) += x[i];
  }
  NXS_BARRIER;
  NXS_ITEMS { part[NXS_LOCAL_ID(0)] = NXS_MY(own); }
  for (nxs_int half = NXS_GROUP_SIZE(0) / 2; half > 0; half /= 2) {
    NXS_BARRIER;
    NXS_ITEMS {
      if (NXS_LOCAL_ID(0) >= half) continue;
      part[NXS_LOCAL_ID(0)] += part[NXS_LOCAL_ID(0) + half];
    }
  }
  out[NXS_GROUP_ID(0)] = part[0];
}
NXS_KERNEL(types, NXS_SCALAR(double, a), NXS_SCALAR(nxs_long, b), NXS_SCALAR(nxs_uchar, c),
           NXS_SCALAR(nxs_short, d), NXS_OUT(double, out)) {
  out[NXS_GROUP_ID(0)] = a + (double)b + c + d;
}
NXS_KERNEL(nothing) { (void)nxs_group; }
"""


def expected_ids(width, height, depth):
    z, y, x = np.mgrid[:depth, :height, :width]
    return x + 1000 * y + 1000000 * z


@pytest.fixture(params=["plain", "work_group"])
def both(request, cpu):
    """Return the same kernels in each calling convention."""
    return cpu.compile(PLAIN if request.param == "plain" else WORK_GROUP)


@pytest.mark.parametrize(
    ("group", "grid"),
    [
        ((4, 1, 1), (64, 1, 1)),
        ((4, 2, 1), (16, 6, 1)),
        ((3, 2, 2), (9, 8, 6)),
        ((1, 1, 1), (5, 3, 2)),
    ],
)
def test_items_know_where_they_are(cpu, both, group, grid):
    out = cpu.create_buffer(np.full(grid[::-1], -1, np.int32))
    both.get_kernel("ids")(out, group_size=group, grid_size=grid)
    assert (out.numpy() == expected_ids(*grid)).all()


@pytest.mark.parametrize("group", [1, 2, 64, 1024])
def test_items_wait_for_each_other(cpu, both, group):
    data = np.random.default_rng(1).random(4096, dtype=np.float32)
    x = cpu.create_buffer(data)
    kernel = both.get_kernel("reverse")
    kernel(x, group_size=group, grid_size=data.size, shared_memory_size=4 * group)
    assert (x.numpy().reshape(-1, group) == data.reshape(-1, group)[:, ::-1]).all()


def test_items_may_end_before_a_barrier(cpu):
    out = cpu.create_buffer(np.zeros(64, np.int32))
    kernel = cpu.compile(PLAIN).get_kernel("uneven")
    kernel(out, group_size=64, grid_size=64, shared_memory_size=256)
    assert out.numpy()[::2].tolist() == list(range(62, -1, -2))


def test_many_groups_of_many_fibers_on_many_threads(cpu):
    data = np.arange(1 << 16, dtype=np.float32)
    x = cpu.create_buffer(data)
    kernel = cpu.compile(PLAIN).get_kernel("reverse")
    for _ in range(2):
        kernel(x, group_size=128, grid_size=data.size, shared_memory_size=512)
    assert (x.numpy() == data).all()


def test_reduction_with_private_and_shared_memory(cpu):
    data = np.random.default_rng(2).random(100_003)
    x, out = cpu.create_buffer(data), cpu.create_buffer(16, dtype="float64")
    cpu.compile(WORK_GROUP).get_kernel("sum")(x, out, data.size, group_size=64, grid_size=1024)
    assert np.isclose(out.numpy().sum(), data.sum(), rtol=1e-12)


def test_declared_types_decide_what_a_scalar_becomes(cpu):
    kernel = cpu.compile(WORK_GROUP).get_kernel("types")
    assert [(a.kind, a.data_type.name) for a in kernel.arguments] == [
        ("scalar", "F64"),
        ("scalar", "I64"),
        ("scalar", "U8"),
        ("scalar", "I16"),
        ("out", "F64"),
    ]
    assert kernel.get_property_str_vec("ArgumentNames") == ["a", "b", "c", "d", "out"]
    out = cpu.create_buffer(1, dtype="float64")
    kernel(0.5, 2**40, 255, -3, out, group_size=1, grid_size=1)
    assert out.numpy().tolist() == [0.5 + 2**40 + 255 - 3]
    with pytest.raises(OverflowError, match="256"):
        kernel(0.5, 1, 256, 1, out, group_size=1, grid_size=1)


def test_kernels_without_arguments(cpu):
    kernel = cpu.compile(WORK_GROUP).get_kernel("nothing")
    assert kernel(group_size=1, grid_size=1) is nexus.status.NXS_Success
    assert kernel.get_property_int("Count") == 0
