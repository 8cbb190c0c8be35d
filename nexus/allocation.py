"""Creates buffers from sizes, shapes and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from nexus._enums import buffer_settings as BufferSettings
from nexus._enums import data_type as DataType
from nexus._ffi import ffi, lib
from nexus._objects.checked_numbers import UINT, described, integer
from nexus.arrays import dtypes
from nexus.arrays.contents import of_list
from nexus.arrays.dtypes import DTypeLike
from nexus.arrays.exported_memory import TO_DEVICE, TO_HOST
from nexus.arrays.layout import Layout, checked_shape, struct_of
from nexus.arrays.matching import retype
from nexus.arrays.source import HOST, Source, describe
from nexus.buffer import Buffer

_create = lib.nxs_CreateBuffer
_NULL = ffi.NULL
_UNDEFINED = DataType.Undefined
_ON_DEVICE = int(BufferSettings.OnDevice)


def create(device: Any, data: Any, dtype: DTypeLike, copy: bool | None, settings: int) -> Buffer:
    """Create a buffer on a device; see ``Device.create_buffer``."""
    if copy is not True and copy is not None and not isinstance(copy, (bool, np.bool_)):
        raise TypeError(f"copy has to be True, False or None, got {described(copy)}")
    if settings.__class__ is not int or settings >> 32:
        settings = integer(settings, "settings", UINT)
    if not isinstance(data, np.ndarray):
        if isinstance(data, Buffer):
            return _create_like(device, data, dtype, copy, settings)
        if _is_size(data):
            data = (data,)
            dtype = _UNDEFINED if dtype is None else dtype
        if isinstance(data, tuple):
            kind = _UNDEFINED if dtype is None else dtypes.resolve(dtype)
            layout = Layout(checked_shape(data), kind)
            return allocate(device, layout, _NULL, settings)
        if isinstance(data, list):
            return _create_from_list(device, data, dtype, copy, settings)
    source = describe(data, device)
    layout = source.layout if dtype is None else retype(source.layout, dtypes.resolve(dtype))
    if copy:
        return allocate(device, layout, source.pointer, settings)
    reason = _why_not_shared(device, source, layout)
    if reason and copy is None:
        return allocate(device, layout, source.pointer, settings)
    if reason:
        raise ValueError(f"{reason}: copy=True")
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


def share(device: Any, data: Any) -> Buffer:
    """Create a buffer that shares the memory of an array.

    Raises
    ------
    ValueError
        If the device cannot use that memory; the message is the reason.
    """
    source = describe(data, device)
    reason = _why_not_shared(device, source, source.layout)
    if reason:
        raise ValueError(reason)
    return allocate(device, source.layout, source.pointer, _ON_DEVICE, source)


def _is_size(data: Any) -> bool:
    if isinstance(data, np.generic):
        # Not timedelta64, which NumPy derives from its integers.
        return data.dtype.kind in "iu"
    return data.__class__ is float or (hasattr(data, "__index__") and not hasattr(data, "shape"))


def _why_not_shared(device: Any, source: Source, layout: Layout) -> str:
    """Return why a buffer cannot share the memory of an array; empty where it can."""
    if source.device == HOST:
        if not device.unified_memory:
            return f"{device!r} has memory of its own, so data has to be copied"
    elif not _lies_on(device, source):
        return f"the data lies in the memory of another device than {device!r}"
    if not source.direct:
        return "only memory of the data's own, C-contiguous and in native byte order, can be shared"
    if not source.writable:
        return "kernels could write to the data, which is read-only"
    size = dtypes.bits(layout.data_type) // 8
    if size and int(ffi.cast("uintptr_t", source.pointer)) % size:
        return f"the data does not lie at a multiple of its elements' size, {size} bytes"
    return ""


def _lies_on(device: Any, source: Source) -> bool:
    from nexus.arrays import dlpack

    return source.device == dlpack.place(device.runtime.name, device.index)


def _create_from_list(
    device: Any, values: list[Any], dtype: DTypeLike, copy: bool | None, settings: int
) -> Buffer:
    """Create a buffer whose contents are the numbers of a list."""
    if dtype is None:
        raise TypeError(
            "a list of numbers needs the type of the elements: pass dtype=, such as "
            "dtype='float32'; for a shape pass a tuple"
        )
    if copy is False:
        raise ValueError("a list has no memory that a buffer could share: copy=True")
    kind = dtypes.resolve(dtype)
    array = of_list(values, kind)
    layout = Layout(checked_shape(array.shape), kind)
    return allocate(device, layout, ffi.from_buffer(array), settings)


def _create_like(
    device: Any, buffer: Buffer, dtype: DTypeLike, copy: bool | None, settings: int
) -> Buffer:
    """Create a buffer with the layout and contents of a buffer of any runtime."""
    layout = buffer.layout
    if dtype is not None and dtypes.resolve(dtype) is not layout.data_type:
        raise TypeError(
            f"the buffer is {layout.data_type.name}, not {described(dtype)}; leave out dtype=, "
            "convert its numpy() with astype(), or pass its view(dtype)"
        )
    if not copy and buffer.device is device:
        return buffer.view(layout.data_type)
    if copy is False:
        raise ValueError(f"{buffer!r} lies on another device than {device!r}: copy=True")
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
