"""Memory of a CUDA device."""

import ctypes

import numpy as np
import pytest

import nexus


@pytest.mark.standin
def test_memory_in_pieces(device, driver, wrap):
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
    wrap(first + 1, 2 * page - 1).close()
    with pytest.raises(nexus.NexusError, match=f"{2 * page} from the pointer on"):
        wrap(first, 2 * page + 1)
    for place in places:
        assert driver.cuMemHostUnregister(place) == 0
    assert driver.cuCtxPopCurrent_v2(ctypes.byref(context)) == 0
    assert driver.cuDevicePrimaryCtxRelease_v2(device.index) == 0


def test_too_much_memory(device):
    with pytest.raises(nexus.OutOfMemoryError, match="OUT_OF_MEMORY"):
        device.create_buffer(device.get_property_int("GlobalMemorySize") * 4)
