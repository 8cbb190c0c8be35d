"""Half-precision numbers and atomic operations of nxs_kernel.h, on every value and many threads."""

from __future__ import annotations

import numpy as np
import pytest

SOURCE = """
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(load, NXS_IN(nxs_ushort, x), NXS_OUT(float, y)) {
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = NXS_LOAD_HALF(x, NXS_GLOBAL_ID(0)); }
}
NXS_KERNEL(store, NXS_IN(float, x), NXS_OUT(nxs_ushort, y)) {
  NXS_ITEMS { NXS_STORE_HALF(y, NXS_GLOBAL_ID(0), x[NXS_GLOBAL_ID(0)]); }
}

/* Counts the items in x[0] and, twice, in x[3]; x[1], x[2] and y become the ends of ranges. */
NXS_KERNEL(take, NXS_OUT(nxs_int, x), NXS_OUT(nxs_uint, y), NXS_OUT(nxs_int, taken)) {
  NXS_SHARED(nxs_int, own, 3);
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) own[0] = own[1] = own[2] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0), value = (i * 37) % 1001 - 500;
    taken[i] = NXS_ATOMIC_ADD(&x[0], 1);
    NXS_ATOMIC_MIN(&x[1], value);
    NXS_ATOMIC_MAX(&x[2], value);
    NXS_ATOMIC_MIN(&y[0], 0x80000000u + (nxs_uint)i);
    NXS_ATOMIC_MAX(&y[1], 0x80000000u + (nxs_uint)i);
    if (NXS_GROUP_ATOMIC_ADD(&own[0], 2) % 2) NXS_ATOMIC_ADD(&x[4], 1);
    NXS_GROUP_ATOMIC_MIN(&own[1], value);
    NXS_GROUP_ATOMIC_MAX(&own[2], value);
  }
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) != 0) continue;
    NXS_ATOMIC_ADD(&x[3], own[0]);
    NXS_ATOMIC_MIN(&x[1], own[1]);
    NXS_ATOMIC_MAX(&x[2], own[2]);
  }
}
"""
GROUP = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("numbers")


@pytest.fixture(params=["c", "cpp", "c without the type", "cpp without the type"])
def library(request, cpu, folder):
    """Return the kernels as C and C++; also as of a compiler that lacks the type _Float16."""
    suffix, _, lacks = request.param.partition(" ")
    file = folder / f"numbers{len(lacks)}.{suffix}"
    file.write_text("#undef __FLT16_MANT_DIG__\n" * bool(lacks) + SOURCE)
    return cpu.load_library(file)


def test_every_half_is_loaded(cpu, library):
    bits = np.arange(1 << 16, dtype=np.uint16)
    y = cpu.create_buffer(bits.size, dtype="float32")
    library.get_kernel("load")(cpu.create_buffer(bits), y, group_size=GROUP, grid_size=bits.size)
    np.testing.assert_array_equal(y.numpy(), bits.view(np.float16).astype(np.float32))
    assert np.signbit(y.numpy()[0x8000])


def test_floats_are_rounded_to_the_nearest_half(cpu, library):
    """Every finite half, the middle to the next one, and the floats beside both."""
    bits = np.arange(0x7C00, dtype=np.uint16)
    halves = bits.view(np.float16).astype(np.float64)
    following = np.append(halves[1:], 65536.0)
    points = np.concatenate([halves, (halves + following) / 2]).astype(np.float32)
    beside = [np.nextafter(points, np.float32(to)) for to in (-np.inf, np.inf)]
    special = np.array([np.inf, np.nan, 1e30, 1e-30, 3.4e38, 1e-45], np.float32)
    x = np.concatenate([points, *beside, special])
    x = np.concatenate([x, -x])
    x = np.concatenate([x, np.zeros(-len(x) % GROUP, np.float32)])
    y = cpu.create_buffer(x.size, dtype="float16")
    library.get_kernel("store")(
        cpu.create_buffer(x), y.view("uint16"), group_size=GROUP, grid_size=x.size
    )
    with np.errstate(over="ignore"):
        expected = x.astype(np.float16)
    np.testing.assert_array_equal(y.numpy(), expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(y.numpy()[numbers]), np.signbit(expected[numbers]))


def test_atomic_operations_of_all_threads(cpu, library):
    items = 1 << 16
    x = cpu.create_buffer(5, dtype="int32")
    y = cpu.create_buffer(np.array([0xFFFFFFFF, 0], np.uint32))
    taken = cpu.create_buffer(items, dtype="int32")
    library.get_kernel("take")(x, y, taken, group_size=GROUP, grid_size=items)
    assert x.numpy().tolist() == [items, -500, 500, 2 * items, 0]
    assert y.numpy().tolist() == [0x80000000, 0x80000000 + items - 1]
    # Each value before an addition occurs once.
    assert (np.sort(taken.numpy()) == np.arange(items)).all()
