"""Memory of buffers: views of it, host memory that a buffer wraps, and their lifetime."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import nexus


def test_views_outlive_the_buffer(device):
    array = device.create_buffer(np.arange(1000)).numpy()
    gc.collect()
    # Would reuse the memory, had it been freed.
    others = [device.create_buffer(np.full(1000, -1)) for _ in range(50)]
    assert array.tolist() == list(range(1000))
    assert len(others) == 50


def test_views_outlive_close(device):
    buffer = device.create_buffer(np.arange(1000))
    array = buffer.numpy()
    buffer.close()
    others = [device.create_buffer(np.full(1000, -1)) for _ in range(50)]
    assert array.tolist() == list(range(1000))
    assert len(others) == 50
    with pytest.raises(nexus.InvalidHandleError, match="closed"):
        buffer.numpy()


def test_views_share_memory(device):
    buffer = device.create_buffer(np.zeros(4, np.int32))
    buffer.numpy()[2] = 9
    assert device.unified_memory
    assert buffer.numpy().tolist() == [0, 0, 9, 0]
    assert np.shares_memory(np.asarray(buffer), buffer.numpy())


def test_memory_that_the_host_cannot_see_is_copied(run_python):
    run_python(
        """
import nexus, numpy as np, pytest
device = nexus.get_runtime("scratch").get_device(0)
assert not device.unified_memory
buffer = device.create_buffer(np.arange(6).reshape(2, 3))
array = buffer.numpy()
array[:] = 0
assert np.asarray(buffer).tolist() == [[0, 1, 2], [3, 4, 5]]
assert np.from_dlpack(buffer).tolist() == [[0, 1, 2], [3, 4, 5]]
assert not hasattr(buffer, "__array_interface__")
copy = nexus.get_runtime("cpu").get_device(0).copy_buffer(buffer)
assert copy.numpy().tolist() == [[0, 1, 2], [3, 4, 5]]
try:
    device.create_buffer(np.zeros(4), copy=False)
except ValueError as error:
    assert "copy=True" in str(error)
else:
    raise AssertionError("shared memory that the device does not share")
""",
        SCRATCH_DISCRETE="1",
    )


def test_wrapping_host_memory(device):
    array = np.arange(6, dtype=np.float32)
    buffer = device.create_buffer(array, copy=False)
    array[0] = 42
    assert buffer.numpy()[0] == 42
    buffer.fill(1)
    assert array.tolist() == [1] * 6


def test_a_wrapping_buffer_keeps_the_memory(device):
    buffer = device.create_buffer(np.arange(100_000), copy=False)
    gc.collect()
    others = [np.full(100_000, -1) for _ in range(20)]
    assert buffer.numpy().tolist() == list(range(100_000))
    assert len(others) == 20


@pytest.mark.parametrize(
    "data",
    [np.zeros((4, 4))[:, 1], np.zeros(4, ">i4"), np.broadcast_to(1, 4), bytes(8)],
    ids=["strided", "swapped", "constant", "bytes"],
)
def test_what_cannot_be_wrapped(device, data):
    with pytest.raises(ValueError, match="copy=True"):
        device.create_buffer(data, copy=False)


def test_on_device_never_wraps_a_copy(device):
    array = np.arange(6)
    buffer = device.create_buffer(array, settings=nexus.buffer_settings.OnDevice)
    array[:] = 0
    assert buffer.numpy().tolist() == list(range(6))


def test_a_closed_buffer(device):
    with device.create_buffer(16) as buffer:
        pass
    assert buffer.closed
    buffer.close()
    assert "closed" in repr(buffer)
    for use in (
        lambda: buffer.copy(bytearray(16)),
        lambda: buffer.copy_from(bytes(16)),
        lambda: buffer.fill(0),
        lambda: buffer.numpy(),
        lambda: np.asarray(buffer),
        lambda: buffer.get_property_int("Size"),
        lambda: device.copy_buffer(buffer),
        lambda: buffer.properties(),
    ):
        with pytest.raises(nexus.InvalidHandleError, match="Buffer is closed"):
            use()
