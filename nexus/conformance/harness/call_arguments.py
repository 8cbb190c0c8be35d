"""Arguments of calls other than numbers, text and bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nexus._enums import MAX_DIMS

# Messages truncate data beyond this length, and other arguments beyond the other ones.
_SHOWN = 16
_MOST_TEXT, _MOST_TEXT_OF_A_LAUNCH = 60, 200


@dataclass(frozen=True)
class Out:
    """Memory that the plugin may write.

    Parameters
    ----------
    size : int
        Size in bytes that the plugin is given.
    canary : bool, optional
        Surround it with bytes that must not change. Under AddressSanitizer the memory is of the
        exact size instead, so that the sanitizer sees what is beyond.
    fill : int, optional
        Value of every byte before the call.
    guard : bool, optional
        Let an inaccessible page follow it.
    """

    size: int
    canary: bool = True
    fill: int = 0xA5
    guard: bool = False

    def encode(self) -> tuple[Any, ...]:
        return ("out", self.size, self.canary, self.fill, self.guard)


@dataclass(frozen=True)
class SizeT:
    """A ``size_t *`` to this value."""

    value: int

    def encode(self) -> tuple[Any, ...]:
        return ("size", self.value)


@dataclass(frozen=True)
class Layout:
    """A buffer layout; the rank defaults to the number of dimensions."""

    data_type: int
    dims: Sequence[int]
    strides: Sequence[int] = ()
    rank: int | None = None

    def encode(self) -> tuple[Any, ...]:
        rank = len(self.dims) if self.rank is None else self.rank
        dims, strides = list(self.dims)[:MAX_DIMS], list(self.strides)[:MAX_DIMS]
        return ("layout", int(self.data_type), rank, dims, strides)


@dataclass(frozen=True)
class Dim3:
    """A size in three dimensions."""

    x: int
    y: int = 1
    z: int = 1

    def encode(self) -> tuple[Any, ...]:
        return ("dim3", self.x, self.y, self.z)


@dataclass(frozen=True)
class Guarded:
    """Bytes to read, followed by an inaccessible page."""

    data: bytes

    def encode(self) -> tuple[Any, ...]:
        return ("guarded", self.data)


@dataclass(frozen=True)
class Misaligned:
    """Bytes to read at an odd address."""

    data: bytes

    def encode(self) -> tuple[Any, ...]:
        return ("misaligned", self.data)


@dataclass(frozen=True)
class CString:
    """Bytes with a NUL after them, in any encoding."""

    data: bytes

    def encode(self) -> tuple[Any, ...]:
        return ("string", self.data)


@dataclass(frozen=True)
class Address:
    """A pointer of this value."""

    value: int

    def encode(self) -> tuple[Any, ...]:
        return ("address", self.value)


@dataclass(frozen=True)
class Ref:
    """In a script of threads: the result of the thread's n-th call, from 0."""

    index: int

    def encode(self) -> tuple[Any, ...]:
        return ("ref", self.index)


@dataclass(frozen=True, repr=False)
class LaunchArgument:
    """An argument of a launch: a scalar or a buffer; by default, one that is not set.

    Parameters
    ----------
    value : bytes, Guarded, Misaligned or None, optional
        Memory of the scalar.
    buffer : int, optional
        The buffer's handle.
    data_type : int, optional
        The scalar's type.
    """

    value: bytes | Guarded | Misaligned | None = None
    buffer: int = -1
    data_type: int = 0

    def encode(self) -> tuple[Any, ...]:
        return (encode(self.value), int(self.buffer), int(self.data_type))

    def __repr__(self) -> str:
        buffer = "" if self.buffer == -1 and self.value is not None else repr(self.buffer)
        value = "" if self.value is None else f"{self.value!r}:{int(self.data_type)}"
        return " and ".join(filter(None, (value, buffer)))


@dataclass(frozen=True, repr=False)
class Launch:
    """A pointer to what a kernel is launched with.

    Parameters
    ----------
    grid, group : Dim3
        Groups, and items of a group.
    arguments : sequence of LaunchArgument or None
        The arguments; None for a NULL pointer.
    shared : int, optional
        Bytes of shared memory.
    count : int, optional
        Number of arguments that the plugin is told, by default their number.
    guard : bool, optional
        Let an inaccessible page follow the arguments.
    """

    grid: Dim3
    group: Dim3
    arguments: Sequence[LaunchArgument] | None = ()
    shared: int = 0
    count: int | None = None
    guard: bool = False

    @property
    def told(self) -> int:
        """Number of arguments that the plugin is told."""
        return len(self.arguments or ()) if self.count is None else self.count

    def encode(self) -> tuple[Any, ...]:
        sizes = (*(self.grid.encode()[1:], self.group.encode()[1:]), self.shared, self.told)
        given = None if self.arguments is None else [each.encode() for each in self.arguments]
        return ("launch", sizes, given, self.guard)

    def __repr__(self) -> str:
        sides = (f"{size.x}x{size.y}x{size.z}" for size in (self.grid, self.group))
        sizes = " groups of ".join(sides)
        given = "NULL" if self.arguments is None else f"[{', '.join(map(repr, self.arguments))}]"
        told = f", {self.told} arguments" if self.count is not None else ""
        shared = f", {self.shared} shared bytes" if self.shared else ""
        return f"&{{{sizes}, {given}{told}{shared}}}"


Argument = (
    int
    | None
    | bytes
    | str
    | Out
    | SizeT
    | Layout
    | Dim3
    | Guarded
    | Misaligned
    | CString
    | Address
    | Ref
    | Launch
)


def encode(argument: Argument) -> Any:
    """Return an argument in the form that the server accepts.

    Raises
    ------
    TypeError
        If it cannot be an argument.
    """
    if argument is None or isinstance(argument, bytes):
        return argument
    if isinstance(argument, int):
        return int(argument)
    if isinstance(argument, str):
        return ("string", argument.encode())
    try:
        return argument.encode()
    except AttributeError:
        raise TypeError(
            f"not an argument of a call: {argument!r}: give an int, None, bytes, a str, or one of "
            "the classes of nexus.conformance.harness.call_arguments"
        ) from None


def with_handles(argument: Any, renew: Callable[[Any], Any]) -> Any:
    """Return an argument with each number in it that may be a handle replaced by ``renew`` of it.

    That is the argument itself, unless it is a launch, and the buffers of a launch.
    """
    if not isinstance(argument, Launch):
        return renew(argument)
    if argument.arguments is None:
        return argument
    given = [replace(each, buffer=renew(each.buffer)) for each in argument.arguments]
    return replace(argument, arguments=given)


def shown(name: str, arguments: Sequence[Any]) -> str:
    """Return the text of a call for messages."""
    return f"nxs{name}({', '.join(map(_brief, arguments))})"


def _brief(argument: Any) -> str:
    if isinstance(argument, bytes) and len(argument) > _SHOWN:
        return f"{argument[:_SHOWN]!r}... ({len(argument)} bytes)"
    text = "NULL" if argument is None else repr(argument)
    most = _MOST_TEXT_OF_A_LAUNCH if isinstance(argument, Launch) else _MOST_TEXT
    return text if len(text) <= most else f"{text[: most - 10]}... ({len(text)} characters)"
