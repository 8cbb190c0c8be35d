"""The gate for arrays of other libraries: what it lets in, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.array_objects import Has, Tensor, interface

MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0])


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
