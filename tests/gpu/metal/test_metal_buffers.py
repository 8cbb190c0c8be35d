"""Memory of a Metal device."""

import mmap

import numpy as np
import pytest

import nexus

ON_HOST, ON_DEVICE = nexus.buffer_settings.OnHost, nexus.buffer_settings.OnDevice


def test_nothing_as_an_argument(device, library):
    with (
        device.create_buffer(0) as nothing,
        device.create_buffer((4,), dtype="float32") as out,
        library.get_kernel("add") as add,
    ):
        add(nothing, nothing, out, 0, group_size=4, grid_size=4)
        assert not out.numpy().any()


@pytest.mark.parametrize("size", [3, 1 << 20])
def test_fill_of_much(device, size):
    """More than is in transit to the device at a time."""
    pattern = np.random.default_rng(size).bytes(size)
    times = (20 << 20) // size
    with device.create_buffer(size * times, settings=ON_DEVICE) as buffer:
        buffer.fill(pattern)
        assert buffer.numpy().tobytes() == pattern * times


def test_shared_memory_is_the_hosts(device):
    if not device.unified_memory:
        pytest.skip("the GPU has memory of its own")
    with device.create_buffer((4,), dtype="float32") as buffer:
        view = buffer.numpy()
        buffer.fill(7.0)
        assert view.tolist() == [7] * 4
        view[:] = 3
        copy = np.empty(4, np.float32)
        buffer.copy(copy)
        assert copy.tolist() == [3] * 4


def test_private_memory_is_not_the_hosts(device):
    with device.create_buffer((4,), dtype="float32", settings=ON_DEVICE) as buffer:
        with pytest.raises(ValueError, match="host cannot"):
            buffer.__array__(copy=False)
        assert buffer.numpy().tolist() == [0] * 4


def test_kernel_on_private_memory(device, library):
    data = np.arange(64, dtype=np.float32)
    with (
        device.create_buffer(data, settings=ON_DEVICE) as x,
        library.get_kernel("scale") as scale,
    ):
        scale(x, 2.0, group_size=32, grid_size=64)
        np.testing.assert_array_equal(x.numpy(), 2 * data)


@pytest.mark.parametrize("count", [16, 4096, 5000])
def test_wrapped_memory_is_the_same_memory(device, library, count):
    if not device.unified_memory:
        pytest.skip("the GPU has memory of its own")
    data = np.frombuffer(mmap.mmap(-1, 4 * count), np.float32)
    data[:] = 1
    with (
        device.create_buffer(data, copy=False) as x,
        library.get_kernel("scale") as scale,
    ):
        assert x.get_property_int("Value") == data.ctypes.data
        scale(x, 3.0, group_size=8, grid_size=count)
        assert (data == 3).all()
        x.fill(5.0)
        assert (data == 5).all()


def test_memory_within_a_page_cannot_be_shared(device):
    if not device.unified_memory:
        pytest.skip("the GPU has memory of its own")
    data = np.frombuffer(mmap.mmap(-1, 4096), np.uint8)[16:]
    with pytest.raises(nexus.NexusError, match=r"16 bytes after.*mmap") as caught:
        device.create_buffer(data, copy=False)
    assert caught.value.status == nexus.status.NXS_InvalidHostPtr


def test_too_much_memory(device):
    with pytest.raises(nexus.OutOfMemoryError, match="exceeds the maximum"):
        device.create_buffer(device.get_property_int("MaxBufferSize") + 1)


def test_no_memory(device, standin, settings):
    standin.set("fail_buffer", 1)
    with pytest.raises(nexus.OutOfMemoryError, match="no memory"):
        device.create_buffer(100, settings=settings)


@pytest.mark.parametrize(
    "fault", ["fail_buffer", "fail_command_buffer", "fail_encoder", "fail_run"]
)
@pytest.mark.parametrize("act", ["read", "write", "fill"])
def test_transfers_that_fail(device, standin, fault, act):
    data = np.arange(100, dtype=np.uint8)
    with device.create_buffer(data, settings=ON_DEVICE) as buffer:
        standin.set(fault, 1)
        with pytest.raises(nexus.NexusError):
            {
                "read": buffer.numpy,
                "write": lambda: buffer.copy_from(data),
                "fill": lambda: buffer.fill(b"ab"),
            }[act]()
        np.testing.assert_array_equal(buffer.numpy(), data)


def test_copies_between_buffers(device, settings):
    data = np.arange(100, dtype=np.int16)
    with (
        device.create_buffer(data, settings=settings) as first,
        device.copy_buffer(first) as second,
    ):
        first.fill(0)
        np.testing.assert_array_equal(second.numpy(), data)


def test_copy_between_devices(runtime):
    devices = runtime.get_devices()
    if len(devices) < 2:
        pytest.skip("one device only")
    data = np.arange(100, dtype=np.int16)
    with devices[0].create_buffer(data) as first, devices[1].copy_buffer(first) as second:
        np.testing.assert_array_equal(second.numpy(), data)
        assert second.device is devices[1]
