"""Arrays of other libraries in a CUDA device's memory, both ways, without copies."""

import ctypes

import numpy as np
import pytest

import nexus
from nexus.arrays import dlpack

KIND = 2  # kDLCUDA


class Tensor:
    """An array of another library, over a buffer's memory."""

    def __init__(self, buffer):
        self.buffer = buffer
        self.streams = []

    def __dlpack__(self, *, stream=None, max_version=None):
        self.streams.append(stream)
        return self.buffer.__dlpack__(max_version=max_version)

    def __dlpack_device__(self):
        return self.buffer.__dlpack_device__()


class OldTensor(Tensor):
    """The same, with DLPack's protocol without versions."""

    def __dlpack__(self, *, stream=None):  # type: ignore[override]
        self.streams.append(stream)
        return self.buffer.__dlpack__()


class CudaArray:
    """An array that has the CUDA array interface only."""

    def __init__(self, interface):
        self.__cuda_array_interface__ = interface


def made(device):
    return device.create_buffer(np.arange(6, dtype=np.float32).reshape(2, 3))


def test_a_buffer_says_where_it_is(device):
    buffer = made(device)
    assert buffer.__dlpack_device__() == (KIND, device.index)
    interface = buffer.__cuda_array_interface__
    assert interface["data"] == (buffer.get_property_int("Value"), False)
    assert interface["shape"] == (2, 3)
    assert interface["typestr"] == "<f4"
    assert interface["version"] == 3
    assert interface["stream"] is None
    assert not hasattr(buffer, "__array_interface__")


def test_buffers_of_the_cpu_do_not():
    with nexus.create_buffer((2,), dtype="float32") as host:
        assert host.__dlpack_device__() == (1, 0)
        assert not hasattr(host, "__cuda_array_interface__")


@pytest.mark.parametrize("producer", [Tensor, OldTensor])
@pytest.mark.parametrize("dtype", ["float32", "int8", "float16", "bf16", "bool"])
def test_dlpack(device, producer, dtype):
    with device.create_buffer((4, 2), dtype=dtype) as source:
        tensor = producer(source)
        with device.create_buffer(tensor, copy=False) as shared:
            assert shared.get_property_int("Value") == source.get_property_int("Value")
            assert shared.shape == (4, 2)
            assert shared.data_type == source.data_type
            shared.fill(1)
        assert source.numpy().any()
        # Work on the producer's stream comes before ours.
        assert tensor.streams == [device.get_property_int("Value")]


def test_dlpack_with_a_copy(device):
    buffer = made(device)
    with device.create_buffer(Tensor(buffer)) as copied:
        assert copied.get_property_int("Value") != buffer.get_property_int("Value")
        buffer.fill(0)
        np.testing.assert_array_equal(copied.numpy(), np.arange(6).reshape(2, 3))


def test_memory_outlives_the_buffer(device):
    with device.create_buffer(np.arange(4, dtype=np.int32)) as first:
        shared = device.create_buffer(Tensor(first), copy=False)
    assert shared.numpy().tolist() == [0, 1, 2, 3]
    shared.close()
    del shared, first


def test_dlpack_to_the_host_copies(device):
    buffer = made(device)
    capsule = buffer.__dlpack__(dl_device=(1, 0))
    assert "dltensor" in repr(capsule)


def test_a_copy_by_dlpack_stays_on_the_device(device):
    buffer = made(device)
    capsule = buffer.__dlpack__(copy=True, max_version=(1, 0))
    tensor = dlpack._managed(capsule).tensor
    assert (tensor.device_type, tensor.device_id) == (KIND, device.index)
    assert tensor.data + tensor.byte_offset != buffer.get_property_int("Value")

    class Copied(Tensor):
        def __dlpack__(self, **_):
            return capsule

    buffer.fill(0)
    with device.create_buffer(Copied(buffer)) as copied:
        assert copied.numpy().tolist() == [[0, 1, 2], [3, 4, 5]]


def test_dlpack_to_the_host_needs_a_copy(device):
    buffer = made(device)
    with pytest.raises(BufferError, match="copy=False"):
        buffer.__dlpack__(dl_device=(1, 0), copy=False)
    buffer.__dlpack__(copy=False)
    with pytest.raises(BufferError, match=r"cannot go to \(2, 77\)"):
        buffer.__dlpack__(dl_device=(KIND, 77))


def test_managed_memory(device):
    class Managed(Tensor):
        def __dlpack_device__(self):
            return 13, 0

        def __dlpack__(self, *, stream=None, max_version=None):
            capsule = super().__dlpack__(stream=stream, max_version=max_version)
            tensor = dlpack._managed(capsule).tensor
            tensor.device_type, tensor.device_id = 13, 0
            return capsule

    buffer = made(device)
    assert device.create_buffer(Managed(buffer)).numpy().tolist() == [[0, 1, 2], [3, 4, 5]]
    device.create_buffer(Managed(buffer), copy=False).fill(7)
    assert (buffer.numpy() == 7).all()


def test_memory_of_another_device_is_not_shared(device):
    class Elsewhere(Tensor):
        def __dlpack__(self, **options):
            capsule = super().__dlpack__(**options)
            dlpack._managed(capsule).tensor.device_id = 5
            return capsule

    buffer = made(device)
    with pytest.raises(ValueError, match="another device"):
        device.create_buffer(Elsewhere(buffer), copy=False)
    assert device.create_buffer(Elsewhere(buffer)).numpy()[1, 2] == 5


def test_device_arrays_that_cannot_be_shared(device):
    buffer = made(device)
    interface = buffer.__cuda_array_interface__
    address = interface["data"][0]
    read_only = CudaArray({**interface, "data": (address, True)})
    with pytest.raises(ValueError, match="read-only"):
        device.create_buffer(read_only, copy=False)
    assert device.create_buffer(read_only).numpy()[1, 2] == 5
    for copy in (True, False):
        with pytest.raises(ValueError, match="byte order, >f4"):
            device.create_buffer(CudaArray({**interface, "typestr": ">f4"}), copy=copy)
        with pytest.raises(TypeError, match="masked"):
            device.create_buffer(CudaArray({**interface, "mask": read_only}), copy=copy)
        with pytest.raises(ValueError, match="leaves the memory"):
            device.create_buffer(CudaArray({**interface, "strides": (12, 2**63)}), copy=copy)
    odd = CudaArray({**interface, "data": (address + 1, False), "shape": (2,)})
    with pytest.raises(ValueError, match="multiple of its elements' size"):
        device.create_buffer(odd, copy=False)


def test_sharing_on_the_device_where_possible(device):
    buffer = made(device)
    device.create_buffer(Tensor(buffer), copy=None).fill(3)
    assert (buffer.numpy() == 3).all()
    device.create_buffer(buffer, copy=False).fill(4)
    assert (buffer.numpy() == 4).all()


def test_cuda_array_interface(device):
    buffer = made(device)
    array = CudaArray(buffer.__cuda_array_interface__)
    with device.create_buffer(array, copy=False) as shared:
        shared.fill(2)
    assert (buffer.numpy() == 2).all()


def test_cuda_array_with_strides(device):
    buffer = made(device)
    interface = dict(buffer.__cuda_array_interface__, shape=(3, 2), strides=(4, 12))
    with pytest.raises(ValueError, match="C-contiguous"):
        device.create_buffer(CudaArray(interface), copy=False)


@pytest.mark.parametrize("copy", [True, False])
def test_cuda_array_that_is_still_written_to(device, counting, copy):
    """Pending work of the array's stream is waited for."""
    runs = 400
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):
        own = stream.get_property_int("Value")
        interface = dict(counter.__cuda_array_interface__, stream=own)
        for _ in range(runs):
            schedule.run(stream, blocking=False)
        with device.create_buffer(CudaArray(interface), copy=copy) as found:
            assert found.numpy().tolist() == [runs]


@pytest.mark.parametrize("stream", [1, 2])
def test_cuda_array_of_a_default_stream(device, stream):
    buffer = made(device)
    interface = dict(buffer.__cuda_array_interface__, stream=stream)
    with device.create_buffer(CudaArray(interface), copy=False) as shared:
        np.testing.assert_array_equal(shared.numpy(), np.arange(6).reshape(2, 3))


def test_cuda_array_of_a_stream_that_is_none(device):
    interface = dict(made(device).__cuda_array_interface__, stream=0)
    with pytest.raises(BufferError, match="1 and 2"):
        device.create_buffer(CudaArray(interface))


def test_types_that_numpy_lacks_have_no_cuda_array_interface(device):
    with device.create_buffer((2,), dtype="bf16") as buffer:
        assert not hasattr(buffer, "__cuda_array_interface__")


def test_device_memory_on_the_cpu_is_refused(device):
    buffer = made(device)
    with pytest.raises(BufferError, match="copy it to the host"):
        nexus.create_buffer(Tensor(buffer))


def test_closed_buffers_hand_nothing_out(device):
    buffer = device.create_buffer((2,), dtype="float32")
    buffer.close()
    for attribute in ("__cuda_array_interface__",):
        with pytest.raises(nexus.InvalidHandleError):
            getattr(buffer, attribute)
    with pytest.raises(nexus.InvalidHandleError):
        buffer.__dlpack__()


def test_another_librarys_recording_is_left_alone(device, counting, driver):
    """A program may use the plugin while it captures its own graph on the same thread."""
    context, stream, graph = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    assert driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device.index) == 0
    assert driver.cuCtxPushCurrent_v2(context) == 0
    assert driver.cuStreamCreate(ctypes.byref(stream), 1) == 0
    everywhere = 0
    assert driver.cuStreamBeginCapture_v2(stream, everywhere) == 0
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter) as schedule,
        device.create_event() as event,
    ):
        schedule.create_signal_command(event, 1)
        schedule.run(blocking=False)
        event.wait(1, timeout=20)
        schedule.run()
        assert counter.numpy().tolist() == [2]
    assert driver.cuStreamEndCapture(stream, ctypes.byref(graph)) == 0
    assert driver.cuGraphDestroy(graph) == 0
    assert driver.cuStreamDestroy_v2(stream) == 0
    assert driver.cuCtxPopCurrent_v2(ctypes.byref(context)) == 0
    assert driver.cuDevicePrimaryCtxRelease_v2(device.index) == 0
