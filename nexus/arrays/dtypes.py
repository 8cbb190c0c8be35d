"""Data types: their names and NumPy dtypes, and the conversion of values to bytes."""

from __future__ import annotations

import math
import operator
import struct
import sys
from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np

from nexus._enums import data_type as DataType

DTypeLike: TypeAlias = Any

_NATIVE: dict[DataType, np.dtype[Any]] = {
    DataType.F32: np.dtype(np.float32),
    DataType.F16: np.dtype(np.float16),
    DataType.F64: np.dtype(np.float64),
    DataType.I8: np.dtype(np.int8),
    DataType.I16: np.dtype(np.int16),
    DataType.I32: np.dtype(np.int32),
    DataType.I64: np.dtype(np.int64),
    DataType.U8: np.dtype(np.uint8),
    DataType.U16: np.dtype(np.uint16),
    DataType.U32: np.dtype(np.uint32),
    DataType.U64: np.dtype(np.uint64),
    DataType.Bool: np.dtype(np.bool_),
}
_FOREIGN_BITS = {
    DataType.BF16: 16,
    DataType.F8: 8,
    DataType.BF8: 8,
    DataType.F4: 4,
    DataType.BF4: 4,
    DataType.I4: 4,
    DataType.U4: 4,
}
_BY_KIND = {(dtype.kind, dtype.itemsize): member for member, dtype in _NATIVE.items()}

# Names such as 'f4' and 'i8' are missing: as in NumPy their numbers are bytes. For 'f16' NumPy has
# a 128-bit float, which no device has, so that name is free.
_NAMES = {
    "fp32": DataType.F32, "f32": DataType.F32,
    "fp16": DataType.F16, "f16": DataType.F16,
    "fp64": DataType.F64, "f64": DataType.F64,
    "bf16": DataType.BF16, "bfloat16": DataType.BF16,
    "fp8": DataType.F8, "e4m3": DataType.F8, "float8_e4m3fn": DataType.F8,
    "bf8": DataType.BF8, "e5m2": DataType.BF8, "float8_e5m2": DataType.BF8,
    "fp4": DataType.F4, "float4_e2m1fn": DataType.F4, "bf4": DataType.BF4,
    "i16": DataType.I16, "i32": DataType.I32, "i64": DataType.I64,
    "u16": DataType.U16, "u32": DataType.U32, "u64": DataType.U64,
    "int4": DataType.I4, "uint4": DataType.U4,
}  # fmt: skip
_FLAGLESS = {
    m.name: m for m in DataType if m is DataType.Undefined or m in _NATIVE or m in _FOREIGN_BITS
}
_INTEGERS = {
    DataType.I8: "b", DataType.U8: "B", DataType.I16: "h", DataType.U16: "H",
    DataType.I32: "i", DataType.U32: "I", DataType.I64: "q", DataType.U64: "Q",
}  # fmt: skip
_FLOATS = {DataType.F16: "e", DataType.F32: "f", DataType.F64: "d"}
_SMALL_FLOATS = {DataType.F8: (4, 3), DataType.BF8: (5, 2)}
_INSTEAD = {
    "c": "view it as floats, with one more dimension of 2",
    "O": "convert it to a numeric dtype with astype()",
    "M": "view it as int64",
    "m": "view it as int64",
    "V": "make a buffer of each field",
    "f": "convert it to float64 with astype()",
}


def resolve(dtype: DTypeLike) -> DataType:
    """Return the data type for a name, a NumPy dtype or a member of ``nexus.data_type``.

    Parameters
    ----------
    dtype : str, numpy.dtype, type or nexus.data_type
        A NumPy dtype or anything that ``numpy.dtype`` takes; a name such as ``'bf16'``, ``'fp8'``,
        ``'int4'``; a member of ``nexus.data_type`` or its name, such as ``'BF16'``; a dtype of
        ml_dtypes or torch.

    Raises
    ------
    TypeError
        If devices lack the type.

    Examples
    --------
    >>> from nexus.arrays.dtypes import resolve
    >>> resolve("fp16").name, resolve(np.uint8).name, resolve("bf16").name
    ('F16', 'U8', 'BF16')
    """
    try:
        return _resolve(dtype)
    except TypeError as error:
        raise TypeError(str(error)) from None


@lru_cache(maxsize=256, typed=True)
def _resolve(dtype: DTypeLike) -> DataType:
    if isinstance(dtype, DataType):
        if dtype.name in _FLAGLESS:
            return dtype
        raise TypeError(f"data_type.{dtype.name} is a flag or a mask, not a type of elements")
    name = dtype if isinstance(dtype, str) else str(dtype).removeprefix("torch.")
    known = _NAMES.get(name, _FLAGLESS.get(name))
    if known is not None:
        return known
    try:
        native = np.dtype(name if type(dtype).__module__ == "torch" else dtype)
    except TypeError:
        raise TypeError(
            f"expected a data type, got {dtype!r}; use a NumPy dtype or one of "
            f"{', '.join(sorted(_NAMES))}"
        ) from None
    found = _NAMES.get(native.name) or _BY_KIND.get((native.kind, native.itemsize))
    if found is None:
        instead = _INSTEAD.get(native.kind, "convert it to a numeric dtype")
        raise TypeError(f"devices have no {native.name}; {instead}")
    return found


def is_native(data_type: DataType) -> bool:
    """Return whether NumPy has the type."""
    return data_type in _NATIVE


def storage(data_type: DataType) -> np.dtype[Any]:
    """Return the NumPy dtype of an element, or of its bits where NumPy lacks the type."""
    native = _NATIVE.get(data_type)
    if native is not None:
        return native
    return np.dtype(np.uint16 if _FOREIGN_BITS.get(data_type) == 16 else np.uint8)


def native(data_type: DataType) -> np.dtype[Any] | None:
    """Return the NumPy dtype of a data type, or that of ml_dtypes once it is imported.

    Returns
    -------
    numpy.dtype or None
        None for types that NumPy lacks, and for plain bytes.
    """
    if data_type in _NATIVE:
        return _NATIVE[data_type]
    extra = sys.modules.get("ml_dtypes")
    if extra is None or bits(data_type) < 8:
        return None
    for name, member in _NAMES.items():
        if member is data_type and hasattr(extra, name):
            found: np.dtype[Any] = np.dtype(getattr(extra, name))
            return found
    return None


def bits(data_type: DataType) -> int:
    """Return the size of an element in bits; 8 for plain bytes."""
    if data_type in _NATIVE:
        return _NATIVE[data_type].itemsize * 8
    return _FOREIGN_BITS.get(data_type, 8)


def byte_count(shape: tuple[int, ...], data_type: DataType) -> int:
    """Return the size of an array in bytes; 4-bit elements lie two to a byte."""
    return (math.prod(shape) * bits(data_type) + 7) // 8


def encode(value: Any, data_type: DataType) -> bytes:
    """Return the bytes of one value.

    Raises
    ------
    TypeError
        If the type cannot hold that kind of value, such as 0.5 in an integer.
    OverflowError
        If it is out of the type's range.
    """
    try:
        return _encode(value, data_type)
    except (struct.error, OverflowError):
        raise OverflowError(
            f"{value!r} does not fit {data_type.name}; pass dtype= for another type"
        ) from None


def _encode(value: Any, data_type: DataType) -> bytes:
    if data_type is DataType.Bool:
        if value not in (0, 1):
            raise TypeError(f"expected True or False, got {value!r}")
        return bytes([bool(value)])
    if data_type in _INTEGERS:
        return struct.pack(f"={_INTEGERS[data_type]}", _index(value, data_type))
    if data_type in _FLOATS:
        return struct.pack(f"={_FLOATS[data_type]}", _number(value, data_type))
    if data_type is DataType.BF16:
        return _bfloat16(_number(value, data_type))
    if data_type in _SMALL_FLOATS:
        return _small_float(_number(value, data_type), data_type)
    raise TypeError(f"one {data_type.name} is smaller than a byte; pass bytes instead")


def _index(value: Any, data_type: DataType) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(
            f"{data_type.name} needs an integer, got {value!r}; pass dtype= for another type"
        ) from None


def _number(value: Any, data_type: DataType) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{data_type.name} needs a number, got {value!r}")
    return float(value)


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


def of_scalar(value: Any) -> DataType:
    """Return the data type of a scalar: that of a NumPy scalar, else Bool, I32 or F32.

    Raises
    ------
    TypeError
        If it is not a number.
    """
    if isinstance(value, np.generic):
        return resolve(value.dtype)
    if isinstance(value, bool):
        return DataType.Bool
    if isinstance(value, int):
        return DataType.I32
    if isinstance(value, float):
        return DataType.F32
    raise TypeError(f"expected a number, got {type(value).__name__}")
