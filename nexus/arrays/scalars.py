"""Single values, and their conversion to the bytes of a data type."""

from __future__ import annotations

import math
import operator
import struct
from functools import cache
from typing import Any

import numpy as np

from nexus._enums import data_type as DataType
from nexus._objects.checked_numbers import described
from nexus.arrays.dtypes import resolve

_INTEGERS = {
    DataType.I8: "b", DataType.U8: "B", DataType.I16: "h", DataType.U16: "H",
    DataType.I32: "i", DataType.U32: "I", DataType.I64: "q", DataType.U64: "Q",
}  # fmt: skip
_FLOATS = {DataType.F16: "e", DataType.F32: "f", DataType.F64: "d"}
_SMALL_FLOATS = {DataType.F8: (4, 3), DataType.BF8: (5, 2)}
# Types that differ in their size, the usual ones first.
_FAMILIES = (
    (DataType.I32, DataType.I64, DataType.I16, DataType.I8),
    (DataType.U32, DataType.U64, DataType.U16, DataType.U8),
    (DataType.F32, DataType.F64, DataType.F16),
    (DataType.Bool, DataType.I32, DataType.I64, DataType.I16),
)
# Kinds of NumPy scalars that are no real numbers.
_NO_NUMBERS = {
    "c": "a complex number; pass .real and .imag as two values",
    "V": "a structure; pass each of its fields",
    "U": "text",
    "S": "text",
    "M": "a date; pass it as an integer with astype('int64')",
    "m": "a duration; pass it as an integer with astype('int64')",
    "O": "an object array; pass its item()",
}


def encode(value: Any, data_type: DataType, name: str = "the value") -> bytes:
    """Return the bytes of one value.

    Parameters
    ----------
    value : number
        A number of Python or NumPy, or an array of no dimensions.
    data_type : nexus.data_type
        The type to convert it to.
    name : str
        What the value is, for messages.

    Raises
    ------
    TypeError
        If it is not a real number, or the type cannot hold that kind of value, such as 0.5 in an
        integer.
    OverflowError
        If it is out of the type's range.
    """
    number = value if value.__class__ in (int, float, bool) else _plain(value, name)
    try:
        return _encode(number, data_type, name)
    except (struct.error, OverflowError):
        raise OverflowError(
            f"{name} {described(value)} does not fit {data_type.name}; pass dtype= for another type"
        ) from None


def of_scalar(value: Any, name: str = "the value") -> DataType:
    """Return the data type of a scalar: that of a NumPy scalar, else Bool, I32 or F32.

    Raises
    ------
    TypeError
        If it is not a real number.
    """
    plain = _plain(value, name)
    if isinstance(value, (np.generic, np.ndarray)):
        return resolve(value.dtype)
    if isinstance(plain, bool):
        return DataType.Bool
    return DataType.I32 if isinstance(plain, int) else DataType.F32


def other_widths(kind: DataType) -> list[DataType]:
    """Return the other types of integers, or of floats, that a value of a type may become."""
    for family in _FAMILIES:
        if kind in family:
            return [other for other in family if other is not kind]
    return []


def _plain(value: Any, name: str) -> bool | int | float:
    """Return a real number as one of Python's."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is masked, and devices have no masks; pass .data or .filled()")
    kind = _no_number(value)
    if kind:
        raise TypeError(f"{name} is {kind}, not a number: {described(value)}")
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if getattr(value, "shape", ()) == () and str(getattr(value, "dtype", "")).endswith("bool"):
        return bool(value)
    if getattr(value, "shape", ()) == ():
        for convert in (operator.index, _real):
            try:
                return convert(value)
            except (TypeError, ValueError):
                continue
    raise TypeError(f"{name} has to be a number, got {described(value)}")


def _real(value: Any) -> float:
    if not hasattr(value, "__float__"):
        raise TypeError
    return float(value)


def _no_number(value: Any) -> str:
    """Return what a value is that NumPy would convert to a float with a loss; empty if none."""
    if isinstance(value, (str, bytes, bytearray, memoryview)):
        return _NO_NUMBERS["U"]
    if isinstance(value, (complex, np.complexfloating)):
        return _NO_NUMBERS["c"]
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, np.dtype):
        # Packages that add types to NumPy may give them the kind of structures.
        if dtype.kind == "V" and dtype.type is not np.void:
            return ""
        return _NO_NUMBERS.get(dtype.kind, "")
    return _NO_NUMBERS["c"] if "complex" in str(dtype) else ""


def _encode(value: float, data_type: DataType, name: str) -> bytes:
    if data_type is DataType.Bool:
        if value not in (0, 1):
            raise TypeError(f"{name} has to be True or False, got {described(value)}")
        return bytes([bool(value)])
    if data_type in _INTEGERS:
        if not isinstance(value, int):
            raise TypeError(
                f"{name} is {described(value)}, but {data_type.name} needs an integer; pass dtype= "
                "for another type"
            )
        return struct.pack(f"={_INTEGERS[data_type]}", value)
    if data_type in _FLOATS:
        return struct.pack(f"={_FLOATS[data_type]}", value)
    if data_type is DataType.BF16:
        return _bfloat16(float(value))
    if data_type in _SMALL_FLOATS:
        return _small_float(float(value), data_type)
    raise TypeError(f"one {data_type.name} is smaller than a byte; pass bytes instead")


def _bfloat16(value: float) -> bytes:
    if math.isnan(value):
        return struct.pack("=H", 0x7FC0)
    (word,) = struct.unpack("=I", struct.pack("=f", value))
    rounded = (word + 0x7FFF + (word >> 16 & 1)) >> 16
    if math.isfinite(value) and rounded & 0x7FFF == 0x7F80:
        raise OverflowError
    return struct.pack("=H", rounded)


def _small_float(value: float, data_type: DataType) -> bytes:
    patterns = _patterns(data_type)
    if math.isnan(value):
        return b"\x7f"
    sign = 0x80 if math.copysign(1.0, value) < 0 else 0
    size = abs(value)
    if math.isinf(size) and data_type is DataType.BF8:
        return bytes([sign | 0x7C])
    # Half a step or more beyond the largest value rounds to a value out of range.
    if size >= patterns[-1] + (patterns[-1] - patterns[-2]) / 2:
        raise OverflowError
    nearest = min(range(len(patterns)), key=lambda p: (abs(patterns[p] - size), p & 1))
    return bytes([sign | nearest])


@cache
def _patterns(data_type: DataType) -> list[float]:
    """Return the finite non-negative values; the index of each is its bit pattern."""
    exponent_bits, mantissa_bits = _SMALL_FLOATS[data_type]
    bias = 2 ** (exponent_bits - 1) - 1
    finite = 0x7F if data_type is DataType.F8 else 0x7C
    values = []
    for pattern in range(finite):
        exponent, mantissa = pattern >> mantissa_bits, pattern & (1 << mantissa_bits) - 1
        fraction = mantissa / (1 << mantissa_bits) + (exponent > 0)
        values.append(math.ldexp(fraction, max(exponent, 1) - bias))
    return values
