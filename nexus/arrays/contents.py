"""Lists of numbers as the contents of buffers."""

from __future__ import annotations

from typing import Any

import numpy as np

from nexus._enums import data_type as DataType
from nexus.arrays import dtypes
from nexus.arrays.scalars import encode


def of_list(values: list[Any], data_type: DataType) -> np.ndarray[Any, Any]:
    """Return a list of numbers, or of lists, as an array of the bits of a type's elements.

    Raises
    ------
    TypeError
        If an element is not a number that the type can hold, such as 0.5 in an integer.
    OverflowError
        If an element is out of the type's range.
    ValueError
        If lists beside each other have different lengths.
    """
    kind = DataType.U8 if data_type is DataType.Undefined else data_type
    shape, flat = _flatten(values)
    array = _converted(flat, kind)
    if array is None:
        encoded = (encode(value, kind, f"element {place}") for place, value in enumerate(flat))
        array = np.frombuffer(b"".join(encoded), dtypes.storage(kind))
    return array.reshape(shape)


def _flatten(values: Any) -> tuple[tuple[int, ...], list[Any]]:
    """Return the shape of nested lists, and their elements in C order."""
    if not any(isinstance(value, (list, tuple)) for value in values):
        return (len(values),), list(values)
    if not all(isinstance(value, (list, tuple)) for value in values):
        raise ValueError("a list of contents has numbers and lists beside each other")
    parts = [_flatten(value) for value in values]
    shapes = {shape for shape, _ in parts}
    if len(shapes) > 1:
        raise ValueError(
            f"lists of contents beside each other have different shapes: {sorted(shapes)}"
        )
    return (len(values), *shapes.pop()), [value for _, flat in parts for value in flat]


def _converted(flat: list[Any], kind: DataType) -> np.ndarray[Any, Any] | None:
    """Return plain numbers that NumPy converts exactly as `encode` does, else None."""
    dtype, types = dtypes.storage(kind), set(map(type, flat))
    if not dtypes.is_native(kind) or not flat:
        return None
    if dtype.kind in "iu" and types <= {int, bool}:
        limits = np.iinfo(dtype)
        fits = limits.min <= min(flat) and max(flat) <= limits.max
        return np.array(flat, dtype) if fits else None
    if dtype.kind == "f" and types == {float}:
        wide = np.array(flat)
        fits = not (np.isfinite(wide) & (np.abs(wide) > np.finfo(dtype).max)).any()
        return wide.astype(dtype) if fits else None
    return None
