"""Arrays of other libraries, in both directions."""

from __future__ import annotations

import array
import ctypes
import mmap
import weakref

import numpy as np
import pytest

import nexus
from nexus.arrays import dlpack
from nexus.arrays.source import describe


class Tensor:
    """Has nothing but DLPack, as tensors of other libraries do."""

    def __init__(self, values, code=None, device=(1, 0), versions=True):
        self.values, self.code, self.device, self.versions = values, code, device, versions

    def __dlpack__(self, **options):
        if not self.versions and options:
            raise TypeError("unexpected keyword argument 'max_version'")
        capsule = self.values.__dlpack__(**options)
        if self.code is not None:
            dlpack._managed(capsule).tensor.code = self.code
        return capsule

    def __dlpack_device__(self):
        return self.device


@pytest.mark.parametrize(
    ("data", "shape", "dtype"),
    [
        (array.array("d", [1, 2, 3]), (3,), np.float64),
        ((ctypes.c_int16 * 4)(), (4,), np.int16),
        (memoryview(np.zeros((2, 2), np.float32)), (2, 2), np.float32),
        (memoryview(bytes(8))[::2], (4,), np.uint8),
        (np.float32(3), (), np.float32),
        (np.array(True), (), np.bool_),
        (mmap.mmap(-1, 64), (64,), None),
        (b"", (0,), None),
    ],
)
def test_buffer_protocol(device, data, shape, dtype):
    buffer = device.create_buffer(data)
    assert (buffer.shape, buffer.dtype) == (shape, dtype)


@pytest.mark.parametrize("versions", [True, False])
def test_dlpack_in(device, versions):
    values = np.arange(12, dtype=np.int16).reshape(3, 4)
    buffer = device.create_buffer(Tensor(values[:, ::2], versions=versions))
    assert buffer.numpy().tolist() == values[:, ::2].tolist()
    assert buffer.dtype == np.int16


@pytest.mark.parametrize("versions", [True, False])
@pytest.mark.parametrize(
    ("code", "bits", "kind"),
    [(4, np.uint16, "BF16"), (10, np.uint8, "F8"), (12, np.uint8, "BF8")],
)
def test_dlpack_in_of_types_that_numpy_lacks(device, versions, code, bits, kind):
    values = np.arange(6, dtype=bits).reshape(2, 3)
    buffer = device.create_buffer(Tensor(values, code, versions=versions))
    assert buffer.data_type is nexus.data_type[kind]
    assert buffer.shape == (2, 3)
    assert buffer.numpy().view(bits).tolist() == values.tolist()


def test_dlpack_out_of_types_that_numpy_lacks(device):
    buffer = device.create_buffer(np.arange(6, dtype=np.uint16).reshape(2, 3), dtype="bf16")
    capsule = buffer.__dlpack__()
    assert dlpack._managed(capsule).tensor.code == 4
    again = device.create_buffer(buffer, dtype="bf16")
    assert describe(Tensor(buffer)).layout.data_type is nexus.data_type.BF16
    assert again.numpy().view(np.uint16).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(BufferError, match="I4"):
        device.create_buffer(4, dtype="int4").__dlpack__()


def test_dlpack_out_shares_memory(device):
    buffer = device.create_buffer(np.zeros(4, np.float32))
    other = np.from_dlpack(buffer)
    buffer.fill(3)
    assert other.tolist() == [3] * 4
    buffer.close()
    assert other.tolist() == [3] * 4


@pytest.mark.parametrize("versions", [True, False])
def test_dlpack_as_destination(device, versions):
    values = np.zeros(4, np.float32)
    buffer = device.create_buffer(np.arange(4, dtype=np.float32))
    buffer.copy(Tensor(values, versions=versions))
    assert values.tolist() == [0, 1, 2, 3]
    device.create_buffer(np.zeros((0, 3))).copy(Tensor(np.zeros((0, 3)), versions=versions))


@pytest.mark.parametrize("flag", [dlpack._READ_ONLY, dlpack._IS_COPIED])
def test_dlpack_of_what_cannot_be_written_to(device, flag):
    # Made by hand: NumPy sets no flags before 2.1, and never that of a copy here.
    values = np.arange(4, dtype=np.float32)
    shape = (ctypes.c_int64 * 1)(4)
    parts = (values.ctypes.data, 1, 0, 1, 2, 32, 1, ctypes.addressof(shape), None, 0)
    managed = dlpack._ManagedVersioned(1, 0, None, None, flag, parts)
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)

    class Marked(Tensor):
        def __dlpack__(self, **_):
            return new(ctypes.addressof(managed), b"dltensor_versioned", None)

    buffer = device.create_buffer(Marked(values))
    assert buffer.numpy().tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        buffer.copy(Marked(values))


@pytest.mark.parametrize("versions", [True, False])
def test_dlpack_memory_lives_as_long_as_its_array(versions):
    values = np.arange(4)
    alive = weakref.ref(values)
    found, _ = dlpack.read(Tensor(values, versions=versions))
    del values
    part = found[2:]
    del found
    assert part.tolist() == [2, 3]
    assert alive() is not None
    del part
    assert alive() is None


def test_dlpack_memory_of_another_device(device):
    with pytest.raises(BufferError, match=r"\(2, 0\).*host"):
        device.create_buffer(Tensor(np.zeros(4), device=(2, 0)))


def test_a_capsule_is_read_once():
    class Twice(Tensor):
        def __dlpack__(self, **options):
            return self.values

    tensor = Twice(np.zeros(4).__dlpack__())
    assert dlpack.read(tensor)[0].tolist() == [0] * 4
    with pytest.raises(BufferError, match="expected an unused DLPack capsule"):
        dlpack.read(tensor)


def test_dlpack_of_types_that_devices_lack(device):
    for values, code, reason in (
        (np.zeros(2, np.complex64), None, "complex64; view it as floats"),
        (np.zeros(2), 3, "type 3 with 64 bits"),
    ):
        with pytest.raises(TypeError, match=reason):
            device.create_buffer(Tensor(values, code))


def test_array_interfaces(device):
    class Array:
        def __init__(self):
            self.values = np.arange(4)
            self.__array_interface__ = self.values.__array_interface__

    class Converts:
        def __array__(self, dtype=None, copy=None):
            return np.arange(4)

    for data in (Array(), Converts()):
        assert device.create_buffer(data).numpy().tolist() == [0, 1, 2, 3]
    with pytest.raises(TypeError, match="write"):
        device.create_buffer(np.arange(4)).copy(Converts())


def test_ml_dtypes(device):
    ml = pytest.importorskip("ml_dtypes")
    values = np.arange(4).astype(ml.bfloat16)
    buffer = device.create_buffer(values)
    assert buffer.data_type is nexus.data_type.BF16
    assert buffer.dtype == ml.bfloat16
    assert buffer.numpy().dtype == ml.bfloat16
    host = np.zeros(4, ml.bfloat16)
    buffer.copy(host)
    assert host.tolist() == [0, 1, 2, 3]
    with pytest.raises(TypeError, match="pack"):
        device.create_buffer(np.zeros(4, ml.int4))


def test_torch_tensors(device):
    torch = pytest.importorskip("torch")
    for dtype in (torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.bool):
        tensor = torch.ones(3, 4, dtype=dtype)
        buffer = device.create_buffer(tensor.T)
        assert buffer.shape == (4, 3)
        back = torch.from_dlpack(buffer)
        assert back.dtype == dtype
        assert torch.equal(back, tensor.T)
        host = torch.zeros(4, 3, dtype=dtype)
        buffer.copy(host)
        assert torch.equal(host, tensor.T)
        assert device.create_buffer(3, dtype=dtype).data_type is buffer.data_type
    shared = torch.zeros(4)
    device.create_buffer(shared, copy=False).fill(2)
    assert shared.tolist() == [2] * 4
    # A RuntimeError in older versions of torch.
    with pytest.raises((BufferError, RuntimeError), match="grad"):
        device.create_buffer(torch.zeros(4, requires_grad=True))


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: Interface(a)], ids=["numpy", "interface"])
def test_masked_arrays_are_refused(device, wrap):
    masked = np.ma.masked_array(np.arange(4), mask=[0, 1, 0, 0])
    with pytest.raises(TypeError, match="masked"):
        device.create_buffer(wrap(masked))


class Interface:
    """An array that has the array interface only."""

    def __init__(self, masked):
        self.kept = masked
        self.__array_interface__ = {**masked.data.__array_interface__, "mask": masked.mask}


def test_arrays_of_cuda_devices_are_refused_elsewhere(cpu):
    class OnDevice:
        def __init__(self):
            place = (4096, False)
            self.__cuda_array_interface__ = {"shape": (4,), "typestr": "<f4", "data": place}

    with pytest.raises(BufferError, match="memory of a device"):
        cpu.create_buffer(OnDevice())
