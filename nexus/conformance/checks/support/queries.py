"""Queries of objects' properties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nexus._enums import property as Property
from nexus.conformance.checks.support.subjects import KINDS, one_of_each
from nexus.conformance.harness.call_arguments import Out, SizeT
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.values import queried_blindly

# Properties that may change between two queries.
MOVING = frozenset(
    int(Property[name])
    for name in (
        *("TimeStamp", "ElapsedTime", "CoreClockRate", "MemoryClockRate", "CoreUtilization"),
        *("MemoryUtilization", "Status", "GlobalMemorySize", "LiveObjects"),
    )
)


def named(function: str, key: int) -> str:
    """Name a property of an object for a message."""
    return f"{function} of {Property(key).name}"


def query(kit: Kit, function: str, place: Sequence[int], key: int) -> bytes | int:
    """Return the bytes of a property, or the status of a failed query."""
    asked = kit.worker.call(function, *place, key, None, SizeT(0))
    if asked.value != 0 and kit.profile == "core":
        return queried_blindly(kit.worker, function, place, key)
    if asked.value != 0:
        return int(asked.value)
    size = asked.sizes[0]
    told = kit.worker.call(function, *place, key, Out(size), SizeT(size))
    return int(told.value) if told.value != 0 else bytes(told.outs[0][: told.sizes[0]])


def needs_signature(kit: Kit) -> None:
    """End the check as not applicable if the plugin does not know the parameters of a kernel."""
    place = (kit.kernel("fill"),)
    if not isinstance(query(kit, "GetKernelProperty", place, int(Property.Arguments)), bytes):
        raise NotApplicable("the plugin does not know the kernel's parameters")


def subjects(kit: Kit) -> Iterator[tuple[str, tuple[int, ...]]]:
    """List one getter for each kind of object, with the arguments before the property."""
    yield "GetRuntimeProperty", ()
    for device in range(kit.devices):
        yield "GetDeviceProperty", (device,)
    live = one_of_each(kit)
    for name, kind in KINDS.items():
        if name in live and kit.has(kind.getter):
            yield kind.getter, (live[name],)


def answered(kit: Kit) -> Iterator[tuple[str, tuple[int, ...], int, bytes]]:
    """List all properties that any object answers, with their bytes."""
    for function, place in subjects(kit):
        for key in Property:
            value = query(kit, function, place, int(key))
            if isinstance(value, bytes):
                yield function, place, int(key), value
