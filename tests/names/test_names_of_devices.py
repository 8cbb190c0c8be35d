"""What a device has created, libraries of a given size, shapes without a type."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import nexus

SOURCE = b"""#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(one, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 1; }
"""
MADE = {
    "get_buffers": lambda device: device.create_buffer(64),
    "get_events": lambda device: device.create_event(),
    "get_libraries": lambda device: device.compile(SOURCE),
    "get_schedules": lambda device: device.create_schedule(),
    "get_streams": lambda device: device.create_stream(),
}


@pytest.mark.parametrize("name", MADE)
def test_what_a_device_has_created(cpu, name):
    gc.collect()
    make, listed = MADE[name], getattr(cpu, name)
    before = set(listed())
    kept, closed, dropped = (make(cpu) for _ in range(3))
    assert set(listed()) - before == {kept, closed, dropped}
    closed.close()
    del dropped
    assert set(listed()) - before == {kept}
    assert sorted(kept._handle for kept in listed()) == [kept._handle for kept in listed()]


def test_lists_leave_out_objects_of_other_devices(cpu, scratch):
    foreign = scratch.create_buffer(8)
    assert foreign in scratch.get_buffers()
    assert foreign not in cpu.get_buffers()


def test_lists_while_other_threads_create(cpu):
    stop = threading.Event()

    def create():
        while not stop.is_set():
            cpu.create_buffer(8)

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        kept = cpu.create_buffer(8)
        for _ in range(5):
            assert kept in cpu.get_buffers()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_a_library_that_is_the_beginning_of_bytes(cpu, wrap):
    library = cpu.load_library(wrap(SOURCE + b"this is no C"), len(SOURCE))
    assert [kernel.name for kernel in library.get_kernels()] == ["one"]


@pytest.mark.parametrize("size", [-1, len(SOURCE) + 1, True])
def test_a_size_that_the_bytes_do_not_have(cpu, size):
    with pytest.raises(ValueError, match=f"in {len(SOURCE)} bytes is 0 to {len(SOURCE)}, got"):
        cpu.load_library(SOURCE, size)


def test_a_shape_without_a_type_counts_bytes(cpu):
    buffer = cpu.create_buffer((3, 4))
    assert (buffer.shape, buffer.nbytes, buffer.element_size) == ((3, 4), 12, 1)
    assert buffer.data_type is nexus.data_type.Undefined
    array = buffer.numpy()
    assert array.dtype == np.uint8
    assert array.tolist() == [[0] * 4] * 3
