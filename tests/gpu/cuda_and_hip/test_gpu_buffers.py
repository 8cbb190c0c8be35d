"""Memory of a GPU of CUDA or HIP."""

import numpy as np
import pytest

import nexus


def test_fill_by_value(device):
    for dtype, value in (("int8", -3), ("int16", -300), ("float32", 0.5), ("float64", 1e300)):
        with device.create_buffer((10,), dtype=dtype) as buffer:
            buffer.fill(value)
            assert (buffer.numpy() == value).all()


def test_fill_of_memory_at_an_odd_address(device, wrap):
    with device.create_buffer(np.zeros(64, np.uint8)) as whole:
        place = whole.get_property_int("Value") + 1
        with wrap(place, 62) as odd:
            odd.fill(b"\1\2")
        assert whole.numpy().tobytes() == b"\0" + b"\1\2" * 31 + b"\0"


def test_wrapped_memory_is_the_same_memory(device, wrap):
    with device.create_buffer(np.arange(8, dtype=np.uint8)) as buffer:
        address = buffer.get_property_int("Value")
        with wrap(address, 8) as other:
            assert other.get_property_int("Value") == address
            other.fill(7)
        assert (buffer.numpy() == 7).all()


def test_wrapping_more_than_there_is(device, wrap):
    with device.create_buffer(64) as buffer:
        address = buffer.get_property_int("Value")
        with pytest.raises(nexus.NexusError, match="from the pointer on") as caught:
            wrap(address, 1 << 40)
        assert caught.value.status == nexus.status.NXS_InvalidBufferSize


def test_wrapping_memory_that_the_driver_does_not_know(device, wrap):
    host = np.zeros(64, np.uint8)
    with pytest.raises(nexus.NexusError) as caught:
        wrap(host.ctypes.data, 64)
    assert caught.value.status == nexus.status.NXS_InvalidHostPtr


def test_host_memory_cannot_be_shared(device):
    with pytest.raises(ValueError, match="copy=True"):
        device.create_buffer(np.zeros(4), copy=False)


def test_copy_from_another_buffer(device):
    data = np.arange(100, dtype=np.int16)
    with device.create_buffer(data) as first, device.copy_buffer(first) as second:
        first.fill(0)
        np.testing.assert_array_equal(second.numpy(), data)


def test_copy_between_devices(runtime):
    data = np.arange(100, dtype=np.int16)
    devices = runtime.get_devices()
    if len(devices) < 2:
        pytest.skip("one device only")
    with devices[0].create_buffer(data) as first, devices[1].copy_buffer(first) as second:
        np.testing.assert_array_equal(second.numpy(), data)
        assert second.device is devices[1]
