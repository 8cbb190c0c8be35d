"""Common parts of reproductions: variables, arguments and required values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nexus._enums import status
from nexus.conformance.harness.call_arguments import CString, Guarded, Misaligned
from nexus.conformance.harness.trace import Content, Forged, Handle, Step

# Last line of a reproduction without another message.
RIGHT = "every answer was right"

# Steps that are not calls of the plugin: operations on host memory.
MEMORY = ("allocate", "write", "read", "free")


@dataclass(frozen=True)
class Place:
    """An address in memory that a step made."""

    name: str
    offset: int = 0


@dataclass(frozen=True)
class Given:
    """Memory that a call reads.

    Attributes
    ----------
    data : bytes
        Contents.
    shift : int
        Distance of its start from an even address.
    guard : bool
        Whether it ends at an inaccessible page.
    """

    data: bytes
    shift: int = 0
    guard: bool = False


def given(argument: Any) -> Given | None:
    """Return an argument as memory to read, or None."""
    if isinstance(argument, bytes):
        return Given(argument)
    if isinstance(argument, str):
        return Given(argument.encode() + b"\0")
    if isinstance(argument, CString):
        return Given(argument.data + b"\0")
    if isinstance(argument, Misaligned):
        return Given(argument.data, shift=1)
    return Given(argument.data, guard=True) if isinstance(argument, Guarded) else None


def known_names(steps: Sequence[Step]) -> set[str]:
    """Return the names of variables for handles and memory."""
    return {step.makes for step in steps if step.makes}


def number(value: int, known: set[str]) -> str:
    """Return a number, or an expression with the variable of a handle."""
    if isinstance(value, Handle) and value.name in known:
        return value.name
    if isinstance(value, Forged) and value.handle.name in known:
        return f"({value.handle.name} ^ {1 << value.bit})"
    if value == -(1 << 31):
        return "(-2147483647 - 1)"
    return f"{int(value)}"


def comment(step: Step, mark: str) -> str:
    """Return a line with the right answer of a call, and the wrong one if it gave that."""
    wanted = step.want.text(step.makes)
    problem = step.problem.partition("\n")[0]
    return f"{mark} {wanted}{'; but ' + problem if problem else ''}"


def statuses(step: Step) -> list[int]:
    """Return the right values of a call."""
    numbers = [int(status[f"NXS_{name}"]) for name in sorted(step.want.refusals)]
    return [*([0] if step.want.succeeds else []), *numbers]


def expected(step: Step, index: int) -> Content:
    """Return the required contents of an `Out`; None if open."""
    want = step.want
    if want.either:
        return None
    if want.refusals:
        return b""
    return want.outs[index] if index < len(want.outs) else None


def expected_size(step: Step, index: int, before: int) -> int | None:
    """Return the required value of a `SizeT` after a call; None if open."""
    if index < len(step.want.sizes):
        return step.want.sizes[index]
    return before if not step.want.succeeds else None
