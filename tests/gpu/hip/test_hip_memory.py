"""Memory of a device of HIP: what kind it is, copies between devices, arrays of others."""

import ctypes

import numpy as np
import pytest
from support.errors import status_of

import nexus


class HipArray:
    """An array of another library, such as PyTorch or CuPy for ROCm."""

    def __init__(self, interface):
        self.__cuda_array_interface__ = interface


def made(device):
    return device.create_buffer(np.arange(6, dtype=np.float32).reshape(2, 3))


def test_dlpack_names_the_kind_of_device(device):
    rocm = 10
    buffer = made(device)
    assert buffer.__dlpack_device__() == (rocm, device.index)
    with device.create_buffer(buffer, copy=False) as same:
        same.fill(4)
    assert (buffer.numpy() == 4).all()


def test_array_interface(device):
    buffer = made(device)
    with device.create_buffer(HipArray(buffer.__cuda_array_interface__), copy=False) as shared:
        shared.fill(2)
    assert (buffer.numpy() == 2).all()


def test_memory_of_the_host_is_no_memory_of_the_device(device):
    """The numbers of the kinds of memory depend on the version of HIP."""
    host = np.zeros(6, np.float32)
    interface = dict(made(device).__cuda_array_interface__, data=(host.ctypes.data, False))
    with pytest.raises(nexus.NexusError) as caught:
        device.create_buffer(HipArray(interface), copy=False)
    assert status_of(caught) == "InvalidHostPtr"


def test_current_device_and_last_error_stay(device):
    """They belong to the program, which may use HIP as well."""
    from standins.hip.control import runtime_library

    hip = ctypes.CDLL(runtime_library())
    before, after = ctypes.c_int(-1), ctypes.c_int(-1)
    assert hip.hipGetDevice(ctypes.byref(before)) == 0
    no_device = 1000
    assert hip.hipSetDevice(no_device) != 0
    error = hip.hipPeekAtLastError()
    assert error
    with made(device) as buffer:
        assert buffer.numpy()[1, 2] == 5
    assert hip.hipGetLastError() == error
    with pytest.raises(nexus.OutOfMemoryError):
        device.create_buffer(4 * device.get_property_int("GlobalMemorySize"))
    assert hip.hipGetLastError() == 0
    assert hip.hipGetDevice(ctypes.byref(after)) == 0
    assert after.value == before.value


@pytest.mark.standin
@pytest.mark.parametrize(
    ("function", "result", "status"),
    [("hipMalloc", 2, "MemObjectAllocationFailure"), ("hipMemcpyAsync", 719, "DeviceNotAvailable")],
)
def test_failures_of_the_runtime(device, standin, function, result, status):
    standin.fail_call(function, result, times=2)
    with pytest.raises(nexus.NexusError) as caught:
        made(device)
    assert status_of(caught) == status
    assert "hipError" in str(caught.value)
