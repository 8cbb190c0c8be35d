"""Layouts, sizes, copies and fills of buffers, valid and not."""

from __future__ import annotations

import pytest
from support.abi import F32, F64, NULL

from nexus._enums import property as Property
from nexus._ffi import ffi


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ((0, 9, [1] * 8), "InvalidValue"),
        ((0, 2**32 - 1, [1] * 8), "InvalidValue"),
        ((20, 1, [8]), "InvalidValue"),
        ((99, 1, [8]), "InvalidValue"),
        ((0, 1, [2**64 - 1]), "InvalidBufferSize"),
        ((F64, 1, [2**61]), "InvalidBufferSize"),
        ((F64, 8, [2**32] * 8), "InvalidBufferSize"),
        ((F32, 2, [2, 2**63], [2**63, 2]), "InvalidBufferSize"),
        ((0, 1, [2**42]), "MemObjectAllocationFailure"),
    ],
)
def test_layouts_that_no_buffer_can_have(abi, layout, expected):
    assert abi.failure("CreateBuffer", 0, [layout], NULL, 0) == expected


@pytest.mark.parametrize(
    ("layout", "size"),
    [
        ((0, 1, [0]), 0),
        ((F32, 2, [0, 2**62]), 0),
        ((F32, 0), 4),
        ((F64, 3, [2, 3, 4]), 192),
        ((14, 1, [5]), 3),
        ((F32, 2, [2, 3], [8, 1]), 44),
        ((19, 8, [1, 2, 1, 2, 1, 2, 1, 2]), 16),
    ],
)
def test_sizes_of_layouts(abi, layout, size):
    buffer = abi.make("CreateBuffer", 0, [layout], NULL, 0)
    assert abi.GetBufferProperty_int(buffer, Property.Size) == size
    assert abi.contents(buffer, "u1", size).tolist() == [0] * size
    abi.make("ReleaseBuffer", buffer)


def test_copies_and_fills_that_cannot_be(abi):
    buffer, data = abi.buffer(64), ffi.new("char[64]")
    assert abi.failure("CopyBuffer", buffer, NULL, 0) == "InvalidHostPtr"
    assert abi.failure("CopyBuffer", buffer, data, 2) == "InvalidValue"
    assert abi.failure("FillBuffer", buffer, NULL, 4) == "InvalidArgValue"
    for size in (0, 3, 65, 128, 2**32 - 1):
        assert abi.failure("FillBuffer", buffer, data, size) == "InvalidArgSize"
    assert abi.contents(buffer, "u1", 64).sum() == 0
    abi.make("ReleaseBuffer", buffer)
