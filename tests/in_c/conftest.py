"""A device whose calls are made in C, and a kernel with what can be its arguments."""

from __future__ import annotations

import pytest
from support.both_paths import Hostile

import nexus


@pytest.fixture(scope="module")
def cpu():
    """Yield the device, made to take the calls in C though a buffer has shared memory before."""
    device = nexus.get_runtime("cpu").get_device(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "_unusual", False)
        patch.setattr(device._runs, "shares", False)
        yield device


@pytest.fixture(scope="module")
def add(cpu):
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c)) {
      NXS_ITEMS c[NXS_GLOBAL_ID(0)] = a[NXS_GLOBAL_ID(0)] + b[NXS_GLOBAL_ID(0)];
    }
    """)
    return library.get_kernel("add")


@pytest.fixture(scope="module")
def arguments(cpu):
    """Buffers of 16 items, and what is none that the kernel takes."""
    a, b, c = (cpu.create_buffer((16,), dtype="float32") for _ in range(3))
    a.fill(1)
    b.fill(2)
    closed = cpu.create_buffer((16,), dtype="float32")
    closed.close()
    integers = cpu.create_buffer((16,), dtype="int32")
    return [a, b, c, cpu.create_buffer(64), closed, integers, 1, 2.5, None, Hostile(), [1.0]]
