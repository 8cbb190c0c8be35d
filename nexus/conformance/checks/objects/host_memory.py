"""Buffers: host memory that is passed to calls."""

from __future__ import annotations

from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import (
    SIZE,
    UINT_MAX,
    filled,
    read,
    refused,
)
from nexus.conformance.harness.call_arguments import Address, Guarded, Layout, Misaligned, Out
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.patterns import pattern
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


@check(
    "buffer.misaligned_host",
    "Host memory of any alignment can be copied from.",
    function="CopyBuffer",
    root="buffer.copy_to_device",
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
    "An unknown copy direction is InvalidValue, and nothing is copied.",
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
    "Host memory is not accessed beyond its end, where an inaccessible page begins.",
    function="CreateBuffer",
    root="buffer.copy_to_device",
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
    "A copy to the host writes the buffer's bytes and nothing beyond.",
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
    root="buffer.copy_to_device",
)
def host_memory_free(kit: Kit) -> None:
    # The worker overwrites the memory that it passed as soon as the call has returned.
    for size in (SIZE, 4096, 1 << 20):
        buffer = filled(kit, pattern(size))
        filled(kit, b"\0" * size)
        assert read(kit, buffer, size) == pattern(size), "the buffer follows the host's memory"
        kit.ok("CopyBuffer", buffer, pattern(size, seed=2), 1)
        again = read(kit, buffer, size)
        assert again == pattern(size, seed=2), "the buffer follows the host's memory"
        kit.ok("FillBuffer", buffer, b"\x12\x34", 2)
        assert read(kit, buffer, size) == b"\x12\x34" * (size // 2), "a fill is wrong or reads late"


@check(
    "buffer.device_memory",
    "An OnDevice buffer is the caller's memory, which outlives the buffer.",
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
