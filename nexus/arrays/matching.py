"""Comparison of arrays with the layout that a buffer has or is to have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nexus._enums import data_type as DataType
from nexus.arrays import dtypes
from nexus.arrays.layout import Layout
from nexus.arrays.source import Source, describe


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
    if dtypes.bit_compatible(own, data_type):
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
    if not raw and own is not data_type and not dtypes.bit_compatible(own, data_type):
        raise TypeError(
            f"the host array is {own.name}, but the buffer is {data_type.name}; "
            "pass an array of that type, or bytes"
        )
