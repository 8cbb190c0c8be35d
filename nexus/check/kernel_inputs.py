"""Contents of a kernel's buffers and values of its scalars, generated for a check."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nexus import data_type as DataType
from nexus.arrays import dtypes
from nexus.kernel_argument import KernelArgument

# Elements of a generated buffer: more than the kernel needs. How far it reaches tells its length.
GENEROUS = 1 << 14
# Bytes for a struct, whose size is not known.
_STRUCT = 16
# Numbers in buffers of larger integers, which may be indexes.
_MOST_INTEGER = 16

Array = NDArray[Any]


def element_type(argument: KernelArgument) -> np.dtype[Any] | None:
    """Return the type of an argument's elements; None for a struct, and for what NumPy lacks."""
    if argument.data_type is DataType.Undefined:
        return None
    return dtypes.storage(argument.data_type)


def is_integer_scalar(argument: KernelArgument) -> bool:
    """Return whether an argument is a scalar that may be a length."""
    own = element_type(argument)
    return argument.kind == "scalar" and own is not None and own.kind in "iu"


def generate(argument: KernelArgument, index: int, seed: int, count: int = GENEROUS) -> Array:
    """Return the contents of a buffer, or the value of a scalar that is no integer.

    Parameters
    ----------
    argument : KernelArgument
        Whose type it gets.
    index : int
        Of the argument, so that each gets other numbers.
    seed : int
        The same seed yields the same numbers.
    count : int
        Elements of a buffer.
    """
    random = np.random.default_rng((seed, index))
    own = element_type(argument)
    if argument.kind == "scalar":
        count = 1
    if own is None:
        # Small numbers are valid as integers, and almost zero as floats.
        return random.integers(0, 2, _STRUCT * count, np.uint8)
    if own.kind == "f":
        return (random.random(count) * 2 - 1).astype(own)
    most = _MOST_INTEGER
    if own.itemsize < 4:
        most = int(np.iinfo(own).max) + 1 if own.kind in "iu" else 2
    return random.integers(0, most, count).astype(own)


def given(argument: KernelArgument, index: int, seed: int, value: object) -> Array:
    """Return an argument that the user gives: contents, a buffer's length, or a scalar.

    Raises
    ------
    ValueError
        If the value does not fit.
    """
    own = element_type(argument)
    if isinstance(value, np.ndarray):
        if own is not None and value.dtype.itemsize != own.itemsize:
            raise ValueError(f"elements of {value.dtype} where the kernel has {own}")
        return np.ascontiguousarray(value).reshape(-1)
    if argument.kind != "scalar":
        if not isinstance(value, (int, np.integer)) or value < 0:
            raise ValueError(f"{value!r} is no number of elements")
        return generate(argument, index, seed, int(value))
    if own is None:
        raise ValueError("a struct is given as an array of its bytes")
    return np.array([value]).astype(own)
