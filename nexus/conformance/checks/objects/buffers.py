"""Buffers: contents, fills, and independence of each other."""

from __future__ import annotations

from nexus._enums import data_type
from nexus.conformance.checks.support.subjects import (
    SIZE,
    UINT_MAX,
    bad_devices,
    double_release,
    filled,
    read,
    refused,
)
from nexus.conformance.harness.call_arguments import Address, Guarded, Layout
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.patterns import pattern
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import BITS

_SIZES = (1, 2, 3, 7, 8, 63, 64, 65, 255, 4095, 4096, 4097, 65536, 100_003, 1 << 20)


@check(
    "buffer.round_trip",
    "Data of every type and size reads back unchanged, after creation and after a copy.",
    function="CopyBuffer",
    root="buffer.copy_to_device",
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
    "buffer.copy_to_device",
    "A copy to the device changes the buffer and not the host's memory.",
    function="CopyBuffer",
)
def copy_to_device(kit: Kit) -> None:
    old, new = pattern(SIZE, seed=1), pattern(SIZE, seed=2)
    buffer, place = filled(kit, old), kit.worker.control("allocate", SIZE)
    kit.worker.control("write", place, new)
    kit.ok("CopyBuffer", buffer, Address(place), 1)
    host = kit.worker.control("read", place, SIZE)
    assert host != old, "a copy to the device is made to the host: the direction is ignored"
    assert host == new, f"a copy to the device leaves {host[:8]!r}... in the host's memory"
    found = read(kit, buffer)
    assert found == new, f"after a copy of {new[:8]!r}... the buffer has {found[:8]!r}..."


@check(
    "buffer.zeroed",
    "A buffer without host memory is zeroed, even where released buffers held data.",
    function="CreateBuffer",
)
def zeroed(kit: Kit) -> None:
    for size in _SIZES:
        buffers = [filled(kit, b"\xee" * size) for _ in range(3)]
        for buffer in buffers if kit.has("ReleaseBuffer") else ():
            kit.ok("ReleaseBuffer", buffer)
        for _ in range(4):
            buffer = kit.ok("CreateBuffer", 0, Layout(0, [size]), None, 0)
            found = read(kit, buffer, size).strip(b"\0")
            assert not found, f"a new buffer of {size} bytes has {found[:8]!r} in it"


@check(
    "buffer.fill_patterns",
    "A pattern of any size that divides the buffer's size fills the whole buffer.",
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
    "A pattern size that does not divide the buffer's is InvalidArgSize; contents stay.",
    function="FillBuffer",
    root="buffer.fill_patterns",
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
    "An empty pattern is InvalidArgSize, and the contents stay.",
    function="FillBuffer",
    root="buffer.fill_patterns",
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
    root="buffer.null_host",
)
def fill_null(kit: Kit) -> None:
    data = pattern(SIZE)
    buffer = filled(kit, data)
    for width in (1, 4, 64):
        refused(kit, "InvalidArgValue", "FillBuffer", buffer, None, width)
    assert read(kit, buffer) == data, "a refused pattern was written"


@check("buffer.settings", "Unknown settings are InvalidValue.", function="CreateBuffer")
def settings(kit: Kit) -> None:
    for number in (8, 16, 1 << 31, UINT_MAX):
        refused(kit, "InvalidValue", "CreateBuffer", 0, Layout(0, [4]), None, number)
    for number in (1, 4):
        buffer = kit.ok("CreateBuffer", 0, Layout(0, [SIZE]), pattern(SIZE), number)
        assert read(kit, buffer) == pattern(SIZE), f"with settings {number} the contents differ"


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
    "An out-of-range device index is InvalidDevice.",
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
