"""Creates buffers from sizes, shapes and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from nexus._enums import buffer_settings as BufferSettings
from nexus._enums import data_type as DataType
from nexus._ffi import ffi, lib
from nexus.arrays import dtypes
from nexus.arrays.dtypes import DTypeLike
from nexus.arrays.exported_memory import TO_DEVICE, TO_HOST
from nexus.arrays.layout import Layout, checked_shape, struct_of
from nexus.arrays.source import HOST, Source, describe, retype
from nexus.buffer import Buffer

_create = lib.nxs_CreateBuffer
_NULL = ffi.NULL
_UNDEFINED = DataType.Undefined
_ON_DEVICE = int(BufferSettings.OnDevice)


def create(device: Any, data: Any, dtype: DTypeLike, copy: bool, settings: int) -> Buffer:
    """Create a buffer on a device; see ``Device.create_buffer``."""
    if not isinstance(data, np.ndarray):
        if isinstance(data, Buffer):
            return _create_like(device, data, dtype, settings)
        if isinstance(data, np.integer) or (
            hasattr(data, "__index__") and not hasattr(data, "shape")
        ):
            data = (data,)
            dtype = _UNDEFINED if dtype is None else dtype
        if _is_shape(data):
            if dtype is None:
                raise TypeError(
                    f"the shape {tuple(data)} needs the type of its elements: pass dtype=, such as "
                    "dtype='float32'"
                )
            layout = Layout(checked_shape(data), dtypes.resolve(dtype))
            return allocate(device, layout, _NULL, settings)
    source = describe(data, device)
    layout = source.layout if dtype is None else retype(source.layout, dtypes.resolve(dtype))
    if copy:
        return allocate(device, layout, source.pointer, settings)
    _require_shareable(device, source)
    return allocate(device, layout, source.pointer, settings | _ON_DEVICE, source)


def allocate(
    device: Any, layout: Layout, pointer: Any, settings: int, shared: Source | None = None
) -> Buffer:
    """Create a buffer of a layout.

    Parameters
    ----------
    device : nexus.Device
        Where it lies.
    layout : nexus.Layout
        Shape and element type.
    pointer : cdata
        The contents to copy, or the memory to share; NULL for zeros.
    settings : int
        Flags of ``nexus.buffer_settings``.
    shared : Source, optional
        The memory to share, which the buffer keeps alive; None where it is copied.
    """
    # With OnDevice and a pointer a plugin shares the memory, so a copy is made in a second step.
    in_two_steps = settings & _ON_DEVICE and shared is None and pointer is not _NULL
    first = _NULL if in_two_steps else pointer
    handle = _create(device._table, device._handle, struct_of(layout), first, settings)
    if handle < 0:
        about = f"a buffer of {layout.data_type.name} {layout.shape} on {device!r}"
        device._fail(handle, "nxsCreateBuffer", about)
    buffer = Buffer(device, handle, layout, shared)
    if in_two_steps:
        buffer._transfer(pointer, TO_DEVICE)
    return buffer


def _is_shape(data: Any) -> bool:
    return isinstance(data, (tuple, list)) and all(hasattr(size, "__index__") for size in data)


def _require_shareable(device: Any, source: Source) -> None:
    if source.device == HOST and not device.unified_memory:
        raise ValueError(f"{device!r} has memory of its own, so data has to be copied: copy=True")
    if not source.direct:
        raise ValueError("only C-contiguous data of native byte order can be shared: copy=True")
    if not source.writable:
        raise ValueError("kernels could write to the data, which is read-only: copy=True")


def _create_like(device: Any, buffer: Buffer, dtype: DTypeLike, settings: int) -> Buffer:
    """Create a buffer with the layout and contents of a buffer of any runtime."""
    layout = buffer.layout
    if dtype is not None and dtypes.resolve(dtype) is not layout.data_type:
        raise TypeError(
            f"the buffer is {layout.data_type.name}, not {dtype}; leave out dtype=, or convert its "
            "numpy() with astype()"
        )
    buffer.pin()
    try:
        address = buffer.readable_by(device)
        if address:
            return allocate(device, layout, ffi.cast("void *", address), settings)
    finally:
        buffer.unpin()
    host = np.empty(layout.nbytes, np.uint8)
    buffer._transfer(ffi.from_buffer(host), TO_HOST)
    return allocate(device, layout, ffi.from_buffer(host), settings)
