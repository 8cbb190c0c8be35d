"""Memory of a device of OpenCL: shared with the host where the driver has fine-grained SVM."""

import mmap

import numpy as np
import pytest

import nexus

ON_DEVICE = nexus.buffer_settings.OnDevice


@pytest.fixture
def shared(device):
    if not device.unified_memory:
        pytest.skip("the driver shares no memory with the host (fine-grained SVM)")


@pytest.mark.usefixtures("shared")
def test_memory_is_the_hosts(device, library):
    with (
        device.create_buffer((64,), dtype="float32") as buffer,
        library.get_kernel("scale") as scale,
    ):
        view = np.asarray(buffer)
        assert view.ctypes.data == buffer.get_property_int("Value")
        buffer.fill(7.0)
        assert view.tolist() == [7] * 64
        view[:] = 3
        scale(buffer, 2.0, group_size=8, grid_size=64)
        assert view.tolist() == [6] * 64


def test_memory_that_is_not_shared_has_no_view(device):
    if device.unified_memory:
        pytest.skip("the memory is the host's")
    with (
        device.create_buffer((4,), dtype="float32") as buffer,
        pytest.raises(ValueError, match="host cannot"),
    ):
        buffer.__array__(copy=False)


@pytest.mark.parametrize("count", [16, 4096, 5000])
def test_wrapped_memory_is_the_same_memory(device, library, count):
    data = np.frombuffer(mmap.mmap(-1, 4 * count), np.float32)
    data[:] = 1
    if not device.unified_memory:
        with pytest.raises(ValueError, match="memory of its own"):
            device.create_buffer(data, copy=False)
        return
    with (
        device.create_buffer(data, copy=False) as x,
        library.get_kernel("scale") as scale,
    ):
        scale(x, 3.0, group_size=8, grid_size=count)
        assert (data == 3).all()
        x.fill(5.0)
        assert (data == 5).all()


def test_nothing_as_an_argument(device, library):
    with (
        device.create_buffer(0) as nothing,
        device.create_buffer((4,), dtype="float32") as out,
        library.get_kernel("add") as add,
    ):
        add(nothing, nothing, out, 0, group_size=4, grid_size=4)
        assert not out.numpy().any()


@pytest.mark.parametrize("size", [3, 129, 1 << 20])
def test_fill_of_much(device, size):
    """Patterns that OpenCL does not fill with: no powers of two, or beyond 128 bytes."""
    pattern = np.random.default_rng(size).bytes(size)
    times = (20 << 20) // size
    with device.create_buffer(size * times, settings=ON_DEVICE) as buffer:
        buffer.fill(pattern)
        assert buffer.numpy().tobytes() == pattern * times


def test_copies_between_buffers(device, settings):
    data = np.arange(100, dtype=np.int16)
    with (
        device.create_buffer(data, settings=settings) as first,
        device.copy_buffer(first) as second,
    ):
        first.fill(0)
        np.testing.assert_array_equal(second.numpy(), data)


@pytest.mark.parametrize("shift", [-1, 0, 1, 1000])
def test_copies_of_memory_that_overlaps_the_buffer(device, shift):
    """As the C library's memmove does it, also where the driver makes large copies."""
    if not device.unified_memory:
        pytest.skip("the device shares no memory with the host")
    size = 1 << 21
    memory = np.random.default_rng(1).integers(0, 256, size + 2000, dtype=np.uint8)
    expected = memory[1000 + shift : 1000 + shift + size].copy()
    with device.create_buffer(memory[1000 : 1000 + size], copy=False) as buffer:
        buffer.copy_from(memory[1000 + shift : 1000 + shift + size])
        np.testing.assert_array_equal(buffer.numpy(), expected)


def test_copies_between_platforms(runtime):
    devices = runtime.get_devices()
    if len(devices) < 2:
        pytest.skip("one device only")
    data = np.arange(100, dtype=np.int16)
    with devices[0].create_buffer(data) as first, devices[1].copy_buffer(first) as second:
        np.testing.assert_array_equal(second.numpy(), data)
        assert second.device is devices[1]


def test_more_than_the_largest_buffer(device):
    with pytest.raises(nexus.OutOfMemoryError, match="exceeds the maximum"):
        device.create_buffer(device.get_property_int("MaxBufferSize") + 1)
