"""Foreign arrays whose addresses, bounds or versions are wrong: refused before anything is read."""

from __future__ import annotations

import numpy as np
import pytest
from support.array_objects import Tensor, interface

import nexus
from nexus.arrays import dlpack

FLOATS = np.arange(8, dtype=np.float32)


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
