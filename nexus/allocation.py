"""Making buffers, from sizes, shapes and host arrays."""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nexus import dtypes, interop
from nexus._enums import MAX_DIMS
from nexus._enums import buffer_settings as BufferSettings
from nexus._enums import data_type as DataType
from nexus._ffi import ffi, lib
from nexus.dtypes import DTypeLike
from nexus.memory import TO_DEVICE, TO_HOST, Buffer, Layout

if TYPE_CHECKING:
    from nexus.device import Device

_create = lib.nxs_CreateBuffer
_NULL = ffi.NULL
_UNDEFINED = DataType.Undefined
_ON_DEVICE = int(BufferSettings.OnDevice)


# Programs ask for the same few layouts again and again, and filling the C struct costs more than
# the call. Nobody writes to it after that, so threads may share it.
@lru_cache(maxsize=512)
def _struct(layout: Layout) -> Any:
    shape = layout.shape
    return ffi.new("nxs_buffer_layout *", (layout.data_type, len(shape), shape))


@lru_cache(maxsize=512)
def bytes_layout(size: int) -> tuple[Layout, Any]:
    layout = Layout((_dimension(size),), _UNDEFINED)
    return layout, _struct(layout)


def _dimension(size: Any) -> int:
    number = operator.index(size)
    if number < 0:
        raise ValueError(f"a size cannot be negative, but {number} is")
    if number >= 2**64:
        raise OverflowError(f"{number} is beyond what a size can be, 2**64 - 1")
    return number


def _shape(sizes: Any) -> tuple[int, ...]:
    shape = tuple(_dimension(size) for size in sizes)
    if len(shape) > MAX_DIMS:
        raise ValueError(f"a buffer has at most {MAX_DIMS} dimensions; {shape} has {len(shape)}")
    return shape


def _is_shape(data: Any) -> bool:
    return isinstance(data, (tuple, list)) and all(hasattr(size, "__index__") for size in data)


def create(device: Device, data: Any, dtype: DTypeLike, copy: bool, settings: int) -> Buffer:
    """Make a buffer; see ``Device.create_buffer``."""
    if isinstance(data, np.ndarray):
        return _from_host(device, data, dtype, copy, settings)
    if isinstance(data, Buffer):
        return _create_like(device, data, dtype, settings)
    if isinstance(data, np.integer) or (hasattr(data, "__index__") and not hasattr(data, "shape")):
        kind = _UNDEFINED if dtype is None else dtypes.resolve(dtype)
        return _empty(device, (data,), kind, settings)
    if _is_shape(data):
        if dtype is None:
            raise TypeError(
                f"the shape {tuple(data)} needs the type of its elements: pass dtype=, such as "
                "dtype='float32'"
            )
        return _empty(device, data, dtypes.resolve(dtype), settings)
    if interop.lies_on(data, device):
        return _from_device(device, data, dtype, copy, settings)
    return _from_host(device, data, dtype, copy, settings)


def _empty(device: Device, sizes: Any, data_type: DataType, settings: int) -> Buffer:
    return _make(device, Layout(_shape(sizes), data_type), _NULL, settings)


def _make(device: Device, layout: Layout, pointer: Any, settings: int, host: Any = None) -> Buffer:
    # A plugin takes OnDevice with a pointer as leave to keep the pointer.
    later = settings & _ON_DEVICE and host is None and pointer is not _NULL
    first = _NULL if later else pointer
    handle = _create(device._table, device._handle, _struct(layout), first, settings)
    if handle < 0:
        about = f"a buffer of {layout.data_type.name} {layout.shape} on {device!r}"
        device._fail(handle, "nxsCreateBuffer", about)
    buffer = Buffer(device, handle, layout)
    buffer._host = host
    if later:
        buffer._transfer(pointer, TO_DEVICE)
    return buffer


def _from_host(device: Device, data: Any, dtype: DTypeLike, copy: bool, settings: int) -> Buffer:
    host = interop.host_array(data)
    kind, sizes = host.data_type, host.array.shape
    if dtype is not None:
        kind, sizes = interop.retype(host, dtypes.resolve(dtype))
    if len(sizes) > MAX_DIMS:
        _shape(sizes)
    layout = Layout(sizes, kind)
    if copy:
        array = interop.contiguous(host.array)
        return _make(device, layout, ffi.from_buffer(array), settings)
    _require_wrappable(device, host.array)
    pointer = ffi.from_buffer(host.array, require_writable=True)
    return _make(device, layout, pointer, settings | _ON_DEVICE, (host.array, pointer))


def _from_device(device: Device, data: Any, dtype: DTypeLike, copy: bool, settings: int) -> Buffer:
    found = interop.device_array(data, device)
    kind, sizes = found.data_type, found.array.shape
    if dtype is not None:
        kind, sizes = interop.retype(found, dtypes.resolve(dtype))
    pointer = ffi.cast("void *", interop.address(found.array))
    layout = Layout(_shape(sizes), kind)
    if copy:
        return _make(device, layout, pointer, settings)
    return _make(device, layout, pointer, settings | _ON_DEVICE, found.array)


def _require_wrappable(device: Device, array: np.ndarray[Any, Any]) -> None:
    if not device.unified_memory:
        raise ValueError(f"{device!r} has memory of its own, so data has to be copied: copy=True")
    if not (array.flags.c_contiguous and array.dtype.isnative):
        raise ValueError("only C-contiguous data of native byte order can be shared: copy=True")
    if not array.flags.writeable:
        raise ValueError("kernels could write to the data, which is read-only: copy=True")


def _create_like(device: Device, buffer: Buffer, dtype: DTypeLike, settings: int) -> Buffer:
    """Make a buffer with the layout and contents of one of any runtime."""
    layout = buffer.layout
    if dtype is not None and dtypes.resolve(dtype) is not layout.data_type:
        raise TypeError(f"the buffer is {layout.data_type.name}; it is not converted to {dtype}")
    buffer._require_open("nxsCopyBuffer")
    address = buffer._address()
    if not address and buffer.device.runtime is device.runtime and device.runtime.unified_memory:
        address = buffer._device_address()
    if address:
        return _make(device, layout, ffi.cast("void *", address), settings)
    host = np.empty(layout.nbytes, np.uint8)
    buffer._transfer(ffi.from_buffer(host), TO_HOST)
    return _make(device, layout, ffi.from_buffer(host), settings)
