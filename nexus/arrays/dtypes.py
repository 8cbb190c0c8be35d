"""Data types: their names, their NumPy dtypes, and which can stand for which."""

from __future__ import annotations

import math
import re
import sys
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from nexus._enums import data_type as DataType
from nexus._objects.checked_numbers import described

DTypeLike: TypeAlias = Any

# Names of small types that packages such as ml_dtypes add to NumPy.
_SMALL = re.compile(r"(float|int|uint)[1-8](_\w+)?")

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
_BYTES = {DataType.Bool, DataType.U8}
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
    # NumPy would also take objects that have a dtype, such as arrays and buffers.
    if not isinstance(dtype, (str, np.dtype, type, DataType)) and not _is_of_torch(dtype):
        own = getattr(dtype, "dtype", None)
        raise _unknown(dtype, f"; pass its dtype, {own}" if isinstance(own, np.dtype) else "")
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
        native = np.dtype(name if _is_of_torch(dtype) else dtype)
    except (TypeError, ValueError, SyntaxError):
        small = _SMALL.fullmatch(name)
        raise _lacking(name, small.group(1)) if small else _unknown(dtype) from None
    found = _NAMES.get(native.name) or _BY_KIND.get((native.kind, native.itemsize))
    if found is not None and native.subdtype is None:
        return found
    small = _SMALL.fullmatch(native.name)
    if small:
        raise _lacking(native.name, small.group(1))
    instead = _INSTEAD.get(native.kind, "convert it to a numeric dtype")
    raise TypeError(f"devices have no {native.name}; {instead}")


def _is_of_torch(dtype: Any) -> bool:
    return f"{type(dtype).__module__}.{type(dtype).__name__}" == "torch.dtype"


def _unknown(dtype: Any, hint: str = "") -> TypeError:
    hint = hint or f"; use a NumPy dtype or one of {', '.join(sorted(_NAMES))}"
    return TypeError(f"expected a data type, got {described(dtype)}{hint}")


def _lacking(name: str, kind: str) -> TypeError:
    """Return the error for a type of ml_dtypes or torch that devices lack."""
    to = {"float": "float8_e4m3fn, float8_e5m2 or float32", "int": "int8", "uint": "uint8"}
    return TypeError(
        f"devices have no {name}; convert it to {to[kind]} with astype(), or pass its bits with "
        "view('uint8')"
    )


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


def bit_compatible(own: DataType, other: DataType) -> bool:
    """Return whether elements of one type can stand for elements of another without a view.

    Bytes can stand for any type, and bool and uint8 for each other. Unsigned integers can hold the
    bits of a type that NumPy lacks, and 8-bit ones two elements of 4 bits.
    """
    if own is other or DataType.Undefined in (own, other) or {own, other} == _BYTES:
        return True
    for bits, type_ in ((own, other), (other, own)):
        if bits in (DataType.U8, DataType.U16) and type_ in _FOREIGN_BITS:
            return storage(type_) == storage(bits)
    return False
