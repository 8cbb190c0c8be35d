"""Reduces a failure to fewer operations.

An operation is a call of one of the model's methods. When some are left out, the model computes the
right answers anew, so a failure of the rest is a failure of the plugin too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nexus.conformance.fuzz.model_launches import Launches
from nexus.conformance.harness.call_arguments import with_handles
from nexus.conformance.harness.trace import Forged, Handle


@dataclass
class Operation:
    """A call of a method of the model, and the names of the new handles."""

    name: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    made: list[str] = field(default_factory=list)


class Recorder:
    """A model that records its operations.

    Parameters
    ----------
    model : Launches
        Performs the operations.
    """

    def __init__(self, model: Launches) -> None:
        self.model = model
        self.operations: list[Operation] = []

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.model, name)
        if not callable(attribute):
            return attribute

        def operation(*arguments: Any, **keywords: Any) -> Any:
            return self.do(Operation(name, arguments, keywords))

        return operation

    def do(self, operation: Operation) -> Any:
        """Perform an operation and record it."""
        self.operations.append(operation)
        issued = self.model.trace.issued
        before = len(issued)
        try:
            return getattr(self.model, operation.name)(*operation.arguments, **operation.keywords)
        finally:
            operation.made = list(issued.values())[before:]


def replay(model: Launches, operations: Sequence[Operation]) -> None:
    """Perform operations again on new objects, whose handles differ.

    Raises
    ------
    BrokenRule, Failure
        If an operation fails.
    """
    recorder = Recorder(model)
    handles: dict[str, Handle] = {}
    for old in operations:
        arguments = tuple(_renewed(argument, handles) for argument in old.arguments)
        recorder.do(Operation(old.name, arguments, old.keywords))
        numbers = {name: number for number, name in model.trace.issued.items()}
        for was, name in zip(old.made, recorder.operations[-1].made, strict=False):
            handles[was] = Handle(numbers[name], name)


def _renewed(argument: Any, handles: dict[str, Handle]) -> Any:
    """Return an argument, with each handle replaced by the new object's."""

    def renew(value: Any) -> Any:
        if isinstance(value, Forged) and value.handle.name in handles:
            return Forged(handles[value.handle.name], value.bit)
        return handles.get(value.name, int(value)) if isinstance(value, Handle) else value

    return with_handles(argument, renew)


def reduce(
    operations: Sequence[Operation], fails: Callable[[list[Operation]], bool], seconds: float
) -> list[Operation]:
    """Return a small subset of the operations that still fails.

    Parameters
    ----------
    operations : sequence of Operation
        Operations, of which the last one fails.
    fails : callable
        Returns whether a subset fails in the same way.
    seconds : float
        Time limit.
    """
    end = time.monotonic() + seconds
    left = list(operations)
    size = len(left) // 2
    while size:
        shorter = False
        # From the end, so that users of an object are removed before it.
        for start in range(len(left) - 1 - size, -size, -size):
            if time.monotonic() > end:
                return left
            some = left[: max(start, 0)] + left[max(start, 0) + size :]
            if len(some) < len(left) and fails(some):
                left = some
                shorter = True
        size = size if shorter and size == 1 else size // 2
    return left
