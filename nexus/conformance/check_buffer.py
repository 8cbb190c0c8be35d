"""Buffers: sizes, contents, and the host memory that calls are given."""

from __future__ import annotations

from nexus._enums import MAX_DIMS, data_type
from nexus._enums import property as Property
from nexus.conformance.arguments import Address, Guarded, Layout, Misaligned, Out
from nexus.conformance.checks import NotApplicable, check
from nexus.conformance.kit import Kit, status_name
from nexus.conformance.objects import (
    INT_MAX,
    SIZE,
    UINT_MAX,
    bad_devices,
    double_release,
    filled,
    live_if_told,
    pattern,
    query,
    read,
    refused,
)

# Bits of an element of each data type.
BITS = {
    **dict.fromkeys(("Undefined", "F8", "BF8", "I8", "U8", "Bool"), 8),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F4", "BF4", "I4", "U4"), 4),
}

_SIZES = (1, 2, 3, 7, 8, 63, 64, 65, 255, 4095, 4096, 4097, 65536, 100_003, 1 << 20)


def _size(kit: Kit, layout: Layout) -> int:
    buffer = kit.ok("CreateBuffer", 0, layout, None, 0)
    size = kit.size(buffer)
    kit.ok("ReleaseBuffer", buffer)
    return size


@check(
    "buffer.round_trip",
    "Data of every data type and size comes back as it went in, by creation and by copy.",
    function="CopyBuffer",
)
def round_trip(kit: Kit) -> None:
    for name, bits in BITS.items():
        size = 24 * bits // 8
        layout, data = Layout(int(data_type[name]), [4, 6]), pattern(size)
        buffer = kit.ok("CreateBuffer", 0, layout, data, 0)
        assert read(kit, buffer, size) == data, f"a new buffer of {name} has other contents"
        other = pattern(size, seed=9)
        kit.ok("CopyBuffer", buffer, other, 1)
        assert read(kit, buffer, size) == other, f"a buffer of {name} has not what was copied"
    for size in _SIZES:
        data, other = pattern(size), pattern(size, seed=5)
        buffer = filled(kit, data)
        assert read(kit, buffer, size) == data, f"a new buffer of {size} bytes has other contents"
        kit.ok("CopyBuffer", buffer, other, 1)
        assert read(kit, buffer, size) == other, f"a buffer of {size} bytes has not what was copied"
        kit.ok("ReleaseBuffer", buffer)


@check(
    "buffer.zeroed",
    "A buffer without host memory is zeros, whatever a previous tenant left there.",
    function="CreateBuffer",
)
def zeroed(kit: Kit) -> None:
    for size in _SIZES:
        buffers = [filled(kit, b"\xee" * size) for _ in range(3)]
        for buffer in buffers:
            kit.ok("ReleaseBuffer", buffer)
        for _ in range(4):
            buffer = kit.ok("CreateBuffer", 0, Layout(0, [size]), None, 0)
            found = read(kit, buffer, size).strip(b"\0")
            assert not found, f"a new buffer of {size} bytes has {found[:8]!r} in it"


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
    "Strides are in elements, and the buffer reaches to the last element.",
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
    "buffer.fill_patterns",
    "Patterns of every size that divides the buffer's fill all of it.",
    function="FillBuffer",
)
def fill_patterns(kit: Kit) -> None:
    size = 48 * 35
    buffer = kit.ok("CreateBuffer", 0, Layout(0, [size]), None, 0)
    for width in (1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 20, 24, 35, 48, 105, 240, 840, size):
        for seed in (1, 2):
            data = pattern(width, seed)
            kit.ok("FillBuffer", buffer, Guarded(data), width)
            right = read(kit, buffer, size) == data * (size // width)
            assert right, f"a pattern of {width} bytes does not fill {size} bytes"


@check(
    "buffer.fill_indivisible",
    "A pattern that does not divide the buffer is InvalidArgSize, and the contents stay.",
    function="FillBuffer",
)
def fill_indivisible(kit: Kit) -> None:
    data = pattern(SIZE)
    buffer = filled(kit, data)
    for width in (3, 5, 7, 24, 33, 63, 65, 128):
        refused(kit, "InvalidArgSize", "FillBuffer", buffer, bytes(width), width)
        assert read(kit, buffer) == data, f"a refused pattern of {width} bytes was written"
    refused(kit, "InvalidArgSize", "FillBuffer", buffer, bytes(64), UINT_MAX)
    assert read(kit, buffer) == data, "a refused pattern was written"


@check(
    "buffer.fill_zero_size",
    "A pattern of no bytes is InvalidArgSize, and the contents stay.",
    function="FillBuffer",
)
def fill_zero_size(kit: Kit) -> None:
    data = pattern(SIZE)
    buffer = filled(kit, data)
    refused(kit, "InvalidArgSize", "FillBuffer", buffer, bytes(8), 0)
    assert read(kit, buffer) == data, "a refused pattern was written"


@check(
    "buffer.fill_null",
    "A NULL pattern is InvalidArgValue, and the contents stay.",
    function="FillBuffer",
)
def fill_null(kit: Kit) -> None:
    data = pattern(SIZE)
    buffer = filled(kit, data)
    for width in (1, 4, 64):
        refused(kit, "InvalidArgValue", "FillBuffer", buffer, None, width)
    assert read(kit, buffer) == data, "a refused pattern was written"


@check(
    "buffer.zero_bytes",
    "A buffer of no bytes can be created, copied, queried and released.",
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
    "buffer.too_large",
    "More than there can be is refused by a status, and nothing changes.",
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


@check("buffer.settings", "Unknown settings are InvalidValue.", function="CreateBuffer")
def settings(kit: Kit) -> None:
    for number in (8, 16, 1 << 31, UINT_MAX):
        refused(kit, "InvalidValue", "CreateBuffer", 0, Layout(0, [4]), None, number)
    for number in (1, 4):
        buffer = kit.ok("CreateBuffer", 0, Layout(0, [SIZE]), pattern(SIZE), number)
        assert read(kit, buffer) == pattern(SIZE), f"with settings {number} the contents differ"


@check(
    "buffer.misaligned_host",
    "Host memory of any alignment can be copied from.",
    function="CopyBuffer",
)
def misaligned_host(kit: Kit) -> None:
    for size in (1, 8, 64, 100, 4096, 100_000):
        data, other = pattern(size), pattern(size, seed=3)
        layout = Layout(0, [size])
        buffer = kit.ok("CreateBuffer", 0, layout, Misaligned(data), 0)
        assert read(kit, buffer, size) == data, f"{size} bytes from an odd address are not right"
        kit.ok("CopyBuffer", buffer, Misaligned(other), 1)
        assert read(kit, buffer, size) == other, f"{size} bytes from an odd address are not right"


@check(
    "buffer.null_host",
    "A copy from or to NULL is InvalidHostPtr, and the contents stay.",
    function="CopyBuffer",
)
def null_host(kit: Kit) -> None:
    buffer = filled(kit, pattern(SIZE))
    for direction in (0, 1):
        refused(kit, "InvalidHostPtr", "CopyBuffer", buffer, None, direction)
    assert read(kit, buffer) == pattern(SIZE), "a copy from NULL changed the buffer"


@check(
    "buffer.copy_direction",
    "A direction that is neither is InvalidValue, and nothing is copied.",
    function="CopyBuffer",
)
def copy_direction(kit: Kit) -> None:
    data = pattern(SIZE)
    buffer = filled(kit, data)
    for direction in (2, 3, 256, 1 << 31, UINT_MAX):
        refused(kit, "InvalidValue", "CopyBuffer", buffer, bytes(SIZE), direction)
        assert read(kit, buffer) == data, f"direction {direction} writes to the buffer"
        out = kit.worker.call("CopyBuffer", buffer, Out(SIZE), direction).outs[0]
        assert out == b"\xa5" * SIZE, f"direction {direction} writes to the host"


@check(
    "buffer.guard_page",
    "Host memory that ends at a page that cannot be touched is used to its end only.",
    function="CreateBuffer",
)
def guard_page(kit: Kit) -> None:
    for size in (1, 3, 8, 31, 64, 4096, 5000, 100_000):
        data, other = pattern(size), pattern(size, seed=3)
        buffer = kit.ok("CreateBuffer", 0, Layout(0, [size]), Guarded(data), 0)
        kit.ok("CopyBuffer", buffer, Guarded(other), 1)
        result = kit.worker.call("CopyBuffer", buffer, Out(size, guard=True), 0)
        assert result.value == 0, f"a copy gives {status_name(result.value)}"
        assert result.outs[0] == other, f"{size} bytes at a guard page are not right"


@check(
    "buffer.copy_exact",
    "A copy to the host writes as many bytes as the buffer has, and none beyond.",
    function="CopyBuffer",
)
def copy_exact(kit: Kit) -> None:
    for size in (1, 2, 3, 5, 15, 17, 31, 33, 63, 100, 1000, 4095, 4097):
        buffer = filled(kit, pattern(size))
        result = kit.worker.call("CopyBuffer", buffer, Out(size + 256), 0)
        assert result.value == 0, f"a copy gives {status_name(result.value)}"
        assert result.outs[0][:size] == pattern(size), f"{size} bytes are not right"
        rest = result.outs[0][size:]
        assert rest == b"\xa5" * 256, f"a copy of {size} bytes writes beyond them"


@check(
    "buffer.host_memory_free",
    "Host memory may be changed and freed once the call has returned.",
    function="CreateBuffer",
)
def host_memory_free(kit: Kit) -> None:
    # The worker overwrites what it gave to a call as soon as the call has returned.
    for size in (SIZE, 4096, 1 << 20):
        buffer = filled(kit, pattern(size))
        filled(kit, b"\0" * size)
        assert read(kit, buffer, size) == pattern(size), "the buffer follows the host's memory"
        kit.ok("CopyBuffer", buffer, pattern(size, seed=2), 1)
        again = read(kit, buffer, size)
        assert again == pattern(size, seed=2), "the buffer follows the host's memory"
        kit.ok("FillBuffer", buffer, b"\x12\x34", 2)
        assert read(kit, buffer, size) == b"\x12\x34" * (size // 2), "the fill reads late"


@check(
    "buffer.device_memory",
    "With OnDevice a buffer is the caller's memory, which stays when it is released.",
    function="CreateBuffer",
)
def device_memory(kit: Kit) -> None:
    unified = query(kit, "GetDeviceProperty", (0,), int(Property.UnifiedMemory))
    if not isinstance(unified, bytes) or not any(unified):
        raise NotApplicable("the device does not use the host's memory")
    place = kit.worker.control("allocate", SIZE)
    kit.worker.control("write", place, pattern(SIZE))
    buffer = kit.ok("CreateBuffer", 0, Layout(0, [SIZE]), Address(place), 2)
    assert read(kit, buffer) == pattern(SIZE), "the buffer is not the caller's memory"
    kit.ok("FillBuffer", buffer, b"\x77", 1)
    found = kit.worker.control("read", place, SIZE)
    assert found == b"\x77" * SIZE, "what is written to the buffer is not in the caller's memory"
    kit.ok("ReleaseBuffer", buffer)
    found = kit.worker.control("read", place, SIZE)
    assert found == b"\x77" * SIZE, "the release changed the caller's memory"
    kit.worker.control("free", place)


@check("buffer.independent", "Writing one buffer changes no other.", function="FillBuffer")
def independent(kit: Kit) -> None:
    data = [pattern(size, seed) for seed, size in enumerate((8, 64, 100, 8, 4096, 24, 64))]
    buffers = [filled(kit, content) for content in data]
    for index, buffer in enumerate(buffers):
        data[index] = bytes([index + 1]) * len(data[index])
        kit.ok("FillBuffer", buffer, bytes([index + 1]), 1)
        for other, content in zip(buffers, data, strict=True):
            assert read(kit, other, len(content)) == content, "filling a buffer changed another"


@check(
    "buffer.device_index",
    "An index that is none of a device is InvalidDevice.",
    function="CreateBuffer",
)
def device_index(kit: Kit) -> None:
    bad_devices(kit, "CreateBuffer", Layout(0, [SIZE]), None, 0)


@check(
    "buffer.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseBuffer",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "buffer")
