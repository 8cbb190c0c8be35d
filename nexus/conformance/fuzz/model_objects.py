"""The model's objects."""

from __future__ import annotations

import copy
import math
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from nexus._enums import MAX_DIMS, command_type, data_type
from nexus.conformance.harness.call_arguments import Dim3, Layout
from nexus.conformance.harness.trace import Handle

# In the order of the property LiveObjects.
KINDS = ("Buffer", "Library", "Kernel", "Event", "Stream", "Schedule", "Command")

_TYPES_OF_BITS = {
    4: ("F4", "BF4", "I4", "U4"),
    8: ("Undefined", "F8", "BF8", "I8", "U8", "Bool"),
    16: ("F16", "BF16", "I16", "U16"),
    32: ("F32", "I32", "U32"),
    64: ("F64", "I64", "U64"),
}
BITS = {int(data_type[name]): bits for bits, names in _TYPES_OF_BITS.items() for name in names}

NO_ITEMS = Dim3(0)

# A size beyond any memory.
IMPOSSIBLE = 1 << 61


def size_of(layout: Layout) -> int | None:
    """Return the size of a layout in bytes, which may exceed 64 bits; None for no layout."""
    rank = len(layout.dims) if layout.rank is None else layout.rank
    bits = BITS.get(layout.data_type)
    if rank > MAX_DIMS or bits is None:
        return None
    dims, strides = layout.dims[:rank], layout.strides[:rank]
    if any(d == 0 for d in dims):
        return 0
    if any(strides):
        elements = 1 + sum((d - 1) * s for d, s in zip(dims, strides, strict=False))
    else:
        elements = math.prod(dims)
    return -(-elements * bits // 8)


@dataclass(eq=False)
class Thing:
    """An object; `live` is whether its handle is valid."""

    handle: Handle
    live: bool = field(default=True, init=False)
    children: list[Thing] = field(default_factory=list, init=False)

    @property
    def kind(self) -> str:
        return type(self).__name__

    def family(self) -> Iterator[Thing]:
        """Yield the object and all whose handles end with its handle."""
        yield self
        for child in self.children:
            yield from child.family()

    def __repr__(self) -> str:
        return self.handle.name if self.live else f"{self.handle.name} (released)"


@dataclass(eq=False, repr=False)
class Buffer(Thing):
    layout: Layout
    # None: unknown, since the rounding of sums is open.
    data: bytearray | None
    size: int


@dataclass(eq=False, repr=False)
class Library(Thing):
    pass


@dataclass(eq=False, repr=False)
class Kernel(Thing):
    name: str

    # Parameters of the recipe's kernels: a buffer, or a scalar of a size in bytes.
    PARAMETERS: ClassVar[dict[str, tuple[str | int, ...]]] = {
        "add": ("buffer", "buffer", "buffer", 4),
        "fill": ("buffer", 4, 4),
    }

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.PARAMETERS[self.name]


@dataclass(eq=False, repr=False)
class Event(Thing):
    type: int
    value: int = 0
    # Work that was to signal it has failed, and no signal has raised it since.
    failed: bool = False

    def raise_to(self, value: int) -> None:
        """Signal a value, which clears a failure if it raises the counter."""
        if value > self.value:
            self.value, self.failed = value, False


@dataclass(eq=False, repr=False)
class Command(Thing):
    type: command_type
    kernel: Kernel | None = None
    event: Event | None = None
    value: int = 0
    arguments: dict[int, Buffer | bytes] = field(default_factory=dict)
    grid: Dim3 = NO_ITEMS
    group: Dim3 = NO_ITEMS
    # The last arguments are published.
    finalized: bool = False
    per_run: bool = False
    # Plugins may differ in this state, so it must not run.
    odd: bool = False

    def problems(self) -> set[str]:
        """Return the statuses with which a run is refused."""
        if self.kernel is None:
            return set()
        missing = set(range(len(self.kernel.parameters))) - self.arguments.keys()
        found = set() if self.finalized else {"InvalidCommand"}
        return found | ({"InvalidKernelArgs"} if missing else set())

    @property
    def buffers(self) -> list[Buffer]:
        return [a for a in self.arguments.values() if isinstance(a, Buffer)]

    @property
    def bound(self) -> int:
        """Number of elements that it may access."""
        assert self.kernel is not None
        last = self.arguments[len(self.kernel.parameters) - 1]
        assert isinstance(last, bytes)
        return max(0, int.from_bytes(last, "little", signed=True))

    @property
    def count(self) -> int:
        """Number of elements that it writes."""
        return min(self.bound, self.grid.x * self.group.x)

    @property
    def safe(self) -> bool:
        """Whether it is one-dimensional and stays inside its buffers."""
        if self.kernel is None:
            return True
        flat = self.grid.y * self.grid.z * self.group.y * self.group.z == 1
        return not self.odd and flat and all(self.bound * 4 <= b.size for b in self.buffers)

    def snapshot(self, number: int) -> Command:
        """Return what the n-th run of the schedule executes, a snapshot."""
        taken = copy.copy(self)
        taken.arguments = dict(self.arguments)
        taken.value = self.value * number if self.per_run else self.value
        return taken

    def execute(self) -> None:
        """Execute the command on the model's buffers."""
        if self.type == command_type.Signal:
            assert self.event is not None
            self.event.raise_to(self.value)
        if self.kernel is not None and self.count:
            _KERNELS[self.kernel.name](self)


@dataclass(eq=False, repr=False)
class Schedule(Thing):
    settings: int
    commands: list[Command] = field(default_factory=list)
    # Number of accepted runs.
    runs: int = 0


@dataclass(eq=False)
class Run:
    """A run that is pending on a stream: a snapshot of its commands."""

    commands: list[Command]
    left: deque[Command] = field(init=False)

    def __post_init__(self) -> None:
        self.left = deque(self.commands)

    @property
    def buffers(self) -> set[Buffer]:
        return {buffer for command in self.commands for buffer in command.buffers}

    @property
    def raises(self) -> set[Event]:
        """The events that it signals."""
        return {c.event for c in self.commands if c.type == command_type.Signal and c.event}

    def mark_rest(self) -> None:
        """Drop the remaining commands, and mark the events that they were to signal."""
        for command in self.left:
            if command.type == command_type.Signal and command.event is not None:
                command.event.failed = True
        self.left.clear()


@dataclass(eq=False, repr=False)
class Stream(Thing):
    settings: int
    # Pending runs; the first one waits.
    queue: deque[Run] = field(default_factory=deque)
    # Buffers of pending runs, and of all runs since the last wait for the fence.
    claimed: set[Buffer] = field(default_factory=set)
    # Reaches its value when all submitted work is done.
    fence: Event | None = None
    # A non-blocking run has failed; the next blocking run reports it.
    failed: bool = False


def _add(command: Command) -> None:
    a, b, c = command.arguments[0], command.arguments[1], command.arguments[2]
    assert isinstance(a, Buffer)
    assert isinstance(b, Buffer)
    assert isinstance(c, Buffer)
    sums = None if a.data is None or b.data is None else _sums(a.data, b.data, command.count)
    if sums is None or c.data is None:
        c.data = None
    else:
        c.data[: len(sums)] = sums


def _sums(a: bytearray, b: bytearray, count: int) -> bytes | None:
    """Return sums of floats; None if a result is not exactly defined: NaN, tiny or huge."""
    pairs = zip(*(struct.unpack_from(f"={count}f", data) for data in (a, b)), strict=True)
    sums = [x + y if _plain(x) and _plain(y) and _plain(x + y) else math.nan for x, y in pairs]
    return None if any(map(math.isnan, sums)) else struct.pack(f"={count}f", *sums)


def _plain(number: float) -> bool:
    return (number == 0 and math.copysign(1, number) > 0) or 1e-30 < abs(number) < 1e30


def _fill(command: Command) -> None:
    x, value = command.arguments[0], command.arguments[1]
    assert isinstance(x, Buffer)
    assert isinstance(value, bytes)
    if x.data is not None:
        x.data[: 4 * command.count] = value * command.count


_KERNELS = {"add": _add, "fill": _fill}
