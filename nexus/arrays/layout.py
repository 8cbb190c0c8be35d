"""Layouts: shape and element type of an array, and the C struct that describes both."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nexus._enums import MAX_DIMS
from nexus._enums import data_type as DataType
from nexus._ffi import ffi
from nexus._objects.checked_numbers import size as checked_size
from nexus.arrays import dtypes


class Layout(NamedTuple):
    """Shape and element type of a buffer.

    Attributes
    ----------
    shape : tuple of int
        Elements along each dimension, the outermost first; bytes where the type is Undefined.
    data_type : nexus.data_type
        Type of the elements.
    """

    shape: tuple[int, ...]
    data_type: DataType

    @property
    def nbytes(self) -> int:
        """int: Size in bytes."""
        return dtypes.byte_count(self.shape, self.data_type)


class HostForm(NamedTuple):
    """How NumPy holds the elements of a layout.

    Attributes
    ----------
    bits : numpy.dtype
        Type of the elements, or of their bits where NumPy lacks the type.
    shape : tuple of int
        The layout's shape; flat bytes for types smaller than a byte.
    nbytes : int
        Size in bytes.
    native : bool
        Whether `bits` is the type of the elements.
    """

    bits: np.dtype[Any]
    shape: tuple[int, ...]
    nbytes: int
    native: bool


# Programs use the same few layouts again and again, and filling the C struct costs more than the
# call. Nothing writes to a struct after that, so threads may share it.
@lru_cache(maxsize=512)
def struct_of(layout: Layout) -> Any:
    """Return the ``nxs_buffer_layout`` of a layout."""
    shape = layout.shape
    return ffi.new("nxs_buffer_layout *", (layout.data_type, len(shape), shape))


@lru_cache(maxsize=512)
def of_bytes(size: int) -> tuple[Layout, Any]:
    """Return the layout of so many bytes, and its struct."""
    layout = Layout((dimension(size),), DataType.Undefined)
    return layout, struct_of(layout)


@lru_cache(maxsize=512)
def of_array(shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Layout, np.dtype[Any] | None]:
    """Return the layout of a NumPy array, and the dtype to view it with where NumPy lacks its type.

    Raises
    ------
    TypeError
        If devices have no such element type.
    """
    data_type = dtypes.resolve(dtype)
    layout = Layout(shape, data_type)
    if dtypes.is_native(data_type):
        return layout, None
    if dtypes.bits(data_type) != dtype.itemsize * 8:
        raise TypeError(
            f"an array of {dtype} has one element per byte, but {data_type.name} has two; "
            "pack them into bytes, and pass those with dtype="
        )
    return layout, dtypes.storage(data_type)


@lru_cache(maxsize=512)
def host_form(layout: Layout) -> HostForm:
    """Return how NumPy holds the elements of a layout."""
    shape, data_type = layout
    if dtypes.bits(data_type) < 8:
        shape = (layout.nbytes,)
    native = dtypes.is_native(data_type)
    return HostForm(dtypes.storage(data_type), shape, layout.nbytes, native)


def reinterpret(layout: Layout, data_type: DataType) -> Layout:
    """Return the layout of the same bytes as elements of another type.

    Raises
    ------
    ValueError
        If the bytes along the last dimension are not a whole number of elements.
    """
    shape, own = layout
    if data_type is DataType.Undefined:
        return Layout((layout.nbytes,), data_type)
    old, new = dtypes.bits(own), dtypes.bits(data_type)
    if old == new:
        return Layout(shape, data_type)
    if not shape or shape[-1] * old % new:
        where = f"the last dimension of {shape}" if shape else "a shape without dimensions"
        raise ValueError(
            f"{own.name} elements cannot be viewed as {data_type.name}: along {where} their size "
            f"is not a multiple of {new} bits"
        )
    return Layout((*shape[:-1], shape[-1] * old // new), data_type)


def dimension(size: Any) -> int:
    """Return a size as an int; see `checked_numbers.size` for the errors."""
    return checked_size(size, "a size")


def checked_shape(sizes: Any) -> tuple[int, ...]:
    """Return sizes as a shape; raise ValueError if there are more dimensions than buffers have."""
    shape = tuple(map(dimension, sizes))
    if len(shape) > MAX_DIMS:
        raise ValueError(f"a buffer has at most {MAX_DIMS} dimensions; {shape} has {len(shape)}")
    return shape
