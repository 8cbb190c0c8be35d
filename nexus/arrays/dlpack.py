"""DLPack: tensors of other libraries, seen as arrays, and buffers handed to them.

Read here and not by NumPy, which takes tensors of old libraries for read-only, and which knows no
bfloat16 and no 8-bit floats. In the other direction NumPy makes the capsule, of unsigned integers
where it lacks the type, which is then rewritten in the capsule. Memory that the host cannot read
is an array all the same: NumPy only passes its address on.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np

from nexus._enums import data_type as DataType
from nexus.arrays import dtypes

# The kinds of NumPy's dtypes, by DLPack's numbers.
_KINDS = {0: "i", 1: "u", 2: "f", 5: "c", 6: "b"}
_CODES = {
    DataType.BF16: (4, 16),
    DataType.F8: (10, 8),
    DataType.BF8: (12, 8),
}
_TYPES = {code: member for member, code in _CODES.items()}
_HOST = (1, 3)  # kDLCPU, and kDLCUDAHost: memory of the host that CUDA has pinned
HOST = (1, 0)
# DLPack's numbers for kinds of devices, by the names that runtimes give themselves.
_DEVICES = {"cuda": 2}
_NEWEST = (1, 0)
_READ_ONLY, _IS_COPIED = 1, 2
_USED = {b"dltensor": b"used_dltensor", b"dltensor_versioned": b"used_dltensor_versioned"}


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("byte_offset", ctypes.c_uint64),
    )


class _Managed(ctypes.Structure):
    _fields_ = (
        ("tensor", _Tensor),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
    )


class _ManagedVersioned(ctypes.Structure):
    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", _Tensor),
    )


_name = ctypes.pythonapi.PyCapsule_GetName
_name.restype, _name.argtypes = ctypes.c_char_p, (ctypes.py_object,)
_rename = ctypes.pythonapi.PyCapsule_SetName
_rename.restype, _rename.argtypes = ctypes.c_int, (ctypes.py_object, ctypes.c_char_p)
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
# Keeps the interpreter locked, as NumPy does when it calls a deleter.
_Deleter = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)


def _managed(capsule: Any) -> _Managed | _ManagedVersioned:
    """Return what is in a capsule that nobody has consumed, to read and to write."""
    name = _name(capsule)
    if name not in _USED:
        raise BufferError(f"a capsule named {name!r} is no DLPack tensor, or was consumed already")
    address = _pointer(capsule, name)
    if name == b"dltensor":
        return _Managed.from_address(address)
    versioned = _ManagedVersioned.from_address(address)
    if versioned.major != _NEWEST[0]:
        raise BufferError(f"the tensor is of DLPack {versioned.major}.{versioned.minor}, not 1.x")
    return versioned


class _Memory:
    """A tensor that was taken out of its capsule, given back when no array uses it any more."""

    def __init__(self, capsule: Any) -> None:
        managed = _managed(capsule)
        tensor = managed.tensor
        self.data_type = _data_type(tensor)
        self.__array_interface__ = {
            "version": 3,
            "typestr": dtypes.storage(self.data_type).str,
            **_place(tensor, writable=not getattr(managed, "flags", 0) & (_READ_ONLY | _IS_COPIED)),
        }
        # From here on it is not the capsule that gives the tensor back.
        _rename(capsule, _USED[_name(capsule)])
        self._address = ctypes.addressof(managed)
        self._delete = _Deleter(managed.deleter or 0)

    def __del__(self) -> None:
        delete = getattr(self, "_delete", None)
        if delete:
            delete(self._address)


def _data_type(tensor: _Tensor) -> DataType:
    code, bits = tensor.code, tensor.bits
    foreign = _TYPES.get((code, bits))
    if tensor.lanes == 1 and foreign is not None:
        return foreign
    if tensor.lanes != 1 or bits % 8 or code not in _KINDS:
        raise TypeError(
            f"devices have no elements of DLPack type {code} with {bits} bits and {tensor.lanes} "
            "lanes; convert them first"
        )
    return dtypes.resolve(np.dtype(f"{_KINDS[code]}{bits // 8}"))


def _place(tensor: _Tensor, writable: bool) -> dict[str, Any]:
    """Return where the elements lie, in the terms of the array interface."""
    counts = ctypes.c_int64 * tensor.ndim
    shape = tuple(counts.from_address(tensor.shape)) if tensor.ndim else ()
    strides = None
    if tensor.ndim and tensor.strides:
        size = tensor.bits // 8
        strides = tuple(step * size for step in counts.from_address(tensor.strides))
    # An empty tensor may lie nowhere, which NumPy takes as leave to get memory of its own.
    address = (tensor.data or 0) + tensor.byte_offset if math.prod(shape) else tensor.shape
    return {"shape": shape, "strides": strides, "data": (address, not writable)}


def place(runtime: str, index: int) -> tuple[int, int] | None:
    """Return DLPack's numbers for a device whose memory the host cannot read, None without one."""
    kind = _DEVICES.get(runtime)
    return None if kind is None else (kind, index)


def read(producer: Any) -> tuple[np.ndarray[Any, Any], DataType]:
    """See a tensor of another library as an array, without a copy.

    Parameters
    ----------
    producer : object
        Has ``__dlpack__`` and ``__dlpack_device__``, and lies in host memory.

    Returns
    -------
    array : numpy.ndarray
        The elements, or their bits where NumPy does not have their type.
    data_type : nexus.data_type
        What they are.

    Raises
    ------
    BufferError
        If it lies in the memory of a device.
    TypeError
        If devices have no such type of elements.
    """
    device = producer.__dlpack_device__()
    if device[0] not in _HOST:
        raise BufferError(
            f"the {type(producer).__name__} lies on DLPack device {tuple(map(int, device))}; copy "
            "it to the host first, for torch with .cpu()"
        )
    memory = _Memory(_export(producer))
    return np.asarray(memory), memory.data_type


def read_device(producer: Any, stream: int) -> tuple[np.ndarray[Any, Any], DataType]:
    """See a tensor in a device's memory as an array, which only tells where it lies.

    Parameters
    ----------
    producer : object
        Has ``__dlpack__``.
    stream : int
        The driver's own stream, in the terms of DLPack, that is to wait until the contents are
        there.

    Returns
    -------
    array : numpy.ndarray
        Its shape, strides and address. Nobody may read its elements.
    data_type : nexus.data_type
        What they are.
    """
    memory = _Memory(_export(producer, stream=stream))
    return np.asarray(memory), memory.data_type


def _export(producer: Any, **options: Any) -> Any:
    try:
        return producer.__dlpack__(max_version=_NEWEST, **options)
    except TypeError:
        # A producer from before DLPack had versions.
        return producer.__dlpack__(**options)


def write(
    array: np.ndarray[Any, Any],
    data_type: DataType,
    device: tuple[int, int] = HOST,
    **options: Any,
) -> Any:
    """Make a capsule of an array of elements or, where NumPy lacks their type, of their bits.

    Parameters
    ----------
    array : numpy.ndarray
        In the memory of `device`.
    data_type : nexus.data_type
        What the elements are.
    device : tuple of int
        DLPack's kind and number of the device.
    **options
        What NumPy takes.

    Raises
    ------
    BufferError
        If DLPack has no such type.
    """
    if dtypes.bits(data_type) < 8:
        raise BufferError(f"DLPack consumers know no packed {data_type.name}")
    capsule = array.__dlpack__(**{k: v for k, v in options.items() if v is not None})
    tensor = _managed(capsule).tensor
    if data_type in _CODES:
        tensor.code = _CODES[data_type][0]
    tensor.device_type, tensor.device_id = device
    return capsule
