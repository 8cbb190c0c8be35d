"""Copies between buffers, host memory and runtimes."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("host", "error", "text"),
    [
        (np.empty(7, np.float32), ValueError, "28 bytes, but the buffer 32"),
        (np.empty(8, np.int32), TypeError, "I32"),
        (np.empty(16, np.float32)[::2], ValueError, "contiguous"),
        (np.empty(8, ">f4"), ValueError, "byte order"),
        (bytes(32), ValueError, "read-only"),
        (np.broadcast_to(np.float32(0), 8), ValueError, "read-only"),
        ([0.0] * 8, TypeError, "list"),
        (np.empty(32, np.uint8), TypeError, "U8"),
    ],
)
def test_what_cannot_be_copied_to(device, host, error, text):
    buffer = device.create_buffer(np.arange(8, dtype=np.float32))
    with pytest.raises(error, match=text):
        buffer.copy(host)
    assert buffer.numpy().tolist() == list(range(8))


def test_copying_to_a_buffer_is_not_copying_to_the_host(device):
    with pytest.raises(TypeError, match="copy_from"):
        device.create_buffer(4).copy(device.create_buffer(4))


@pytest.mark.parametrize(
    "source",
    [np.arange(16, dtype=np.float32)[::2], np.arange(0, 16, 2, dtype=">f4")],
    ids=["strided", "swapped"],
)
def test_copy_from_takes_any_order(device, source):
    buffer = device.create_buffer(8, dtype="f32")
    buffer.copy_from(source)
    assert buffer.numpy().tolist() == source.tolist()


def test_copy_from_refuses_other_sizes_and_types(device):
    buffer = device.create_buffer(8, dtype="f32")
    with pytest.raises(ValueError, match="36 bytes"):
        buffer.copy_from(np.zeros(9, np.float32))
    with pytest.raises(TypeError, match="I32"):
        buffer.copy_from(np.zeros(8, np.int32))


def test_copies_between_runtimes(device, cpu):
    array = np.arange(6, dtype=np.float16).reshape(2, 3)
    there = device.copy_buffer(cpu.create_buffer(array))
    back = cpu.copy_buffer(there)
    assert (there.device, back.device) == (device, cpu)
    assert (back.shape, back.dtype) == ((2, 3), np.float16)
    there.fill(0)
    assert (back.numpy() == array).all()
    assert device.create_buffer(back).numpy().tolist() == array.tolist()
    with pytest.raises(TypeError, match="Buffer"):
        device.copy_buffer(array)


def test_array_protocol_options(device):
    buffer = device.create_buffer(np.arange(4, dtype=np.int32))
    assert np.asarray(buffer, dtype=np.float64).tolist() == [0, 1, 2, 3]
    assert not np.shares_memory(buffer.__array__(copy=True), buffer.numpy())
    with pytest.raises(ValueError, match="without a copy"):
        buffer.__array__(dtype=np.float64, copy=False)
