"""Buffers: contents and sizes for every element type and shape, bad input, fills."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

import nexus
from nexus.arrays import dtypes

NUMERIC = [dtypes.storage(t) for t in nexus.data_type if dtypes.is_native(t)]


TYPES = [t for t in nexus.data_type if t.name in dtypes._FLAGLESS]


SHAPES = nps.array_shapes(min_dims=0, max_dims=8, min_side=0, max_side=3)


on_each_device = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@on_each_device
@given(data=st.data(), dtype=st.sampled_from(NUMERIC), shape=SHAPES)
def test_arrays_go_in_and_come_out(device, data, dtype, shape):
    order = data.draw(st.sampled_from("<>"))
    array = data.draw(nps.arrays(dtype.newbyteorder(order), shape))
    if data.draw(st.booleans()):
        array = array.T
    if array.ndim and data.draw(st.booleans()):
        array = array[::-1]
    buffer = device.create_buffer(array)
    assert (buffer.shape, buffer.nbytes, buffer.dtype) == (array.shape, array.nbytes, dtype)
    host = np.empty(array.shape, dtype)
    assert buffer.copy(host) is nexus.status.NXS_Success
    np.testing.assert_array_equal(host, array)
    np.testing.assert_array_equal(buffer.numpy(), array)
    np.testing.assert_array_equal(np.asarray(buffer), array)


@on_each_device
@given(kind=st.sampled_from(TYPES), shape=SHAPES)
def test_shapes_make_zeros(device, kind, shape):
    buffer = device.create_buffer(shape, dtype=kind)
    assert buffer.data_type is kind
    assert buffer.shape == shape
    assert buffer.nbytes == math.ceil(math.prod(shape) * dtypes.bits(kind) / 8)
    assert buffer.get_property_int("Size") == buffer.nbytes
    host = bytearray(b"\xff" * buffer.nbytes)
    buffer.copy(host)
    assert not any(host)


@on_each_device
@given(size=st.integers(0, 5000), seed=st.binary(min_size=1, max_size=8))
def test_bytes(device, size, seed):
    buffer = device.create_buffer(size)
    assert (buffer.nbytes, buffer.shape, buffer.dtype) == (size, (size,), None)
    contents = (seed * size)[:size]
    buffer.copy_from(contents)
    assert buffer.numpy().tobytes() == contents
    assert device.create_buffer(contents).numpy().tobytes() == contents


def test_sizes_count_elements_where_there_is_a_dtype(device):
    assert device.create_buffer(10, dtype="fp16").nbytes == 20
    assert device.create_buffer(np.int64(10)).nbytes == 10
    assert device.create_buffer((2, 3), dtype=np.float64).nbytes == 48
    assert device.create_buffer((2, 3), dtype="bf16").shape == (2, 3)
    assert device.create_buffer((4 / 2, np.float64(3)), dtype="bf16").shape == (2, 3)
    assert device.create_buffer(1024 / 4).nbytes == 256
    assert device.create_buffer((), dtype="i32").nbytes == 4


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (bytes(8), "float32", (2,)),
        (bytearray(8), "bf16", (4,)),
        (memoryview(bytes(6)), "int4", (12,)),
        (np.zeros((2, 3), np.uint16), "bf16", (2, 3)),
        (np.zeros((2, 3), np.uint8), "fp8", (2, 3)),
        (np.zeros((2, 3), np.uint8), "uint4", (2, 6)),
        (np.zeros(3, np.float32), "float32", (3,)),
        (np.zeros((2, 3), np.float32), nexus.data_type.Undefined, (24,)),
    ],
)
def test_dtype_gives_bytes_their_type(device, data, dtype, shape):
    buffer = device.create_buffer(data, dtype=dtype)
    assert buffer.shape == shape
    assert buffer.data_type is dtypes.resolve(dtype)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (np.zeros(4, np.float64), "float32"),
        (np.zeros(4, np.uint8), "float32"),
        (np.zeros(4, np.int16), "bf16"),
        (np.zeros(4, np.uint16), "fp16"),
    ],
)
def test_dtype_does_not_convert(device, data, dtype):
    with pytest.raises(TypeError, match="astype"):
        device.create_buffer(data, dtype=dtype)


@pytest.mark.parametrize(
    ("data", "dtype", "error", "text"),
    [
        (-1, None, ValueError, "negative"),
        ((2, -3), "f32", ValueError, "negative"),
        (2**64, None, OverflowError, r"2\*\*64"),
        ((2**64, 1), "f32", OverflowError, r"2\*\*64"),
        ((1,) * 9, "f32", ValueError, "8 dimensions"),
        (np.zeros((1,) * 9), None, ValueError, "8 dimensions"),
        (1.5, None, TypeError, "1.5"),
        ("abc", None, TypeError, "str"),
        ([1.0, 2.0], None, TypeError, "dtype="),
        (None, None, TypeError, "NoneType"),
        (np.zeros(3, complex), None, TypeError, "floats"),
        (np.zeros(3, object), None, TypeError, "object"),
        (bytes(7), "f32", ValueError, "not a multiple"),
        (4, "float31", TypeError, "float31"),
    ],
)
def test_invalid_sources_are_refused(device, data, dtype, error, text):
    with pytest.raises(error, match=text):
        device.create_buffer(data, dtype=dtype)


def test_sizes_beyond_memory_are_refused(device):
    with pytest.raises(nexus.OutOfMemoryError) as caught:
        device.create_buffer(1 << 47)
    assert isinstance(caught.value, MemoryError)
    with pytest.raises(nexus.NexusError) as overflow:
        device.create_buffer((2**40, 2**40), dtype="f32")
    assert overflow.value.status is nexus.status.NXS_InvalidBufferSize
    assert overflow.value.function == "nxsCreateBuffer"


@on_each_device
@given(data=st.data(), dtype=st.sampled_from(NUMERIC))
def test_fill(device, data, dtype):
    value = data.draw(nps.from_dtype(dtype, allow_nan=False))
    buffer = device.create_buffer((3, 5), dtype=dtype)
    buffer.fill(value)
    assert (buffer.numpy() == value).all()


def test_fill_with_patterns(device):
    raw = device.create_buffer(8)
    raw.fill(7)
    assert raw.numpy().tolist() == [7] * 8
    raw.fill(b"ab")
    assert raw.numpy().tobytes() == b"abababab"
    raw.fill(1.0, dtype="f32")
    assert raw.numpy().view(np.float32).tolist() == [1, 1]
    half = device.create_buffer(4, dtype="bf16")
    half.fill(1.0)
    assert half.numpy().view(np.uint16).tolist() == [0x3F80] * 4
    with pytest.raises(nexus.NexusError) as caught:
        raw.fill(b"abc")
    assert caught.value.status is nexus.status.NXS_InvalidArgSize
    with pytest.raises(OverflowError):
        raw.fill(256)
