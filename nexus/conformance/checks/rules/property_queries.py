"""Properties: the query protocol."""

from __future__ import annotations

from collections.abc import Callable

from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import MOVING, answered, named, subjects
from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    INT_MIN,
    KINDS,
    UINT_MAX,
    refused,
)
from nexus.conformance.harness.call_arguments import Out, SizeT
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

# Contents of memory before a query.
_FILL = 0xA5


def _short(kit: Kit, size_of: Callable[[int], int]) -> None:
    expected = "InvalidArgSize"
    for function, place, key, value in answered(kit):
        if not value:
            continue
        size = size_of(len(value))
        result = kit.worker.call(function, *place, key, Out(size), SizeT(size))
        what = f"{named(function, key)} into {size} of {len(value)} bytes"
        assert result.value < 0, f"{what} succeeds"
        assert not result.overrun, f"{what} writes beyond the memory"
        assert result.outs[0] == bytes([_FILL]) * size, f"{what} writes to the value"
        if kit.profile == "full":
            got = status_name(result.value)
            assert got == expected, f"{what} gives {got}, and {expected} is right"
            assert result.sizes[0] == len(value), f"{what} returns a size of {result.sizes[0]}"


@check(
    "property.size_query",
    "A query without a value writes the required size.",
    function="GetDeviceProperty",
    root="property.unknown",
)
def size_query(kit: Kit) -> None:
    for function, place in subjects(kit):
        for key in Property:
            asked = kit.worker.call(function, *place, int(key), None, SizeT(12345))
            if asked.value != 0:
                continue
            size = asked.sizes[0]
            what = named(function, int(key))
            assert size != 12345, f"{what} does not return its size"
            assert size < 1 << 24, f"{what} returns a size of {size} bytes"
            told = kit.worker.call(function, *place, int(key), Out(size), SizeT(size))
            got = status_name(told.value)
            assert told.value == 0, f"{what} says that it needs {size} bytes, and then {got}"


@check(
    "property.exact_size",
    "A value of exactly the required size is filled, and the written size returned.",
    function="GetDeviceProperty",
)
def exact_size(kit: Kit) -> None:
    for function, place, key, value in answered(kit):
        for guard in (False, True):
            result = kit.worker.call(
                function, *place, key, Out(len(value), guard=guard), SizeT(len(value))
            )
            what = f"{named(function, key)} into its {len(value)} bytes"
            assert result.value == 0, f"{what} gives {status_name(result.value)}"
            assert not result.overrun, f"{what} writes beyond the memory"
            assert result.sizes[0] == len(value), f"{what} returns a size of {result.sizes[0]}"


@check(
    "property.larger_size",
    "A larger value is filled with the same bytes, and the rest does not change.",
    function="GetDeviceProperty",
)
def larger_size(kit: Kit) -> None:
    for function, place, key, value in answered(kit):
        for extra in (1, 7, 4096):
            size = len(value) + extra
            result = kit.worker.call(function, *place, key, Out(size), SizeT(size))
            what = f"{named(function, key)} into {size} of {len(value)} bytes"
            assert result.value == 0, f"{what} gives {status_name(result.value)}"
            assert not result.overrun, f"{what} writes beyond the memory"
            if kit.profile == "full":
                assert result.sizes[0] == len(value), f"{what} returns a size of {result.sizes[0]}"
            rest = result.outs[0][len(value) :]
            assert rest == bytes([_FILL]) * extra, f"{what} writes behind the value"
            if key not in MOVING:
                assert result.outs[0][: len(value)] == value, f"{what} is another value"


@check(
    "property.one_short",
    "One byte too few: InvalidArgSize, the required size, and nothing written.",
    function="GetDeviceProperty",
)
def one_short(kit: Kit) -> None:
    _short(kit, lambda size: size - 1)


@check(
    "property.zero_size",
    "A size of 0 with a value: InvalidArgSize, the required size, and nothing written.",
    function="GetDeviceProperty",
)
def zero_size(kit: Kit) -> None:
    _short(kit, lambda _: 0)


@check(
    "property.null_size",
    "A value without a size: InvalidArgSize, and nothing written.",
    function="GetDeviceProperty",
    root="property.unknown",
)
def null_size(kit: Kit) -> None:
    for function, place, key, value in answered(kit):
        result = kit.worker.call(function, *place, key, Out(len(value)), None)
        what = f"{named(function, key)} with a value and no size"
        got = "success" if result.value >= 0 else status_name(result.value)
        assert got in _allowed(kit, "InvalidArgSize"), f"{what} gives {got}, not InvalidArgSize"
        assert result.outs[0] == bytes([_FILL]) * len(value), f"{what} writes to the value"


def _allowed(kit: Kit, name: str) -> tuple[str, ...]:
    # Existing plugins answer both alike.
    return (name,) if kit.profile == "full" else ("InvalidArgSize", "InvalidArgValue")


@check(
    "property.both_null",
    "Neither value nor size: InvalidArgValue.",
    function="GetDeviceProperty",
    root="property.unknown",
)
def both_null(kit: Kit) -> None:
    for function, place, key, _ in answered(kit):
        refused(kit, "InvalidArgValue", function, *place, key, None, None)


@check(
    "property.unknown",
    "An unknown property is InvalidProperty for every kind of object, and nothing is written.",
    function="GetRuntimeProperty",
)
def unknown(kit: Kit) -> None:
    for function, place in subjects(kit):
        for key in (len(Property), 1000, INT_MAX, 1 << 31, UINT_MAX):
            for value, size in ((None, SizeT(8)), (Out(8), SizeT(8))):
                refused(kit, "InvalidProperty", function, *place, key, value, size)
            result = kit.worker.call(function, *place, key, Out(64), SizeT(64))
            written = result.outs[0] != bytes([_FILL]) * 64
            assert not written, f"{function} of the unknown property {key} writes a value"


@check(
    "property.untouched_on_failure",
    "A query with an invalid handle changes neither the value nor the size.",
    function="GetBufferProperty",
)
def untouched_on_failure(kit: Kit) -> None:
    for function, place in subjects(kit):
        if not place:
            continue
        for handle in (-1, INT_MAX):
            result = kit.worker.call(function, handle, int(Property.Keys), Out(64), SizeT(64))
            assert result.value < 0, f"{function} answers for the handle {handle}"
            assert result.outs[0] == bytes([_FILL]) * 64, f"{function} writes although it fails"
            assert result.sizes[0] == 64, f"{function} writes a size although the handle is bad"


@check(
    "property.bad_handle",
    "Every getter refuses an invalid handle with the status of its kind.",
    function="GetBufferProperty",
)
def bad_handle(kit: Kit) -> None:
    for kind in KINDS.values():
        if kit.has(kind.getter):
            for handle in (-1, INT_MIN, INT_MAX, 123456):
                for key in (int(Property.Keys), UINT_MAX):
                    refused(kit, kind.invalid, kind.getter, handle, key, None, SizeT(0))
