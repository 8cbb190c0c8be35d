"""Arguments of calls other than numbers, text and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nexus._enums import MAX_DIMS

# Messages truncate data beyond this length.
_SHOWN = 16


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


def shown(name: str, arguments: Sequence[Any]) -> str:
    """Return the text of a call for messages."""
    return f"nxs{name}({', '.join(map(_brief, arguments))})"


def _brief(argument: Any) -> str:
    if isinstance(argument, bytes) and len(argument) > _SHOWN:
        return f"{argument[:_SHOWN]!r}... ({len(argument)} bytes)"
    text = "NULL" if argument is None else repr(argument)
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text)} characters)"
