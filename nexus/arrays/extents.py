"""Bounds of the memory that foreign arrays describe, checked before anything is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# More dimensions than any library has: NumPy's limit.
MOST_DIMS = 64
_ADDRESSES = 2**64


def extent(shape: Sequence[int], strides: Sequence[int] | None, size: int) -> tuple[int, int]:
    """Return the first byte of an array and the one after its last, from its address.

    Parameters
    ----------
    shape : sequence of int
        Elements along each dimension.
    strides : sequence of int or None
        Bytes from one element to the next along each dimension; None for C order.
    size : int
        Bytes of an element.

    Raises
    ------
    ValueError
        If a size is negative, or the array has more bytes than memory can have.
    """
    if any(count < 0 for count in shape):
        raise ValueError(f"an array cannot have the shape {tuple(shape)}: a size is negative")
    if 0 in shape:
        return 0, 0
    total = math.prod(shape) * size
    if total >= 2**63:
        raise ValueError(f"an array of shape {tuple(shape)} has more bytes than memory can have")
    if strides is None:
        return 0, total
    steps = [(count - 1) * step for count, step in zip(shape, strides, strict=True)]
    return sum(min(step, 0) for step in steps), sum(max(step, 0) for step in steps) + size


def require_addresses(
    address: int, shape: Sequence[int], strides: Sequence[int] | None, size: int
) -> None:
    """Raise ValueError unless the addresses of all elements are possible."""
    first, end = extent(shape, strides, size)
    if first == end:
        return
    if not address:
        raise ValueError(f"an array of shape {tuple(shape)} has no address")
    if address + first < 0 or address + end > _ADDRESSES:
        raise ValueError(
            f"an array of shape {tuple(shape)} with the strides {strides} leaves the memory that "
            "can be addressed"
        )


def require_within_memory(interface: Mapping[str, Any]) -> None:
    """Raise unless an array interface describes memory that can be its own.

    Raises
    ------
    TypeError
        If an entry is of another type than the protocol has.
    ValueError
        If the array leaves its memory, as far as its size is known, or the addresses.
    """
    try:
        shape = tuple(map(int, interface["shape"]))
        size = np.dtype(interface["typestr"]).itemsize
        strides = interface.get("strides")
        strides = None if strides is None else tuple(map(int, strides))
        data = interface.get("data")
        offset = int(interface.get("offset") or 0)
    except (KeyError, TypeError, ValueError) as error:
        raise TypeError(f"the array interface is incomplete or wrong: {error!r}") from None
    if len(shape) > MOST_DIMS or (strides is not None and len(strides) != len(shape)):
        raise ValueError(
            f"an array interface with {len(shape)} dimensions and "
            f"{len(shape) if strides is None else len(strides)} strides is wrong"
        )
    if isinstance(data, tuple):
        if len(data) != 2 or not isinstance(data[0], int):
            raise TypeError(f"the data of an array interface is an address and a flag, got {data}")
        require_addresses(data[0], shape, strides, size)
    elif data is not None:
        _require_within(memoryview(data).nbytes, offset, extent(shape, strides, size))


def _require_within(size: int, offset: int, bounds: tuple[int, int]) -> None:
    first, end = offset + bounds[0], offset + bounds[1]
    if first != end and not 0 <= first < end <= size:
        raise ValueError(
            f"the array interface describes the bytes {first} to {end} of a memory of {size} bytes"
        )
