"""DLPack: reads the tensors of other libraries as arrays, and exports buffers to them.

Capsules are read here and not by NumPy, which treats tensors of old libraries as read-only and
lacks bfloat16 and 8-bit floats. For export NumPy makes the capsule, of unsigned integers where it
lacks the type, and the type is then corrected in the capsule. Memory of a device is an array too:
NumPy only passes on its address.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from nexus._enums import data_type as DataType
from nexus.arrays import dtypes
from nexus.arrays.extents import MOST_DIMS, require_addresses

# The kinds of NumPy's dtypes, by DLPack's numbers.
_KINDS = {0: "i", 1: "u", 2: "f", 5: "c", 6: "b"}
_CODES = {
    DataType.BF16: (4, 16),
    DataType.F8: (10, 8),
    DataType.BF8: (12, 8),
}
_TYPES = {code: member for member, code in _CODES.items()}
_HOST = (1, 3, 11)  # kDLCPU, and host memory pinned by CUDA (kDLCUDAHost) or HIP (kDLROCMHost)
HOST = (1, 0)
_CUDA, _CUDA_MANAGED, _ROCM = 2, 13, 10
# DLPack's numbers for kinds of devices, by name of the runtime.
_DEVICES = {"cuda": _CUDA, "hip": _ROCM}
_NEWEST = (1, 0)
# NumPy's arrays take the keywords of DLPack 1.0 since then.
_NUMPY_HAS_VERSIONS = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1)
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
# Called with the interpreter's lock held, as NumPy calls a deleter.
_Deleter = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)


def _managed(capsule: Any) -> _Managed | _ManagedVersioned:
    """Return the struct in a capsule that has not been consumed; changes reach the capsule."""
    name = _name(capsule)
    if name not in _USED:
        raise BufferError(f"expected an unused DLPack capsule, got one named {name!r}")
    address = _pointer(capsule, name)
    if name == b"dltensor":
        return _Managed.from_address(address)
    versioned = _ManagedVersioned.from_address(address)
    if versioned.major != _NEWEST[0]:
        raise BufferError(
            f"expected a tensor of DLPack 1.x, got {versioned.major}.{versioned.minor}"
        )
    return versioned


class _Memory:
    """A tensor taken out of its capsule; its deleter runs when no array uses it any more."""

    def __init__(self, capsule: Any) -> None:
        managed = _managed(capsule)
        tensor = managed.tensor
        self.data_type = _data_type(tensor)
        self.device = (int(tensor.device_type), int(tensor.device_id))
        self.__array_interface__ = {
            "version": 3,
            "typestr": dtypes.storage(self.data_type).str,
            **_place(tensor, writable=not getattr(managed, "flags", 0) & (_READ_ONLY | _IS_COPIED)),
        }
        # From here on this object, and not the capsule, calls the deleter.
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
    """Return shape, strides and address as in the array interface."""
    if not 0 <= tensor.ndim <= MOST_DIMS or (tensor.ndim and not tensor.shape):
        raise BufferError(f"a DLPack tensor with {tensor.ndim} dimensions and this shape is wrong")
    counts = ctypes.c_int64 * tensor.ndim
    shape = tuple(counts.from_address(tensor.shape)) if tensor.ndim else ()
    strides, size = None, tensor.bits // 8
    if tensor.ndim and tensor.strides:
        strides = tuple(step * size for step in counts.from_address(tensor.strides))
    address = (tensor.data or 0) + tensor.byte_offset
    try:
        require_addresses(address, shape, strides, size)
    except ValueError as error:
        raise BufferError(f"the DLPack tensor is wrong: {error}") from None
    if 0 in shape:
        # An empty tensor may have no address, for which NumPy would allocate memory, and its
        # strides mean nothing.
        address, strides = tensor.shape, None
    return {"shape": shape, "strides": strides, "data": (address, not writable)}


def place(runtime: str, index: int) -> tuple[int, int] | None:
    """Return DLPack's kind and number of a device with its own memory; None for other devices."""
    kind = _DEVICES.get(runtime)
    return None if kind is None else (kind, index)


def has_cuda_array_interface(runtime: str) -> bool:
    """Return whether arrays on a runtime's devices have the CUDA array interface.

    Those of HIP have it too: libraries that were written for CUDA serve both.
    """
    return _DEVICES.get(runtime) in (_CUDA, _ROCM)


def is_managed(memory: tuple[int, int]) -> bool:
    """Return whether every device of a runtime reads a kind of memory as its own."""
    return memory[0] == _CUDA_MANAGED


def is_readable_by(device: tuple[int, int], memory: tuple[int, int]) -> bool:
    """Return whether memory is of a kind that a device, or one of its kind, has or shares."""
    kind = int(memory[0])
    return kind == device[0] or (device[0] == _CUDA and kind == _CUDA_MANAGED)


def read(producer: Any) -> tuple[np.ndarray[Any, Any], DataType]:
    """Return a tensor of another library as an array, without a copy.

    Parameters
    ----------
    producer : object
        A tensor in host memory, with ``__dlpack__`` and ``__dlpack_device__``.

    Returns
    -------
    array : numpy.ndarray
        The elements, or their bits where NumPy lacks their type.
    data_type : nexus.data_type
        Type of the elements.

    Raises
    ------
    BufferError
        If it lies in the memory of a device.
    TypeError
        If devices lack its element type.
    """
    device = producer.__dlpack_device__()
    if device[0] not in _HOST:
        raise BufferError(
            f"the {type(producer).__name__} lies on DLPack device {tuple(map(int, device))}; copy "
            "it to the host first, for torch with .cpu()"
        )
    memory = _Memory(_export(producer))
    if memory.device[0] not in _HOST:
        raise BufferError(
            f"the {type(producer).__name__} says that it lies in host memory, but its capsule is "
            f"of DLPack device {memory.device}"
        )
    return np.asarray(memory), memory.data_type


def read_device(
    producer: Any, stream: int
) -> tuple[np.ndarray[Any, Any], DataType, tuple[int, int]]:
    """Return a tensor in a device's memory as an array of which only the address is usable.

    Parameters
    ----------
    producer : object
        A tensor with ``__dlpack__``.
    stream : int
        The driver's stream, as DLPack has it, that has to wait until the contents are complete.

    Returns
    -------
    array : numpy.ndarray
        Shape, strides and address. The elements must not be read.
    data_type : nexus.data_type
        Type of the elements.
    device : tuple of int
        DLPack's kind and number of the device whose memory it is.
    """
    memory = _Memory(_export(producer, stream=stream))
    if memory.device[0] not in (*_DEVICES.values(), _CUDA_MANAGED):
        raise BufferError(
            f"the {type(producer).__name__} says that it lies in the memory of a device, but its "
            f"capsule is of DLPack device {memory.device}"
        )
    return np.asarray(memory), memory.data_type, memory.device


def _export(producer: Any, **options: Any) -> Any:
    try:
        return producer.__dlpack__(max_version=_NEWEST, **options)
    except TypeError:
        # The producer is older than the versions of DLPack.
        return producer.__dlpack__(**options)


def write(
    array: np.ndarray[Any, Any],
    data_type: DataType,
    device: tuple[int, int] = HOST,
    max_version: tuple[int, int] | None = None,
    copied: bool = False,
) -> Any:
    """Return a capsule of an array of elements or, where NumPy lacks their type, of their bits.

    Parameters
    ----------
    array : numpy.ndarray
        Array in the memory of `device`.
    data_type : nexus.data_type
        Type of the elements.
    device : tuple of int
        DLPack's kind and number of the device.
    max_version : tuple of int, optional
        Newest version of DLPack that the consumer reads. Capsules of NumPy before 2.1 have none.
    copied : bool
        Whether the memory is a copy, which the consumer alone uses.

    Raises
    ------
    BufferError
        If DLPack lacks the type.
    """
    if dtypes.bits(data_type) < 8:
        raise BufferError(f"DLPack has no packed {data_type.name}; use numpy() for the bytes")
    if max_version is not None and _NUMPY_HAS_VERSIONS:
        capsule = array.__dlpack__(max_version=max_version)
    else:
        capsule = array.__dlpack__()
    managed = _managed(capsule)
    if copied and isinstance(managed, _ManagedVersioned):
        managed.flags |= _IS_COPIED
    tensor = managed.tensor
    if data_type in _CODES:
        tensor.code = _CODES[data_type][0]
    tensor.device_type, tensor.device_id = device
    return capsule
