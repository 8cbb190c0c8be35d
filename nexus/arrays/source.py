"""The one gate for foreign arrays: whatever protocol an array has, it is described in one form."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nexus._enums import MAX_DIMS
from nexus._enums import data_type as DataType
from nexus._enums import property as Property
from nexus._ffi import ffi
from nexus.arrays.extents import require_within_memory
from nexus.arrays.layout import Layout, checked_shape, of_array

HOST = (1, 0)
# What a protocol of another library may raise for an array that it does not support.
_REFUSALS = (ArithmeticError, AttributeError, BufferError, RuntimeError, TypeError, ValueError)


class MaskedError(TypeError):
    """An array has a mask, whichever protocol it came by."""

    def __init__(self) -> None:
        super().__init__(
            "devices have no masked arrays: pass the elements without the mask, as with .data or "
            ".filled()"
        )


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
        Whether it is the array's own memory; False for a copy, such as one into C order and native
        byte order.
    """

    pointer: Any
    layout: Layout
    device: tuple[int, int]
    writable: bool
    owner: np.ndarray[Any, Any]
    direct: bool


def describe(data: Any, device: Any = None) -> Source:
    """Return where an array lies and what it holds.

    Protocols are tried in this order, until one yields an array: NumPy, those of device memory
    (DLPack, CUDA array interface), DLPack, array interface, buffer protocol, ``__array__``.

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
        If it has more than eight dimensions, lies in a device's memory in another than C order or
        the other byte order, or describes memory that cannot be its own.
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return _of_array(np.asanyarray(data))
    if isinstance(data, (str, list, tuple, dict, set, range)):
        raise TypeError(
            f"expected an array, got {type(data).__name__}; convert it with numpy.array()"
        )
    _require_no_mask(data)
    if device is not None and _is_on_kind_of(device, data):
        return _of_device(data, device)
    refusal = None
    for protocol in (_dlpack, _array_interface, _buffer_protocol, _array_method):
        try:
            found = protocol(data)
        except MaskedError:
            raise
        except _REFUSALS as error:
            # Some libraries have a protocol that refuses a part of their arrays.
            refusal = refusal or error
            continue
        if found is not None:
            return found
    if refusal is not None:
        raise refusal
    if hasattr(data, "__cuda_array_interface__"):
        raise BufferError(
            f"the {type(data).__name__} lies in the memory of a device; copy it to the host first"
        )
    raise TypeError(
        f"expected an array, got {type(data).__name__}: it has neither the buffer protocol nor "
        "DLPack nor an array interface"
    )


def _dlpack(data: Any) -> Source | None:
    if not hasattr(data, "__dlpack__"):
        return None
    from nexus.arrays import dlpack

    array, data_type = dlpack.read(data)
    return _of_array(array, data_type)


def _array_interface(data: Any) -> Source | None:
    interface = getattr(data, "__array_interface__", None)
    if interface is None:
        return None
    interface = dict(interface)
    if interface.get("data") is None:
        interface["data"] = memoryview(data)
    require_within_memory(interface)
    return _of_array(np.asarray(DeviceView(data, interface)))


def _buffer_protocol(data: Any) -> Source | None:
    try:
        view = memoryview(data)
    except TypeError:
        return None
    if isinstance(view.obj, np.ma.MaskedArray):
        raise MaskedError
    if view.format == "B" and view.ndim == 1 and view.contiguous:
        return _of_array(np.frombuffer(view, np.uint8), DataType.Undefined)
    return _of_array(np.asarray(view))


def _array_method(data: Any) -> Source | None:
    if not hasattr(data, "__array__"):
        return None
    own = True
    try:
        array = data.__array__(copy=False)
    except (TypeError, ValueError):
        # It is older than copy=, or has to make a copy.
        own, array = False, data.__array__()
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"__array__() of the {type(data).__name__} returned a {type(array).__name__}, not a "
            "numpy.ndarray"
        )
    found = _of_array(array)
    return found._replace(direct=found.direct and own)


def _of_array(array: np.ndarray[Any, Any], data_type: DataType | None = None) -> Source:
    """Describe host memory, of elements that the caller knows where the dtype does not say."""
    if array.__class__ is not np.ndarray and isinstance(array, np.ma.MaskedArray):
        raise MaskedError
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
        return dlpack.is_readable_by(own, data.__dlpack_device__())
    return dlpack.has_cuda_array_interface(device.runtime.name) and hasattr(
        data, "__cuda_array_interface__"
    )


def _of_device(data: Any, device: Any) -> Source:
    from nexus.arrays import dlpack

    own = dlpack.place(device.runtime.name, device.index) or HOST
    try:
        if hasattr(data, "__dlpack__"):
            # The producer makes this stream of the driver wait for the contents.
            stream = device.get_property_int(Property.Value)
            array, data_type, place = dlpack.read_device(data, stream)
            return _on_device(data, array, data_type, own if dlpack.is_managed(place) else place)
    except BufferError:
        if not hasattr(data, "__cuda_array_interface__"):
            raise
    array = _of_cuda_array_interface(data, device)
    layout, _ = of_array(array.shape, array.dtype)
    return _on_device(data, array, layout.data_type, own)


def _on_device(
    data: Any, array: np.ndarray[Any, Any], data_type: DataType, place: tuple[int, int]
) -> Source:
    """Describe an array of which only the address may be used."""
    layout = Layout(array.shape, data_type)
    if not array.flags.c_contiguous:
        raise ValueError(
            f"the {type(data).__name__} is not C-contiguous; make it contiguous on its device, for "
            "torch with .contiguous()"
        )
    if not array.dtype.isnative:
        raise ValueError(
            f"the {type(data).__name__} has elements of the other byte order, {array.dtype.str}; "
            "convert it on its device"
        )
    checked_shape(layout.shape)
    address = array.__array_interface__["data"][0]
    return Source(ffi.cast("void *", address), layout, place, array.flags.writeable, array, True)


def _of_cuda_array_interface(data: Any, device: Any) -> np.ndarray[Any, Any]:
    interface = dict(data.__cuda_array_interface__)
    stream = interface.pop("stream", None)
    require_within_memory(interface)
    if stream is not None:
        from nexus.arrays import foreign_stream

        foreign_stream.synchronize(device.runtime.name, stream, device.index)
    return np.asarray(DeviceView(data, interface))


def _require_no_mask(data: Any) -> None:
    """Raise for a mask in an interface, though another protocol may come first."""
    for name in ("__array_interface__", "__cuda_array_interface__"):
        try:
            interface = getattr(data, name, None)
        except _REFUSALS:
            # A protocol that refuses is left to the attempt that uses it.
            continue
        if isinstance(interface, dict) and interface.get("mask") is not None:
            raise MaskedError
