"""Objects of each kind, and the calls that take them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nexus._enums import data_type
from nexus._enums import property as Property
from nexus.conformance.harness.call_arguments import (
    Dim3,
    Launch,
    LaunchArgument,
    Layout,
    Out,
    SizeT,
    shown,
    with_handles,
)
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.values import STATUSES, WrongStatus, status_name

INT_MAX = 2**31 - 1
INT_MIN = -(2**31)
UINT_MAX = 2**32 - 1

# Size in bytes of buffers whose size does not matter.
SIZE = 64

# Statuses of a call for which memory or another resource ran out.
MEMORY_STATUSES = ("MemObjectAllocationFailure", "OutOfHostMemory", "OutOfResources")


@dataclass(frozen=True)
class Kind:
    """A kind of objects that have handles."""

    name: str
    invalid: str
    getter: str
    release: str


KINDS: Mapping[str, Kind] = {
    name.lower(): Kind(name.lower(), f"Invalid{name}", f"Get{name}Property", f"Release{name}")
    # In the order of LiveObjects.
    for name in ("Buffer", "Library", "Kernel", "Event", "Stream", "Schedule", "Command")
}

# Functions by the kind of the handle that they take, with their arguments: the name of a kind
# stands for a live handle of that kind, HANDLE for the tested one.
HANDLE = object()
_QUERY = (int(Property.Keys), None, SizeT(0))


def adding_nothing(first: Any, other: Any = "buffer") -> Launch:
    """Return a launch of the kernel add on no items, which has no effect."""
    given = [LaunchArgument(buffer=buffer) for buffer in (first, other, other)]
    count = LaunchArgument(bytes(4), data_type=int(data_type.I32))
    return Launch(Dim3(1), Dim3(1), [*given, count])


USES: Mapping[str, Sequence[tuple[Any, ...]]] = {
    "buffer": (
        ("GetBufferProperty", HANDLE, *_QUERY),
        ("CopyBuffer", HANDLE, Out(SIZE), 0),
        ("CopyBuffer", HANDLE, bytes(SIZE), 1),
        ("FillBuffer", HANDLE, b"\1", 1),
        ("SetCommandArgument", "command", 0, HANDLE, None, 0),
        ("Launch", "kernel", -1, adding_nothing(HANDLE), 0),
        ("ReleaseBuffer", HANDLE),
    ),
    "library": (
        ("GetLibraryProperty", HANDLE, *_QUERY),
        ("GetKernel", HANDLE, "add"),
        ("ReleaseLibrary", HANDLE),
    ),
    "kernel": (
        ("GetKernelProperty", HANDLE, *_QUERY),
        ("CreateCommand", "schedule", HANDLE, 0),
        ("Launch", HANDLE, -1, adding_nothing("buffer"), 0),
        ("ReleaseKernel", HANDLE),
    ),
    "event": (
        ("GetEventProperty", HANDLE, *_QUERY),
        ("SignalEvent", HANDLE, 1),
        ("WaitEvent", HANDLE, 0),
        ("WaitEventTimeout", HANDLE, 0, 0),
        ("CreateSignalCommand", "schedule", HANDLE, 1, 0),
        ("CreateWaitCommand", "schedule", HANDLE, 0, 0),
        ("ReleaseEvent", HANDLE),
    ),
    "stream": (
        ("GetStreamProperty", HANDLE, *_QUERY),
        ("RunSchedule", "empty", HANDLE, 0),
        ("Launch", "kernel", HANDLE, adding_nothing("buffer"), 0),
        ("ReleaseStream", HANDLE),
    ),
    "schedule": (
        ("GetScheduleProperty", HANDLE, *_QUERY),
        ("RunSchedule", HANDLE, -1, 0),
        ("CreateCommand", HANDLE, "kernel", 0),
        ("CreateSignalCommand", HANDLE, "event", 1, 0),
        ("CreateWaitCommand", HANDLE, "event", 0, 0),
        ("ReleaseSchedule", HANDLE),
    ),
    "command": (
        ("GetCommandProperty", HANDLE, *_QUERY),
        ("SetCommandArgument", HANDLE, 0, "buffer", None, 0),
        ("SetCommandScalar", HANDLE, 3, bytes(4), None, int(data_type.I32)),
        ("FinalizeCommand", HANDLE, Dim3(1), Dim3(1), 0),
        ("ReleaseCommand", HANDLE),
    ),
}


def has_kernels(kit: Kit, name: str = "add") -> bool:
    """Return whether there are kernels for the plugin, this one among them."""
    try:
        return bool(kit.kernel_name(name))
    except NotApplicable:
        return False


def live_if_told(kit: Kit) -> tuple[int, ...]:
    """Return the counts of live objects; empty if the plugin does not report them."""
    try:
        return kit.live()
    except NotApplicable:
        return ()


def refused(kit: Kit, expected: str | Sequence[str], function: str, *arguments: Any) -> None:
    """Make a call that must fail, with one of these statuses in profile ``full``.

    Plugins of profile ``core`` may choose another status.
    """
    names = (expected,) if isinstance(expected, str) else tuple(expected)
    value = kit.worker.call(function, *arguments).value
    got = "success" if value >= 0 else status_name(value)
    right = names if kit.profile == "full" else STATUSES
    if value >= 0 or got not in right:
        called = shown(function, arguments)
        raise WrongStatus(f"{called} gives {got}, and {' or '.join(names)} is right", right)


@contextmanager
def unchanged(kit: Kit) -> Iterator[None]:
    """Demand that as many objects of each kind live after the body as did before."""
    before = kit.live()
    yield
    after = kit.live()
    assert after == before, f"objects before: {before}; and after: {after}"


def create(kit: Kit, kind: str, others: Mapping[str, int] | None = None) -> int:
    """Create an object; commands and kernels use parents among the others, or new ones."""
    known = others or {}

    def of(parent: str) -> int:
        return known[parent] if parent in known else create(kit, parent)

    match kind:
        case "buffer":
            return kit.ok("CreateBuffer", 0, Layout(0, [SIZE]), None, 0)
        case "library":
            return kit.library()
        case "kernel":
            return kit.ok("GetKernel", of("library"), kit.kernel_name("add"))
        case "event":
            return kit.ok("CreateEvent", 0, 0, 0)
        case "stream":
            return kit.ok("CreateStream", 0, 0)
        case "schedule" | "empty":
            return kit.ok("CreateSchedule", 0, 0)
        case "command" if has_kernels(kit):
            return kit.ok("CreateCommand", of("schedule"), of("kernel"), 0)
        case "command":
            return kit.ok("CreateSignalCommand", of("schedule"), of("event"), 1, 0)
    raise ValueError(f"there is no kind {kind!r}; choose one of {list(KINDS)}")


def one_of_each(kit: Kit) -> dict[str, int]:
    """Create an object of each kind that the plugin supports; they depend on each other.

    ``empty`` is a second schedule, without commands.
    """
    order = ("buffer", "event", "stream", "schedule", "empty", "library", "kernel", "command")
    live: dict[str, int] = {}
    for kind in order:
        if not makes(kit, kind):
            continue
        live[kind] = create(kit, kind, live)
    return live


def uses(kit: Kit, kind: str, handle: int, live: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """List the calls that take a handle of a kind, with this handle; releases come last."""
    for function, *arguments in USES[kind]:
        if not kit.has(function) or any(
            isinstance(a, str) and a in KINDS and a not in live for a in arguments
        ):
            continue
        if function in ("RunSchedule", "Launch") and kind == "stream" and handle < 0:
            # Every negative number is the default stream.
            continue
        if function == "Launch" and kind == "buffer" and handle == -1:
            # An argument that is not set.
            continue
        yield (function, *(_filled(argument, handle, live) for argument in arguments))


def _filled(argument: Any, handle: int, live: Mapping[str, int]) -> Any:
    def fill(value: Any) -> Any:
        if value is HANDLE:
            return handle
        return live.get(value, value) if isinstance(value, str) else value

    return with_handles(argument, fill)


def refused_everywhere(
    kit: Kit, kind: str, handle: int, live: Mapping[str, int], but: Sequence[str] = ()
) -> None:
    """Demand that each function that takes this kind of handle refuses this one."""
    for function, *arguments in uses(kit, kind, handle, live):
        if function not in but:
            refused(kit, KINDS[kind].invalid, function, *arguments)


def releasable(kit: Kit) -> list[str]:
    """Return the kinds that this plugin can make and release."""
    return [name for name, kind in KINDS.items() if kit.has(kind.release) and makes(kit, name)]


def makes(kit: Kit, kind: str) -> bool:
    """Return whether this plugin can make objects of a kind."""
    match kind:
        case "library" | "kernel":
            return has_kernels(kit)
        case "event" | "stream":
            return kit.has(f"Create{kind.capitalize()}")
        case "command":
            return has_kernels(kit) or (makes(kit, "event") and kit.has("CreateSignalCommand"))
    return True


def double_release(kit: Kit, kind: str) -> None:
    """Release an object twice, once with other objects alive and once without."""
    if kind not in releasable(kit):
        raise NotApplicable(f"the plugin cannot make and release objects of the kind {kind}")
    release, invalid = KINDS[kind].release, KINDS[kind].invalid
    for bystanders in (0, 3):
        others = [create(kit, kind) for _ in range(bystanders)]
        handle = create(kit, kind)
        kit.ok(release, handle)
        for _ in range(3):
            refused(kit, invalid, release, handle)
        for other in others:
            kit.ok(release, other)


def bad_devices(kit: Kit, function: str, *arguments: Any) -> None:
    """Make a call with out-of-range device indexes."""
    before = live_if_told(kit)
    for index in (-1, kit.devices, kit.devices + 1, INT_MAX, INT_MIN):
        refused(kit, "InvalidDevice", function, index, *arguments)
    assert live_if_told(kit) == before, "a call that failed left an object behind"


def read(kit: Kit, buffer: int, size: int = SIZE) -> bytes:
    """Copy a buffer to the host."""
    result = kit.worker.call("CopyBuffer", buffer, Out(size), 0)
    assert result.value == 0, f"CopyBuffer to the host gives {status_name(result.value)}"
    assert not result.overrun, f"CopyBuffer wrote beyond the {size} bytes of the buffer"
    return bytes(result.outs[0])


def filled(kit: Kit, data: bytes) -> int:
    """Make a buffer with these bytes."""
    return kit.ok("CreateBuffer", 0, Layout(0, [len(data)]), data, 0)


def permutations(items: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    """List orders; if there are more than a limit, an evenly spread selection."""
    everything = list(itertools.permutations(items))
    return iter(everything[:: max(1, len(everything) // most)])
