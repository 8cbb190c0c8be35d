"""Buffers: sizes, and refused layouts."""

from __future__ import annotations

from nexus._enums import MAX_DIMS, data_type
from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    MEMORY_STATUSES,
    SIZE,
    UINT_MAX,
    filled,
    live_if_told,
    read,
    refused,
)
from nexus.conformance.harness.call_arguments import Layout, Out
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.patterns import pattern
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import BITS, status_name

# Bytes that every machine has free.
_AT_HAND = 1 << 30


def _size(kit: Kit, layout: Layout) -> int:
    buffer = kit.ok("CreateBuffer", 0, layout, None, 0)
    size = kit.size(buffer)
    kit.ok("ReleaseBuffer", buffer)
    return size


@check(
    "buffer.size",
    "Size is the product of the dimensions and of the item size; rank 0 is one element.",
    function="CreateBuffer",
)
def size_of_layout(kit: Kit) -> None:
    for name, bits in BITS.items():
        for dims in ([], [5], [1], [3, 5], [2, 3, 4], [1] * 7 + [9], [2] * MAX_DIMS):
            count = 1
            for dim in dims:
                count *= dim
            expected = -(-count * bits // 8)
            found = _size(kit, Layout(int(data_type[name]), dims))
            assert found == expected, f"{dims} of {name} has {found} bytes, not {expected}"
    found = _size(kit, Layout(0, [4, 9, 9, 9], rank=1))
    assert found == 4, f"dimensions beyond the rank count: {found} bytes, not 4"


@check(
    "buffer.strides",
    "Strides count elements; a buffer extends to its last element.",
    function="CreateBuffer",
    needs=("full",),
)
def strides(kit: Kit) -> None:
    cases = (
        (Layout(1, [3, 4], [4, 1]), 48),
        (Layout(1, [3, 4], [10, 1]), 96),
        (Layout(1, [3, 4], [1, 3]), 48),
        (Layout(13, [5], [2]), 9),
        (Layout(16, [2, 2], [100, 7]), 8 * 108),
        (Layout(1, [0, 4], [10, 1]), 0),
    )
    for layout, expected in cases:
        found = _size(kit, layout)
        assert found == expected, f"{layout} has {found} bytes, not {expected}"


@check(
    "buffer.zero_bytes",
    "An empty buffer can be created, copied, queried and released.",
    function="CreateBuffer",
)
def zero_bytes(kit: Kit) -> None:
    for layout in (Layout(0, [0]), Layout(1, [0]), Layout(1, [5, 0, 3]), Layout(14, [0])):
        for host in (None, b""):
            buffer = kit.ok("CreateBuffer", 0, layout, host, 0)
            assert kit.size(buffer) == 0, f"{layout} has {kit.size(buffer)} bytes, not 0"
            kit.ok("CopyBuffer", buffer, Out(0), 0)
            kit.ok("CopyBuffer", buffer, b"", 1)
            kit.ok("CopyBuffer", buffer, None, 0)
            kit.ok("ReleaseBuffer", buffer)


@check(
    "buffer.maximum",
    "A buffer of MaxBufferSize can be created, unless memory is in use elsewhere.",
    function="CreateBuffer",
)
def maximum(kit: Kit) -> None:
    told = query(kit, "GetDeviceProperty", (0,), int(Property.MaxBufferSize))
    if not isinstance(told, bytes):
        raise NotApplicable("the device does not answer MaxBufferSize")
    largest, before = int.from_bytes(told, "little"), live_if_told(kit)
    buffer = kit.call("CreateBuffer", 0, Layout(0, [largest]), None, 0, timeout=60).value
    if buffer < 0:
        got = status_name(buffer)
        asked = f"a buffer of MaxBufferSize, {largest} bytes,"
        assert got in MEMORY_STATUSES, f"{asked} is refused as {got}"
        if largest <= _AT_HAND:
            raise AssertionError(f"{asked} gives {got}, although it takes no more than 1 GiB")
        return
    assert kit.size(buffer) == largest, f"of {largest} bytes the buffer has {kit.size(buffer)}"
    if kit.has("ReleaseBuffer"):
        kit.ok("ReleaseBuffer", buffer)
        assert live_if_told(kit) == before, "the released buffer is counted as live"


@check(
    "buffer.too_large",
    "A buffer beyond the memory is refused with a status, and nothing changes.",
    function="CreateBuffer",
)
def too_large(kit: Kit) -> None:
    sizes = [1 << 62, (1 << 63) - 1, (1 << 63) - 4096]
    largest = query(kit, "GetDeviceProperty", (0,), int(Property.MaxBufferSize))
    if isinstance(largest, bytes):
        sizes.append(int.from_bytes(largest, "little") + 1)
    before = live_if_told(kit)
    statuses = ("MemObjectAllocationFailure", "InvalidBufferSize", "OutOfHostMemory")
    for size in sizes:
        refused(kit, statuses, "CreateBuffer", 0, Layout(0, [size]), None, 0)
        assert live_if_told(kit) == before, f"a refused buffer of {size} bytes is counted as live"
    buffer = filled(kit, pattern(SIZE))
    assert read(kit, buffer) == pattern(SIZE), "a buffer made after a refused one is not right"


@check(
    "buffer.size_overflow",
    "Dimensions whose product with the item size overflows are InvalidBufferSize.",
    function="CreateBuffer",
)
def size_overflow(kit: Kit) -> None:
    cases = (
        Layout(0, [1 << 63]),
        Layout(0, [(1 << 64) - 1]),
        Layout(1, [1 << 62]),
        Layout(1, [(1 << 62) + 1]),
        Layout(16, [1 << 61]),
        Layout(16, [(1 << 61) + 1]),
        Layout(0, [1 << 32, 1 << 32]),
        Layout(0, [(1 << 32) + 1, 1 << 32]),
        Layout(1, [1 << 31, 1 << 31]),
        Layout(13, [1 << 8] * MAX_DIMS),
        Layout(13, [3] + [1 << 9] * 7),
    )
    for layout in cases:
        refused(kit, "InvalidBufferSize", "CreateBuffer", 0, layout, None, 0)


@check(
    "buffer.stride_overflow",
    "Strides whose extent overflows are InvalidBufferSize.",
    function="CreateBuffer",
    needs=("full",),
)
def stride_overflow(kit: Kit) -> None:
    cases = (
        Layout(1, [3], [1 << 63]),
        Layout(1, [2], [(1 << 64) - 1]),
        Layout(0, [2, 2], [(1 << 64) - 1, 1]),
        Layout(1, [2, 2], [1 << 62, 1 << 62]),
        Layout(16, [1 << 32, 2], [1 << 32, 1]),
    )
    for layout in cases:
        refused(kit, "InvalidBufferSize", "CreateBuffer", 0, layout, None, 0)


@check("buffer.rank", "A rank above 8 is InvalidValue.", function="CreateBuffer")
def rank(kit: Kit) -> None:
    for number in (MAX_DIMS + 1, 64, INT_MAX, UINT_MAX):
        layout = Layout(1, [1] * MAX_DIMS, rank=number)
        refused(kit, "InvalidValue", "CreateBuffer", 0, layout, None, 0)


@check("buffer.data_type", "An unknown data type is InvalidValue.", function="CreateBuffer")
def unknown_data_type(kit: Kit) -> None:
    for number in (20, 30, 31, 1000, INT_MAX, UINT_MAX):
        refused(kit, "InvalidValue", "CreateBuffer", 0, Layout(number, [4]), None, 0)
