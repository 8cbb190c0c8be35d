"""DLPack for the types that NumPy does not have.

NumPy reads and writes DLPack, and owns the memory rules of it, but knows no bfloat16 and no 8-bit
floats. A tensor of these is passed through it as one of unsigned integers, whose type is then
rewritten in the capsule.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from nexus import dtypes
from nexus._enums import data_type as DataType

_UINT = 1
_CODES = {
    DataType.BF16: (4, 16),
    DataType.F8: (10, 8),
    DataType.BF8: (12, 8),
}
_TYPES = {code: member for member, code in _CODES.items()}
_HOST = (1, 3)  # kDLCPU, and kDLCUDAHost: memory of the host that CUDA has pinned


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


class _Versioned(ctypes.Structure):
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
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)


def _tensor(capsule: Any) -> _Tensor:
    """Return the tensor in a capsule that nobody has consumed, to read and to write."""
    name = _name(capsule)
    address = _pointer(capsule, name)
    if name == b"dltensor_versioned":
        versioned: _Tensor = _Versioned.from_address(address).tensor
        return versioned
    if name == b"dltensor":
        return _Tensor.from_address(address)
    raise BufferError(f"a capsule named {name!r} is no DLPack tensor, or was consumed already")


class _Capsule:
    """Hands NumPy a capsule that is there already."""

    def __init__(self, capsule: Any, device: tuple[int, int]) -> None:
        self._capsule, self._device = capsule, device

    def __dlpack__(self, **_: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device


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
    capsule = _export(producer)
    tensor = _tensor(capsule)
    foreign = _TYPES.get((tensor.code, tensor.bits)) if tensor.lanes == 1 else None
    if foreign is not None:
        tensor.code = _UINT
    array = np.from_dlpack(_Capsule(capsule, device))
    return array, foreign if foreign is not None else dtypes.resolve(array.dtype)


def _export(producer: Any) -> Any:
    versioned = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
    if versioned:
        try:
            return producer.__dlpack__(max_version=(1, 0))
        except TypeError:
            # A producer from before DLPack had versions.
            pass
    return producer.__dlpack__()


def write(array: np.ndarray[Any, Any], data_type: DataType, **options: Any) -> Any:
    """Make a capsule of an array of elements or, where NumPy lacks their type, of their bits.

    Raises
    ------
    BufferError
        If DLPack has no such type.
    """
    if dtypes.bits(data_type) < 8:
        raise BufferError(f"DLPack consumers know no packed {data_type.name}")
    capsule = array.__dlpack__(**{k: v for k, v in options.items() if v is not None})
    if data_type in _CODES:
        _tensor(capsule).code = _CODES[data_type][0]
    return capsule
