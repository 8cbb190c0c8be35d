"""Truth values, property keys, and what buffers, libraries and kernels tell of themselves."""

from __future__ import annotations

import numpy as np
import pytest

import nexus

TWO = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(first, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 1; }
NXS_KERNEL(second, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 2; }
"""


def objects_of(device):
    library = device.compile(TWO)
    schedule = device.create_schedule()
    kernel = library.get_kernel("first")
    return [
        *(library, schedule, kernel, schedule.create_command(kernel)),
        *(device.create_buffer(8), device.create_event(), device.create_stream()),
    ]


def test_an_object_is_true_while_it_is_open(cpu):
    assert cpu
    assert cpu.runtime
    for found in objects_of(cpu):
        assert bool(found) is True
        found.close()
        assert bool(found) is False


def test_property_keys(cpu):
    for found in [cpu.runtime, cpu, *objects_of(cpu)]:
        keys = found.get_property_keys()
        assert keys
        assert all(isinstance(key, nexus.property) for key in keys)
        assert {key.name for key in keys} >= set(found.properties())
    buffer = cpu.create_buffer(8)
    buffer.close()
    with pytest.raises(nexus.InvalidHandleError):
        buffer.get_property_keys()


def test_property_keys_of_a_plugin_without_the_property_keys(cpu, monkeypatch):
    buffer = cpu.create_buffer(8)
    listed = buffer.properties()
    monkeypatch.setattr(nexus.Buffer, "_keys", lambda _: None)
    assert {key.name for key in buffer.get_property_keys()} == set(listed)


def test_sizes_of_buffers(cpu):
    buffer = cpu.create_buffer((3, 4), dtype="float32")
    assert (buffer.numel, buffer.element_size, buffer.size_bytes) == (12, 4, 48)
    plain = cpu.create_buffer(10)
    assert (plain.numel, plain.element_size, plain.size_bytes) == (10, 1, 10)
    halves = cpu.create_buffer(6, dtype="int4")
    assert (halves.numel, halves.size_bytes) == (6, 3)
    with pytest.raises(TypeError, match="an element of I4 has 4 bits"):
        _ = halves.element_size


def test_the_address_of_a_buffer(cpu):
    array = np.arange(8, dtype=np.float32)
    shared = cpu.create_buffer(array, copy=False)
    assert shared.data_ptr() == array.ctypes.data
    buffer = cpu.create_buffer(array)
    address = buffer.data_ptr()
    view = buffer.numpy()
    buffer.close()
    assert address == view.ctypes.data
    assert view.tolist() == list(range(8))
    with pytest.raises(nexus.InvalidHandleError):
        buffer.data_ptr()


def test_a_buffer_without_an_address_says_so(cpu, monkeypatch):
    buffer = cpu.create_buffer(8)
    monkeypatch.setattr(nexus.Buffer, "_address", lambda *_: 0)
    with pytest.raises(nexus.NotSupportedError, match="does not tell the address"):
        buffer.data_ptr()


def test_information_and_kernels_of_a_library(cpu):
    library = cpu.compile(TWO)
    assert sorted(library.get_info().get_str_vec("SubUnits")) == ["first", "second"]
    kernels = {kernel.name: kernel for kernel in library.get_kernels()}
    assert sorted(kernels) == ["first", "second"]
    assert kernels["second"].get_info().get_str("Name") == "second"
    x = cpu.create_buffer(4, dtype="float32")
    kernels["second"](x, group_size=4, grid_size=4)
    assert x.numpy().tolist() == [2.0] * 4


def test_a_library_whose_kernels_are_not_listed(cpu, monkeypatch):
    library = cpu.compile(TWO)

    def unknown(*_):
        raise nexus.PropertyNotFoundError("unknown", nexus.status.NXS_InvalidProperty)

    monkeypatch.setattr(nexus.Library, "get_property_str_vec", unknown)
    with pytest.raises(nexus.NotSupportedError, match=r"get_kernel\(name\)"):
        library.get_kernels()
