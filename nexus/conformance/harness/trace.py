"""Calls with their right answers: made, judged, and recorded for a reproduction."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, TypeVar

from nexus.conformance.harness.call_arguments import Argument, Out, SizeT
from nexus.conformance.harness.values import status_name

# Required contents of memory after a call: bytes at its start, values of nxs_long, or anything.
Content = bytes | tuple[int, ...] | None

_H = TypeVar("_H", bound="Handle")


class Handle(int):
    """A handle, and its name in a reproduction."""

    name: str

    def __new__(cls: type[_H], value: int, name: str) -> _H:
        handle = super().__new__(cls, value)
        handle.name = name
        return handle

    def __reduce__(self) -> tuple[type[Handle], tuple[int, str]]:
        return type(self), (int(self), self.name)

    def __repr__(self) -> str:
        return f"{self.name} ({int(self)})"


class Forged(int):
    """A handle with one bit changed; a reproduction derives it from the handle."""

    handle: Handle
    bit: int

    def __new__(cls, handle: Handle, bit: int) -> Forged:
        forged = super().__new__(cls, int(handle) ^ 1 << bit)
        forged.handle, forged.bit = handle, bit
        return forged

    def __reduce__(self) -> tuple[type[Forged], tuple[Handle, int]]:
        return Forged, (self.handle, self.bit)

    def __repr__(self) -> str:
        return f"{self.handle.name} ^ 1 << {self.bit} ({int(self)})"


@dataclass(frozen=True)
class Want:
    """The right answer of a call.

    Parameters
    ----------
    refusals : frozenset of str, optional
        Statuses, such as ``"InvalidBuffer"``, of which one is right. None: only success is.
    either : bool, optional
        Success is right too.
    outs : sequence of Content, optional
        Required contents of each `Out` after a success. After a refusal, and beyond these bytes,
        it must not change. An `Out` without an entry is not checked after a success.
    sizes : sequence of (int or None), optional
        Required value of each `SizeT`. By default, unchanged after a refusal.
    """

    refusals: frozenset[str] = frozenset()
    either: bool = False
    outs: Sequence[Content] = ()
    sizes: Sequence[int | None] = ()

    def text(self, makes: str) -> str:
        """Return the required value as text."""
        wanted = ["a new handle" if makes else "Success"] if self.succeeds else []
        return " or ".join([*wanted, *sorted(self.refusals)])

    @property
    def succeeds(self) -> bool:
        return self.either or not self.refusals


@dataclass
class Step:
    """A call that was made."""

    function: str
    arguments: tuple[Any, ...]
    want: Want
    # Name of the new handle; empty if the call makes none.
    makes: str = ""
    # What was wrong with the answer.
    problem: str = ""


class _Result(Protocol):
    @property
    def value(self) -> int: ...
    @property
    def outs(self) -> list[bytes]: ...
    @property
    def sizes(self) -> list[int]: ...
    @property
    def overrun(self) -> bool: ...


class _Worker(Protocol):
    def call(self, name: str, /, *args: Any, timeout: float = ...) -> Any: ...
    def close(self) -> None: ...


class BrokenRule(AssertionError):  # noqa: N818  (a plugin's failure, not an error of the kit)
    """A call gave a wrong answer. Each function has a subclass of its own."""


_broken: dict[str, type[BrokenRule]] = {}


def broken_rule(function: str, aspect: str) -> type[BrokenRule]:
    """Return the class for a function, so that different failures are reduced separately."""
    name = f"Broken_{function}_{aspect}"
    return _broken.setdefault(name, type(name, (BrokenRule,), {}))


def pack(content: Content) -> bytes:
    """Return content as bytes."""
    if isinstance(content, tuple):
        return struct.pack(f"={len(content)}q", *content)
    return content or b""


@dataclass
class Trace:
    """Makes calls, judges their answers and records them.

    Parameters
    ----------
    worker : Worker
        Makes the calls.
    timeout : float, optional
        Seconds that a call may take.
    on_failure : callable, optional
        Called with the exception that ends the trace.
    unique : bool, optional
        Whether a handle that is issued twice is a fault.
    """

    worker: _Worker
    timeout: float = 10.0
    on_failure: Callable[[Exception], None] | None = None
    unique: bool = True
    steps: list[Step] = field(default_factory=list)
    # All issued handles; none is issued twice in so few calls.
    issued: dict[int, str] = field(default_factory=dict)
    # A call broke a rule or the worker, so no more calls make sense.
    failed: bool = False

    def call(
        self, function: str, *arguments: Argument, want: Want = Want(), makes: str = ""
    ) -> Any:
        """Make a call and judge it.

        Parameters
        ----------
        function : str
            The function, without ``nxs``.
        *arguments : Argument
            As for `Worker.call`.
        want : Want, optional
            The right answer.
        makes : str, optional
            Kind of the new handle.

        Returns
        -------
        Result
            The answer.

        Raises
        ------
        BrokenRule
            If the answer is wrong.
        Failure
            If the worker crashes, hangs or exits.
        """
        name = f"{makes.lower()}_{len(self.steps)}" if makes else ""
        step = Step(function, arguments, want, name)
        self.steps.append(step)
        try:
            result = self.worker.call(function, *arguments, timeout=self.timeout)
        except Exception as error:
            self._end(str(error), error)
        for aspect, problem in self._problems(step, result):
            self.fault(problem, aspect)
        if makes and result.value >= 0:
            self.issued[result.value] = name
        return result

    def handle(self, value: int) -> Handle:
        """Return a handle that a call has made, with its name."""
        return Handle(value, self.issued[value])

    def fault(self, problem: str, aspect: str = "value") -> NoReturn:
        """Record that the last call broke a rule.

        Raises
        ------
        BrokenRule
            Always.
        """
        step = self.steps[-1]
        shown = ", ".join(map(repr, step.arguments))
        text = f"call {len(self.steps)}: {step.function}({shown}): {problem}"
        self._end(problem, broken_rule(step.function, aspect)(text))

    def _end(self, problem: str, error: Exception) -> NoReturn:
        self.steps[-1].problem = problem
        self.failed = True
        if self.on_failure is not None:
            self.on_failure(error)
        raise error

    def _problems(self, step: Step, result: _Result) -> list[tuple[str, str]]:
        """Return what is wrong with an answer: the aspect, and a sentence."""
        want, value, found = step.want, result.value, []
        if result.overrun:
            found.append(("overrun", "memory was written that the call may not write"))
        succeeded = value >= 0 if step.makes else value == 0
        right = want.succeeds if succeeded else status_name(value) in want.refusals
        if not right:
            got = f"handle {value}" if step.makes and value >= 0 else status_name(value)
            found.append(("status", f"got {got}, and {want.text(step.makes)} is right"))
            return found
        if self.unique and step.makes and value in self.issued:
            found.append(("reissue", f"handle {value} was issued before, as {self.issued[value]}"))
        outs = [a for a in step.arguments if isinstance(a, Out)]
        for i, (out, got_bytes) in enumerate(zip(outs, result.outs, strict=True)):
            content = want.outs[i] if succeeded and i < len(want.outs) else b""
            if succeeded and (content is None or i >= len(want.outs)):
                continue
            expected = pack(content)
            expected += bytes([out.fill]) * (out.size - len(expected))
            if got_bytes != expected:
                found.append(("memory", _difference(got_bytes, expected, succeeded)))
        sizes = [a.value for a in step.arguments if isinstance(a, SizeT)]
        for i, (before, after) in enumerate(zip(sizes, result.sizes, strict=True)):
            wanted = want.sizes[i] if i < len(want.sizes) else None if succeeded else before
            if wanted is not None and after != wanted:
                found.append(("size", f"*size is {after}, and {wanted} is right"))
        return found


def _difference(got: bytes, expected: bytes, succeeded: bool) -> str:
    at = next(i for i, byte in enumerate(got) if byte != expected[i])
    why = "" if succeeded else ", untouched, since the call was refused"
    return (
        f"byte {at} of what it wrote is {got[at]:#04x}, and {expected[at]:#04x} is right{why}: "
        f"{got[at : at + 16].hex(' ')} and not {expected[at : at + 16].hex(' ')}"
    )
