"""The gate for arrays of other libraries: what it lets in, and what it refuses."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest

import nexus
from nexus.arrays import dlpack

MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0])


class Has:
    """An object with the given attributes, such as one protocol."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __getattr__(self, name):
        raise AttributeError(name)


class Tensor:
    """A tensor that a DLPack producer describes by hand."""

    def __init__(
        self, values, said=(1, 0), versioned=True, major=1, shape=None, strides=None, **set_
    ):
        self.values, self.said, self.versioned = values, said, versioned
        shape = values.shape if shape is None else shape
        self.shape = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        self.strides = (ctypes.c_int64 * len(strides))(*strides) if strides else None
        at = ctypes.addressof
        parts = {
            "data": values.ctypes.data, "device_type": 1, "device_id": 0, "ndim": len(shape),
            "code": 2, "bits": values.itemsize * 8, "lanes": 1, "shape": at(self.shape),
            "strides": at(self.strides) if strides else None, "byte_offset": 0, **set_,
        }  # fmt: skip
        tensor = dlpack._Tensor(*parts.values())
        self.managed = (
            dlpack._ManagedVersioned(major, 0, None, None, 0, tensor)
            if versioned
            else dlpack._Managed(tensor, None, None)
        )

    def __dlpack__(self, **options):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        name = b"dltensor_versioned" if self.versioned else b"dltensor"
        self.kept = new(ctypes.addressof(self.managed), name, None)
        return self.kept

    def __dlpack_device__(self):
        return self.said


def interface(array, **changes):
    return Has(__array_interface__={**array.__array_interface__, **changes}, keep=array)


class Method:
    def __init__(self, array):
        self.array = array

    def __array__(self, *_, **__):
        return self.array


FLOATS = np.arange(8, dtype=np.float32)
MASKS = {
    "numpy": MASKED,
    "strides": MASKED[::2],
    "byte order": MASKED.astype(">f8"),
    "subclass": MASKED.view(type("Mine", (np.ma.MaskedArray,), {})),
    "memoryview": memoryview(MASKED),
    "method": Method(MASKED),
    "array interface": interface(FLOATS, mask=FLOATS),
    "dlpack": Has(
        __dlpack__=FLOATS.__dlpack__,
        __dlpack_device__=FLOATS.__dlpack_device__,
        __array_interface__={**FLOATS.__array_interface__, "mask": FLOATS},
    ),
}


@pytest.mark.parametrize("kind", MASKS)
def test_a_mask_is_never_dropped(device, kind):
    for use in (
        device.create_buffer,
        device.create_buffer(3, dtype="f8").copy_from,
        device.create_buffer(np.arange(3.0)).copy,
    ):
        with pytest.raises(TypeError, match=r"masked arrays.*\.filled\(\)"):
            use(MASKS[kind])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.complex64(1 + 2j), "complex"), (1 + 0j, "complex"), (np.array(1j), "complex"),
        (np.void(b"12"), "structure"), ("3.5", "text"), (b"3", "text"), (np.str_("3.5"), "text"),
        (np.bytes_(b"3"), "text"), (np.array("3.5"), "text"), (np.ma.masked, "masked"),
        (np.ma.array(1.0, mask=False), "masked"), (np.datetime64("2020", "s"), "date"),
        (np.timedelta64(3, "s"), "duration"), (None, "number"), ([1.0], "number"),
        (np.ones(1), "number"), (object(), "number"), (np.array(None), "object"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "bf16"])
def test_scalars_that_are_no_numbers(cpu, value, says, dtype):
    kernel = cpu.compile(
        """#include <nexus-api/nxs_kernel.h>
        NXS_KERNEL(scalar, NXS_SCALAR(float, v)) { NXS_ITEMS (void)v; }"""
    ).get_kernel("scalar")
    command = cpu.create_schedule().create_command(kernel)
    with pytest.raises(TypeError, match="argument 0"):
        command.set_arg(0, value)
    with pytest.raises(TypeError, match=says):
        command.set_scalar(0, value)
    # Bytes are a pattern.
    if not isinstance(value, bytes):
        with pytest.raises(TypeError, match=says):
            cpu.create_buffer(4, dtype=dtype).fill(value)


@pytest.mark.parametrize("value", [np.datetime64("2020", "s"), np.timedelta64(1), np.void(b"12")])
def test_scalars_that_are_no_contents(device, value):
    with pytest.raises(TypeError, match="devices have no"):
        device.create_buffer(value)


class Refusing:
    """A protocol that refuses, as some libraries do for a part of their arrays."""

    def __init__(self, array, *refuses):
        self.array, self.refuses = array, refuses

    def __getattr__(self, name):
        if name in ("__dlpack__", "__dlpack_device__") and "dlpack" in self.refuses:
            return self.refuse
        if name == "__array_interface__" and "interface" in self.refuses:
            raise RuntimeError("no interface of this array")
        raise AttributeError(name)

    def refuse(self, **_):
        raise BufferError("no capsule of this array")

    def __array__(self, *_, **__):
        if "array" in self.refuses:
            raise RuntimeError("no array of this one")
        return self.array


@pytest.mark.parametrize("refuses", [["dlpack"], ["interface"], ["dlpack", "interface"]])
def test_each_protocol_is_tried(device, refuses):
    assert device.create_buffer(Refusing(FLOATS, *refuses)).numpy().tolist() == FLOATS.tolist()


def test_the_first_refusal_is_reported(device):
    with pytest.raises(BufferError, match="no capsule of this array"):
        device.create_buffer(Refusing(FLOATS, "dlpack", "array"))


@pytest.mark.skipif(not hasattr(memoryview, "__buffer__"), reason="needs Python 3.12")
def test_a_buffer_protocol_that_refuses(device):
    class Refuses(Tensor):
        def __buffer__(self, flags):
            raise BufferError("not by the buffer protocol")

    assert device.create_buffer(Refuses(FLOATS)).numpy().tolist() == FLOATS.tolist()


def test_sharing_a_buffer_shares_its_memory(device, cpu, scratch):
    buffer = device.create_buffer(np.arange(4, dtype=np.int32))
    for copy in (False, None):
        shared = device.create_buffer(buffer, copy=copy)
        shared.fill(9 + bool(copy))
        assert buffer.numpy().tolist() == [9] * 4
    copied = device.create_buffer(buffer)
    copied.fill(1)
    assert buffer.numpy().tolist() == [9] * 4
    other = cpu if device is not cpu else scratch
    with pytest.raises(ValueError, match="copy=True"):
        other.create_buffer(buffer, copy=False)
    assert other.create_buffer(buffer, copy=None).numpy().tolist() == [9] * 4


def test_sharing_where_possible(cpu):
    array = np.zeros(4, np.float32)
    cpu.create_buffer(array, copy=None).fill(2)
    assert array.tolist() == [2.0] * 4
    read_only = array.copy()
    read_only.flags.writeable = False
    for data in (read_only, array[::2], array.astype(">f4"), b"abcd"):
        cpu.create_buffer(data, copy=None).fill(7)
    assert (read_only.tolist(), array.tolist()) == ([2.0] * 4, [2.0] * 4)
    for wrong in ("no", 0, 1, []):
        with pytest.raises(TypeError, match="copy has to be True, False or None"):
            cpu.create_buffer(array, copy=wrong)


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_unaligned_memory_is_not_shared(cpu, dtype):
    raw = bytearray(33)
    typed = np.frombuffer(raw, np.float32, 8, offset=1)
    odd = typed if dtype is None else memoryview(raw)[1:]
    with pytest.raises(ValueError, match="multiple of its elements' size, 4 bytes"):
        cpu.create_buffer(odd, dtype=dtype, copy=False)
    buffer = cpu.create_buffer(odd, dtype=dtype, copy=None)
    buffer.fill(1.0)
    assert raw == bytes(33)
    # Bytes lie anywhere.
    cpu.create_buffer(memoryview(raw)[1:], copy=False).fill(3)
    assert raw[0] == 0
    assert raw[1:] == b"\3" * 32


def test_arrays_that_a_method_makes_are_not_shared(cpu):
    with pytest.raises(ValueError, match="copy=True"):
        cpu.create_buffer(Old(FLOATS), copy=False)


class Old(Method):
    def __array__(self):
        return self.array.copy()


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2, 3], "float32", [1.0, 2.0, 3.0]), ([[1, 2], [3, 4]], "int16", [[1, 2], [3, 4]]),
        ([], "int8", []), ([1.5, -1], "float64", [1.5, -1.0]), ([True, 0], "bool", [True, False]),
        ([1, 2, 255], None, None), ([(1, 2), (3, 4)], "uint8", [[1, 2], [3, 4]]),
        ([np.float64(0.5), np.int8(2)], "fp16", [0.5, 2.0]), ([math.inf], "float32", [math.inf]),
    ],
)  # fmt: skip
def test_lists_are_contents(device, values, dtype, expected):
    if dtype is None:
        with pytest.raises(TypeError, match="dtype="):
            device.create_buffer(values)
        return
    buffer = device.create_buffer(values, dtype=dtype)
    assert buffer.numpy().tolist() == expected
    assert buffer.dtype == dtype.replace("fp", "float")


def test_lists_of_types_that_numpy_lacks(device):
    buffer = device.create_buffer([1.0, -2], dtype="bf16")
    assert buffer.shape == (2,)
    assert device.create_buffer([1, 2], dtype="Undefined").numpy().tolist() == [1, 2]
    host = np.empty(2, np.uint16)
    buffer.copy(host)
    assert host.tolist() == [0x3F80, 0xC000]


@pytest.mark.parametrize(
    ("values", "dtype", "error", "says"),
    [
        ([1.5], "int32", TypeError, "element 0 is 1.5, but I32 needs an integer"),
        ([1, 2**31], "int32", OverflowError, "element 1 2147483648 does not fit I32"),
        ([-1], "uint8", OverflowError, "does not fit U8"), ([2**70], "int64", OverflowError, "I64"),
        ([1e39], "float32", OverflowError, "F32"), ([2], "bool", TypeError, "True or False"),
        ([1, np.ma.masked], "float32", TypeError, "element 1 is masked"),
        ([1j], "float32", TypeError, "complex"), (["1"], "float32", TypeError, "text"),
        ([None], "float32", TypeError, "element 0"), ([[1, 2], [3]], "int8", ValueError, "shapes"),
        ([1, [2]], "int8", ValueError, "beside"), ([1], "int4", TypeError, "smaller than a byte"),
    ],
)  # fmt: skip
def test_lists_that_are_no_contents(device, values, dtype, error, says):
    with pytest.raises(error, match=says):
        device.create_buffer(values, dtype=dtype)
    with pytest.raises(ValueError, match="copy=True"):
        device.create_buffer([1], dtype="int8", copy=False)


@pytest.mark.parametrize("wrong", [FLOATS, [1], None, 4, b"f4", object(), (np.float32,)])
def test_a_dtype_is_a_type(device, wrong):
    for use in (device.create_buffer(8).view, lambda dtype: device.create_buffer(b"", dtype)):
        if wrong is None and use is not device.create_buffer:
            continue
        with pytest.raises(TypeError, match="expected a data type"):
            use(wrong)


def test_a_buffer_as_dtype_is_refused_and_not_kept(device):
    buffer = device.create_buffer(4, dtype="float32")
    with pytest.raises(TypeError, match="pass its dtype, float32"):
        device.create_buffer(4, dtype=buffer)


# Addresses, bounds and limits, none of which is read.


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize(
    "wrong",
    [
        {"ndim": 2**31 - 1}, {"ndim": -1}, {"ndim": 65}, {"shape": (-1,)}, {"data": None},
        {"shape": (2**62, 2**62)}, {"shape": (2**63 - 1,)}, {"strides": (2**62,)},
        {"strides": (-(2**62),)}, {"strides": (2**63 - 1,)}, {"byte_offset": 2**64 - 8},
        {"shape": (8,), "ndim": 1, "shape_pointer": None},
    ],
    ids=str,
)  # fmt: skip
def test_dlpack_tensors_beyond_memory(device, versioned, wrong):
    options = dict(wrong)
    pointer = "shape_pointer" in options and options.pop("shape_pointer") is None
    tensor = Tensor(FLOATS, versioned=versioned, **options)
    if pointer:
        dlpack._managed(tensor.__dlpack__()).tensor.shape = None
    for use in (device.create_buffer, device.create_buffer(FLOATS).copy_from):
        with pytest.raises(BufferError, match="wrong"):
            use(tensor)


def test_dlpack_tensors_with_offsets_and_strides(device):
    assert device.create_buffer(Tensor(FLOATS, byte_offset=8, shape=(4,))).numpy().tolist() == [
        2.0, 3.0, 4.0, 5.0
    ]  # fmt: skip
    backwards = Tensor(FLOATS, shape=(8,), strides=(-1,), byte_offset=28)
    assert device.create_buffer(backwards).numpy().tolist() == FLOATS[::-1].tolist()
    # The strides of an empty tensor mean nothing.
    empty = Tensor(FLOATS, shape=(0, 3), strides=(2**62, 2**62), data=None)
    assert device.create_buffer(empty).shape == (0, 3)


@pytest.mark.parametrize("lanes", [0, 2, 4])
def test_dlpack_vectors_are_refused(device, lanes):
    with pytest.raises(TypeError, match=f"32 bits and {lanes} lanes"):
        device.create_buffer(Tensor(FLOATS, lanes=lanes))


@pytest.mark.parametrize("major", [0, 2])
def test_other_major_versions_of_dlpack(device, major):
    with pytest.raises(BufferError, match=rf"DLPack 1\.x, got {major}\.0"):
        device.create_buffer(Tensor(FLOATS, major=major))


def test_capsules_of_another_device_than_said(device):
    with pytest.raises(BufferError, match=r"capsule is of DLPack device \(2, 3\)"):
        device.create_buffer(Tensor(FLOATS, device_type=2, device_id=3))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"data": bytes(32), "strides": (8,)}, ValueError, "bytes 0 to 60 of a memory of 32"),
        ({"data": bytes(32), "strides": (-4,)}, ValueError, "bytes -28 to 4"),
        ({"data": bytes(32), "offset": 4}, ValueError, "bytes 4 to 36"),
        ({"data": bytes(31)}, ValueError, "31 bytes"),
        ({"strides": (2**62,)}, ValueError, "leaves the memory"),
        ({"strides": (4, 4)}, ValueError, "2 strides"), ({"shape": (2**62, 8)}, ValueError, "more"),
        ({"shape": (-8,)}, ValueError, "negative"),
        ({"data": (0, False)}, ValueError, "no address"),
        ({"shape": None}, TypeError, "incomplete"), ({"typestr": "<q99"}, TypeError, "incomplete"),
        ({"data": (FLOATS.ctypes.data,)}, TypeError, "address and a flag"),
        ({"shape": (1,) * 65}, ValueError, "65 dimensions"),
    ],
)  # fmt: skip
def test_array_interfaces_that_leave_their_memory(device, changes, error, says):
    with pytest.raises(error, match=says):
        device.create_buffer(interface(FLOATS, **changes))


def test_array_interfaces_over_objects(device):
    offset = interface(FLOATS, data=bytes(8) + FLOATS.tobytes(), offset=8)
    assert device.create_buffer(offset).numpy().tolist() == FLOATS.tolist()
    backwards = interface(FLOATS, data=FLOATS.tobytes(), strides=(-4,), offset=28)
    assert device.create_buffer(backwards).numpy().tolist() == FLOATS[::-1].tolist()


# Export.


def test_a_copy_that_is_forbidden(cpu, scratch):
    assert np.from_dlpack(cpu.create_buffer(FLOATS)).tolist() == FLOATS.tolist()
    cpu.create_buffer(FLOATS).__dlpack__(copy=False)
    if not scratch.unified_memory:
        with pytest.raises(BufferError, match="copy=False"):
            scratch.create_buffer(FLOATS).__dlpack__(copy=False)
    with pytest.raises(BufferError, match=r"cannot go to \(2, 0\)"):
        cpu.create_buffer(FLOATS).__dlpack__(dl_device=(2, 0))


@pytest.mark.parametrize("max_version", [None, (0, 8), (1, 0), (1, 1), (2, 0)])
@pytest.mark.parametrize("numpy_has_versions", [True, False])
def test_keywords_of_any_numpy(device, monkeypatch, max_version, numpy_has_versions):
    if not numpy_has_versions:
        monkeypatch.setattr(dlpack, "_NUMPY_HAS_VERSIONS", False)
    buffer = device.create_buffer(FLOATS)
    for copy in (None, True):
        capsule = buffer.__dlpack__(max_version=max_version, dl_device=(1, 0), copy=copy)
        managed = dlpack._managed(capsule)
        if copy and hasattr(managed, "flags"):
            assert managed.flags & dlpack._IS_COPIED
        address = managed.tensor.data + managed.tensor.byte_offset
        shares = address == buffer.get_property_int("Value") if device.unified_memory else False
        assert shares == (device.unified_memory and not copy)


def test_capsules_name_the_device():
    capsule = dlpack.write(FLOATS, nexus.data_type.F32, (2, 5))
    tensor = dlpack._managed(capsule).tensor
    assert (tensor.device_type, tensor.device_id) == (2, 5)
    assert dlpack.place("cuda", 3) == (2, 3)
