"""The one gate for foreign arrays: whatever protocol an array has, it is described in one form."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from nexus._enums import MAX_DIMS
from nexus._enums import data_type as DataType
from nexus._enums import property as Property
from nexus._ffi import ffi
from nexus.arrays import dtypes
from nexus.arrays.layout import Layout, checked_shape, of_array

HOST = (1, 0)


class DeviceView:
    """Memory in the terms of NumPy's array interface, and the object that owns it."""

    __slots__ = ("__array_interface__", "_owner")

    def __init__(self, owner: object, interface: dict[str, Any]) -> None:
        self._owner = owner
        self.__array_interface__ = interface


class Source(NamedTuple):
    """Memory that holds an array in C order and native byte order.

    Attributes
    ----------
    pointer : cdata
        Address of the first element.
    layout : nexus.Layout
        Shape and element type; Undefined for bytes without a type.
    device : tuple of int
        DLPack's kind and number of the device whose memory it is; ``(1, 0)`` for the host.
    writable : bool
        Whether the array may be written to.
    owner : numpy.ndarray
        Keeps the memory alive. Its elements are readable only in host memory.
    direct : bool
        Whether it is the array's own memory; False for a copy into C order and native byte order.
    """

    pointer: Any
    layout: Layout
    device: tuple[int, int]
    writable: bool
    owner: np.ndarray[Any, Any]
    direct: bool


def describe(data: Any, device: Any = None) -> Source:
    """Return where an array lies and what it holds.

    Protocols are tried in this order: NumPy, those of device memory (CUDA array interface, DLPack),
    DLPack, array interface, buffer protocol, ``__array__``.

    Parameters
    ----------
    data : object
        A NumPy array, or an object with one of these protocols.
    device : nexus.Device, optional
        Device that will read the array. Arrays in the memory of devices of its kind are accepted;
        without it only arrays in host memory.

    Raises
    ------
    TypeError
        If it has none of these protocols, is masked, or has elements of a type that devices lack.
    BufferError
        If it lies in memory that cannot be read here, or the work that writes it has failed.
    ValueError
        If it has more than eight dimensions, or lies in a device's memory in another than C order.
    """
    if isinstance(data, np.ndarray):
        return _of_array(data)
    if isinstance(data, (str, list, tuple, dict, set)):
        raise TypeError(
            f"expected an array, got {type(data).__name__}; convert it with numpy.array()"
        )
    if device is not None and _is_on_kind_of(device, data):
        return _of_device(data, device)
    if hasattr(data, "__dlpack__"):
        from nexus.arrays import dlpack

        array, data_type = dlpack.read(data)
        return _of_array(array, data_type)
    if hasattr(data, "__cuda_array_interface__"):
        raise BufferError(
            f"the {type(data).__name__} lies in the memory of a CUDA device; copy it to the host "
            "first"
        )
    if hasattr(data, "__array_interface__"):
        _require_unmasked(data.__array_interface__)
        return _of_array(np.asarray(data))
    view = _memoryview(data)
    if view is not None:
        if view.format == "B" and view.ndim == 1 and view.contiguous:
            return _of_array(np.frombuffer(view, np.uint8), DataType.Undefined)
        return _of_array(np.asarray(view))
    if hasattr(data, "__array__"):
        return _of_array(np.asarray(data))
    raise TypeError(
        f"expected an array, got {type(data).__name__}: it has neither the buffer protocol nor "
        "DLPack nor an array interface"
    )


def _of_array(array: np.ndarray[Any, Any], data_type: DataType | None = None) -> Source:
    """Describe host memory, of elements that the caller knows where the dtype does not say."""
    layout, bits = of_array(array.shape, array.dtype)
    if bits is not None:
        # A dtype that another package added: NumPy cannot export it, but can export its bits.
        array = array.view(bits)
    if data_type is not None:
        layout = Layout(array.shape, data_type)
    if len(layout.shape) > MAX_DIMS:
        checked_shape(layout.shape)
    flags = array.flags
    direct = flags.c_contiguous and array.dtype.isnative
    if not direct:
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(layout.shape)
    if array.__class__ is not np.ndarray and isinstance(array, np.ma.MaskedArray):
        raise TypeError("devices have no masked arrays; pass .data or .filled()")
    return Source(ffi.from_buffer(array), layout, HOST, flags.writeable, array, direct)


def _is_on_kind_of(device: Any, data: Any) -> bool:
    """Return whether an array lies in the memory of a device of the same kind."""
    if device.unified_memory:
        return False
    from nexus.arrays import dlpack

    own = dlpack.place(device.runtime.name, device.index)
    if own is None:
        return False
    if hasattr(data, "__dlpack_device__"):
        return bool(data.__dlpack_device__()[0] == own[0])
    return device.runtime.name == "cuda" and hasattr(data, "__cuda_array_interface__")


def _of_device(data: Any, device: Any) -> Source:
    from nexus.arrays import dlpack

    own = dlpack.place(device.runtime.name, device.index) or HOST
    if hasattr(data, "__dlpack__"):
        # The producer makes this stream of the driver wait for the contents.
        array, data_type = dlpack.read_device(data, device.get_property_int(Property.Value))
        layout = Layout(array.shape, data_type)
    else:
        array = _of_cuda_array_interface(data, device)
        layout, _ = of_array(array.shape, array.dtype)
    if not array.flags.c_contiguous:
        raise ValueError(
            f"the {type(data).__name__} is not C-contiguous; make it contiguous on its device, for "
            "torch with .contiguous()"
        )
    checked_shape(layout.shape)
    address = array.__array_interface__["data"][0]
    return Source(ffi.cast("void *", address), layout, own, array.flags.writeable, array, True)


def _of_cuda_array_interface(data: Any, device: Any) -> np.ndarray[Any, Any]:
    interface = dict(data.__cuda_array_interface__)
    stream = interface.pop("stream", None)
    _require_unmasked(interface)
    if stream is not None:
        from nexus.arrays import cuda_stream

        cuda_stream.synchronize(stream, device.index)
    return np.asarray(DeviceView(data, interface))


def _require_unmasked(interface: dict[str, Any]) -> None:
    if interface.get("mask") is not None:
        raise TypeError("devices have no masked arrays; pass the data without its mask")


def _memoryview(data: Any) -> memoryview | None:
    try:
        return memoryview(data)
    except TypeError:
        return None


def retype(layout: Layout, data_type: DataType) -> Layout:
    """Return the layout of memory whose elements the caller says are `data_type`.

    Bytes may hold any type, and arrays of unsigned integers the bits of a type that NumPy lacks;
    4-bit elements lie two to a byte along the last dimension.

    Raises
    ------
    TypeError
        If the elements would have to be converted.
    ValueError
        If the bytes are not a multiple of the element size.
    """
    shape, own = layout
    if own is data_type:
        return layout
    bits = dtypes.bits(data_type)
    if bits == 4 and own in (DataType.U8, DataType.Undefined):
        shape = shape or (1,)
        return Layout((*shape[:-1], shape[-1] * 2), data_type)
    if own is DataType.Undefined:
        size = math.prod(shape)
        if size * 8 % bits:
            raise ValueError(
                f"{size} bytes are not a multiple of the size of {data_type.name}, {bits // 8} "
                "bytes"
            )
        return Layout((size * 8 // bits,), data_type)
    if data_type is DataType.Undefined:
        return Layout((layout.nbytes,), data_type)
    if _may_be_bits(own, data_type):
        return Layout(shape, data_type)
    raise TypeError(
        f"the data is {own.name}, not {data_type.name}; convert it with astype() first, or leave "
        "out dtype="
    )


def source(host: Any, layout: Layout) -> Source:
    """Describe host memory that replaces the contents of a buffer.

    Raises
    ------
    TypeError
        If its elements are of another type.
    ValueError
        If it is of another size.
    """
    found = describe(host)
    _require_same(found.layout, layout)
    return found


def destination(host: Any, layout: Layout) -> Source:
    """Describe host memory that a buffer's contents are copied to.

    Raises
    ------
    TypeError
        If its elements are of another type.
    ValueError
        If it is of another size, read-only, not in C order, or not in native byte order.
    """
    found = describe(host)
    if found.owner.flags.owndata and not isinstance(host, np.ndarray):
        raise TypeError(f"a {type(host).__name__} does not let NumPy write to its memory")
    _require_same(found.layout, layout)
    if not found.writable:
        raise ValueError("the host array is read-only; pass one that can be written")
    if not found.direct:
        raise ValueError(
            "the host array is not C-contiguous and in native byte order; pass "
            "numpy.empty(shape, dtype)"
        )
    return found


def _require_same(host: Layout, layout: Layout) -> None:
    if host == layout:
        return
    if host.nbytes != layout.nbytes:
        raise ValueError(f"the host array has {host.nbytes} bytes, but the buffer {layout.nbytes}")
    own, data_type = host.data_type, layout.data_type
    raw = DataType.Undefined in (data_type, own)
    if not raw and own is not data_type and not _may_be_bits(own, data_type):
        raise TypeError(
            f"the host array is {own.name}, but the buffer is {data_type.name}; "
            "pass an array of that type, or bytes"
        )


def _may_be_bits(own: DataType, data_type: DataType) -> bool:
    """Return whether elements are unsigned integers that can hold the bits of a type."""
    unsigned = own in (DataType.U8, DataType.U16)
    return unsigned and dtypes.storage(data_type) == dtypes.storage(own)
