"""Names of data types, and values as their bytes."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus import data_type
from nexus.arrays import dtypes
from nexus.arrays.scalars import encode

NATIVE = [t for t in data_type if dtypes.is_native(t)]
INTEGERS = [t for t in NATIVE if dtypes.storage(t).kind in "iu"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("float32", "F32"), ("fp16", "F16"), ("f16", "F16"), ("bf16", "BF16"), ("bfloat16", "BF16"),
        ("fp8", "F8"), ("bool", "Bool"), ("uint8", "U8"), ("int64", "I64"), ("fp64", "F64"),
        ("int4", "I4"), ("I4", "I4"), ("i4", "I32"), ("F8", "F8"), ("f8", "F64"), ("u2", "U16"),
        (np.float32, "F32"), (np.dtype(">i2"), "I16"), (float, "F64"), (bool, "Bool"),
        (data_type.BF8, "BF8"), (np.longlong, "I64"), ("Undefined", "Undefined"),
    ],
)  # fmt: skip
def test_names(name, expected):
    assert dtypes.resolve(name) is data_type[expected]


@pytest.mark.parametrize(
    ("bad", "hint"),
    [
        (np.complex64, "floats"), ("complex128", "floats"), (object, "astype"),
        ("datetime64[s]", "int64"), (np.dtype([("a", "f4")]), "field"),
        (np.longdouble, "float64"), ("float31", "bf16"),
        (data_type.Mask, "mask"), (data_type.Block_8, "flag"), (3, "expected a data type"),
        (str, "numeric"),
    ],
)  # fmt: skip
def test_unsupported_types_are_refused(bad, hint):
    with pytest.raises(TypeError, match=hint):
        dtypes.resolve(bad)


def test_plain_numbers_are_not_data_types():
    assert dtypes.resolve(data_type.F32) is data_type.F32
    with pytest.raises(TypeError):
        dtypes.resolve(int(data_type.F32))


@given(st.sampled_from(NATIVE), st.data())
def test_encoding_matches_numpy(kind, data):
    dtype = dtypes.storage(kind)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        value = data.draw(st.integers(limits.min, limits.max))
    elif dtype.kind == "b":
        value = data.draw(st.booleans())
    else:
        value = data.draw(st.floats(width=dtype.itemsize * 8, allow_nan=False))
    assert encode(value, kind) == np.array(value, dtype).tobytes()


@given(st.sampled_from(INTEGERS), st.integers())
def test_integers_out_of_range_are_refused(kind, value):
    limits = np.iinfo(dtypes.storage(kind))
    if limits.min <= value <= limits.max:
        assert len(encode(value, kind)) == limits.bits // 8
    else:
        with pytest.raises(OverflowError, match="dtype="):
            encode(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(0.5, "I32"), (2.0, "U8"), ("1", "I32"), ("1", "F32"), (2, "Bool"), (None, "F32"), (1, "I4")],
)
def test_values_of_another_kind_are_refused(value, kind):
    with pytest.raises(TypeError):
        encode(value, data_type[kind])


@pytest.mark.parametrize(
    ("value", "kind"), [(1e39, "F32"), (7e4, "F16"), (480, "F8"), (1e9, "BF8")]
)
def test_floats_out_of_range_are_refused(value, kind):
    with pytest.raises(OverflowError):
        encode(value, data_type[kind])


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        (1 + 2**-8, 0x3F80), (1 + 3 * 2**-8, 0x3F82), (-1 - 2**-8, 0xBF80),
        (-1 - 3 * 2**-8, 0xBF82),
        (1 + 2**-8 + 2**-20, 0x3F81), (1 + 3 * 2**-8 - 2**-20, 0x3F81), (0.0, 0), (-0.0, 0x8000),
    ],
)  # fmt: skip
def test_ties_of_bfloat16_go_to_the_even_one(value, bits):
    assert encode(value, data_type.BF16) == struct.pack("=H", bits)


@given(st.floats(width=32, min_value=-(2.0**127), max_value=2.0**127))
def test_bfloat16_rounds_to_the_nearest(value):
    (bits,) = struct.unpack("=H", encode(value, data_type.BF16))
    (rounded,) = struct.unpack("=f", struct.pack("=I", bits << 16))
    for neighbour in (bits - 1, bits + 1):
        (other,) = struct.unpack("=f", struct.pack("=I", (neighbour & 0xFFFF) << 16))
        if math.isfinite(other):
            assert abs(rounded - value) <= abs(other - value)


@pytest.mark.parametrize(
    ("value", "kind", "bits"),
    [
        (1.0, "F8", 0x38), (-1.0, "F8", 0xB8), (448.0, "F8", 0x7E), (2**-9, "F8", 0x01),
        (0.0, "F8", 0x00), (-0.0, "F8", 0x80), (463.9, "F8", 0x7E), (1.0625, "F8", 0x38),
        (1.0, "BF8", 0x3C), (57344.0, "BF8", 0x7B), (math.inf, "BF8", 0x7C),
        (-math.inf, "BF8", 0xFC),
    ],
)  # fmt: skip
def test_eight_bit_floats(value, kind, bits):
    assert encode(value, data_type[kind]) == bytes([bits])


def test_small_floats_match_ml_dtypes():
    ml = pytest.importorskip("ml_dtypes")
    values = np.random.default_rng(0).normal(size=2000, scale=20)
    for kind, scalar in (("BF16", ml.bfloat16), ("F8", ml.float8_e4m3fn), ("BF8", ml.float8_e5m2)):
        for value in values.astype(np.float32):
            assert encode(value, data_type[kind]) == np.array(value).astype(scalar).tobytes()


def test_nan_stays_nan():
    for kind, nan in (("F8", b"\x7f"), ("BF8", b"\x7f"), ("BF16", struct.pack("=H", 0x7FC0))):
        assert encode(math.nan, data_type[kind]) == nan
