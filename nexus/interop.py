"""Arrays of the host: whatever holds numbers in memory, seen as a NumPy array without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nexus import dtypes
from nexus._enums import data_type as DataType
from nexus._enums import property as Property

if TYPE_CHECKING:
    from nexus.device import Device


class DeviceView:
    """Where an array lies in a device's memory, in the terms of NumPy's array interface."""

    __slots__ = ("__array_interface__", "_owner")

    def __init__(self, owner: object, interface: dict[str, Any]) -> None:
        self._owner = owner
        self.__array_interface__ = interface


class HostArray(NamedTuple):
    """Host memory and what lies in it.

    Attributes
    ----------
    array : numpy.ndarray
        The memory itself, not a copy, of a dtype that NumPy has: where the elements are of another
        type, an array of their bits.
    data_type : nexus.data_type
        Type of the elements; Undefined for bytes that may be anything.
    """

    array: np.ndarray[Any, Any]
    data_type: DataType


def host_array(data: Any) -> HostArray:
    """See host memory as an array.

    Parameters
    ----------
    data : object
        A NumPy array, or an object with the buffer protocol, DLPack or an array interface.

    Raises
    ------
    TypeError
        If it is none of these, or of a type that devices do not have.
    BufferError
        If it lies in the memory of a device.
    """
    if isinstance(data, np.ndarray):
        return _from_array(data)
    if isinstance(data, (str, list, tuple, dict, set)):
        raise TypeError(f"a {type(data).__name__} is no array; convert it with numpy.array()")
    view = _memoryview(data)
    if view is not None:
        if view.format == "B" and view.ndim == 1 and view.contiguous:
            return HostArray(np.frombuffer(view, np.uint8), DataType.Undefined)
        return _from_array(np.asarray(view))
    if hasattr(data, "__dlpack__"):
        from nexus import dlpack

        return HostArray(*dlpack.read(data))
    if hasattr(data, "__array_interface__") or hasattr(data, "__array__"):
        return _from_array(np.asarray(data))
    raise TypeError(
        f"a {type(data).__name__} is no array: it has neither the buffer protocol nor DLPack nor "
        "an array interface"
    )


def lies_on(data: Any, device: Device) -> bool:
    """Return whether an array of another library lies in memory that a device can reach.

    That is memory of any device of the same kind, of which DLPack or the CUDA array interface
    tells.
    """
    if device.unified_memory:
        return False
    from nexus import dlpack

    own = dlpack.place(device.runtime.name, device.index)
    if own is None:
        return False
    if hasattr(data, "__dlpack_device__"):
        return bool(data.__dlpack_device__()[0] == own[0])
    return device.runtime.name == "cuda" and hasattr(data, "__cuda_array_interface__")


def device_array(data: Any, device: Device) -> HostArray:
    """See an array in a device's memory as one that tells where it lies; see `lies_on`.

    Raises
    ------
    ValueError
        If its elements are not in C order.
    BufferError
        If work that may still write to it failed.
    """
    if hasattr(data, "__dlpack__"):
        from nexus import dlpack

        stream = device.get_property_int(Property.Value)
        found = HostArray(*dlpack.read_device(data, stream))
    else:
        found = _from_cuda_array(data, device)
    if not found.array.flags.c_contiguous:
        raise ValueError(
            f"the {type(data).__name__} is not C-contiguous; make it so where it is, for torch "
            "with .contiguous()"
        )
    return found


def _from_cuda_array(data: Any, device: Device) -> HostArray:
    interface = dict(data.__cuda_array_interface__)
    stream = interface.pop("stream", None)
    if interface.get("mask") is not None:
        raise TypeError("devices have no masked arrays")
    if stream is not None:
        from nexus import cuda_stream

        cuda_stream.synchronize(stream, device.index)
    return _from_array(np.asarray(DeviceView(data, interface)))


def address(array: np.ndarray[Any, Any]) -> int:
    """Return where an array's elements lie."""
    place: int = array.__array_interface__["data"][0]
    return place


def _memoryview(data: Any) -> memoryview | None:
    try:
        return memoryview(data)
    except TypeError:
        return None


def _from_array(array: np.ndarray[Any, Any]) -> HostArray:
    data_type = dtypes.resolve(array.dtype)
    if dtypes.is_native(data_type):
        return HostArray(array, data_type)
    # A dtype that another package added: NumPy cannot export it, but can export its bits.
    if dtypes.bits(data_type) != array.dtype.itemsize * 8:
        raise TypeError(
            f"an array of {array.dtype} has one element to a byte, but {data_type.name} has two; "
            "pack them into bytes, and pass those with dtype="
        )
    return HostArray(array.view(dtypes.storage(data_type)), data_type)


def contiguous(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array in C order and native byte order: itself if it is, else a copy."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array if array.flags.c_contiguous else array.copy(order="C")


def retype(host: HostArray, data_type: DataType) -> tuple[DataType, tuple[int, ...]]:
    """Return the data type and shape of host memory whose elements the caller says are `data_type`.

    Bytes may be anything, and arrays of unsigned bits may be a type that NumPy does not have;
    nothing is converted.

    Raises
    ------
    TypeError
        If the elements would have to be converted.
    ValueError
        If bytes do not make up whole elements.
    """
    array, own = host
    bits = dtypes.bits(data_type)
    packed = bits == 4 and own in (DataType.U8, DataType.Undefined)
    if own is data_type:
        return data_type, array.shape
    if packed:
        shape = array.shape or (1,)
        return data_type, (*shape[:-1], shape[-1] * 2)
    if own is DataType.Undefined:
        if array.size * 8 % bits:
            raise ValueError(f"{array.size} bytes are no whole number of {data_type.name} elements")
        return data_type, (array.size * 8 // bits,)
    if data_type is DataType.Undefined:
        return data_type, (array.nbytes,)
    if _may_be_bits(host, data_type):
        return data_type, array.shape
    raise TypeError(
        f"the data is {own.name}, not {data_type.name}; convert it with astype() first, or leave "
        "out dtype="
    )


def destination(host: Any, data_type: DataType, nbytes: int) -> np.ndarray[Any, Any]:
    """Check that host memory can take a buffer's contents, and return it as an array.

    Raises
    ------
    TypeError
        If its elements are of another type.
    ValueError
        If it is of another size, read-only, not in C order, or not in native byte order.
    """
    found = host_array(host)
    array = found.array
    if array.flags.owndata and array is not host:
        raise TypeError(f"a {type(host).__name__} does not let NumPy write to its memory")
    _same(found, data_type, nbytes)
    if not array.flags.writeable:
        raise ValueError("the host array is read-only; pass one that can be written")
    if not array.flags.c_contiguous:
        raise ValueError("the host array is not C-contiguous; pass numpy.empty(shape, dtype)")
    if not array.dtype.isnative:
        raise ValueError("the host array is not in native byte order; pass one that is")
    return array


def source(host: Any, data_type: DataType, nbytes: int) -> np.ndarray[Any, Any]:
    """Check that host memory can become a buffer's contents, and return it as an array in C order.

    Raises
    ------
    TypeError
        If its elements are of another type.
    ValueError
        If it is of another size.
    """
    found = host_array(host)
    _same(found, data_type, nbytes)
    return contiguous(found.array)


def _same(host: HostArray, data_type: DataType, nbytes: int) -> None:
    if host.array.nbytes != nbytes:
        raise ValueError(f"the host array has {host.array.nbytes} bytes, but the buffer {nbytes}")
    raw = DataType.Undefined in (data_type, host.data_type)
    if not raw and host.data_type is not data_type and not _may_be_bits(host, data_type):
        raise TypeError(
            f"the host array is {host.data_type.name}, but the buffer is {data_type.name}; "
            "pass an array of that type, or bytes"
        )


def _may_be_bits(host: HostArray, data_type: DataType) -> bool:
    """Return whether the elements are unsigned integers that can be the bits of a type."""
    unsigned = host.data_type in (DataType.U8, DataType.U16)
    return unsigned and dtypes.storage(data_type) == host.array.dtype
