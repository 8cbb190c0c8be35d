"""Memory of a CUDA device."""

import ctypes

import numpy as np
import pytest

import nexus

ON_HOST, ON_DEVICE = nexus.buffer_settings.OnHost, nexus.buffer_settings.OnDevice


def test_fill_by_value(device):
    for dtype, value in (("int8", -3), ("int16", -300), ("float32", 0.5), ("float64", 1e300)):
        with device.create_buffer((10,), dtype=dtype) as buffer:
            buffer.fill(value)
            assert (buffer.numpy() == value).all()


def test_fill_of_memory_at_an_odd_address(device):
    with device.create_buffer(np.zeros(64, np.uint8)) as whole:
        place = whole.get_property_int("Value") + 1
        with wrap(device, place, 62) as odd:
            odd.fill(b"\1\2")
        assert whole.numpy().tobytes() == b"\0" + b"\1\2" * 31 + b"\0"


def wrap(device, address, size):
    """Create a buffer of device memory, as a program in C would."""
    from nexus import allocation
    from nexus._ffi import ffi
    from nexus.arrays.layout import Layout

    layout = Layout((size,), nexus.data_type.Undefined)
    pointer = ffi.cast("void *", address)
    return allocation.allocate(device, layout, pointer, int(ON_DEVICE), shared=object())


def test_wrapped_memory_is_the_same_memory(device):
    with device.create_buffer(np.arange(8, dtype=np.uint8)) as buffer:
        address = buffer.get_property_int("Value")
        with wrap(device, address, 8) as other:
            assert other.get_property_int("Value") == address
            other.fill(7)
        assert (buffer.numpy() == 7).all()


def test_wrapping_more_than_there_is(device):
    with device.create_buffer(64) as buffer:
        address = buffer.get_property_int("Value")
        with pytest.raises(nexus.NexusError, match="from the pointer on") as caught:
            wrap(device, address, 1 << 40)
        assert caught.value.status == nexus.status.NXS_InvalidBufferSize


@pytest.mark.standin
def test_memory_in_pieces(device, driver):
    """Memory like PyTorch's expandable segments; on the stand-in, registered memory."""
    page = 4096
    host = np.zeros(4 * page, np.uint8)
    first = -(-host.ctypes.data // page) * page
    context = ctypes.c_void_p()
    assert driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device.index) == 0
    assert driver.cuCtxPushCurrent_v2(context) == 0
    places = [ctypes.c_void_p(first + n * page) for n in range(2)]
    for place in places:
        assert driver.cuMemHostRegister_v2(place, ctypes.c_size_t(page), 0) == 0
    wrap(device, first + 1, 2 * page - 1).close()
    with pytest.raises(nexus.NexusError, match=f"{2 * page} from the pointer on"):
        wrap(device, first, 2 * page + 1)
    for place in places:
        assert driver.cuMemHostUnregister(place) == 0
    assert driver.cuCtxPopCurrent_v2(ctypes.byref(context)) == 0
    assert driver.cuDevicePrimaryCtxRelease_v2(device.index) == 0


def test_wrapping_memory_that_the_driver_does_not_know(device):
    host = np.zeros(64, np.uint8)
    with pytest.raises(nexus.NexusError) as caught:
        wrap(device, host.ctypes.data, 64)
    assert caught.value.status == nexus.status.NXS_InvalidHostPtr


def test_too_much_memory(device):
    with pytest.raises(nexus.OutOfMemoryError, match="OUT_OF_MEMORY"):
        device.create_buffer(device.get_property_int("GlobalMemorySize") * 4)


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
