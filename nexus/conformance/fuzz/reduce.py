"""Looks for fewer operations that show the same failure.

An operation is a call of one of the model's methods. Made again without some before it, the model
works out anew what each call must answer, so what then fails is wrong too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nexus.conformance.fuzz.model_work import Work
from nexus.conformance.harness.trace import Forged, Handle


@dataclass
class Operation:
    """A call of a method of the model, and the names of the handles that it made."""

    name: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    made: list[str] = field(default_factory=list)


class Recorder:
    """A model that keeps the operations that are asked of it.

    Parameters
    ----------
    model : Work
        Where they are done.
    """

    def __init__(self, model: Work) -> None:
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
        """Do an operation and keep it."""
        self.operations.append(operation)
        issued = self.model.trace.issued
        before = len(issued)
        try:
            return getattr(self.model, operation.name)(*operation.arguments, **operation.keywords)
        finally:
            operation.made = list(issued.values())[before:]


def replay(model: Work, operations: Sequence[Operation]) -> None:
    """Do operations again, on the objects that now have other handles.

    Raises
    ------
    BrokenRule, Failure
        What the operations lead to.
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
    """Return an argument, what is a handle as the object now has it."""
    if isinstance(argument, Forged) and argument.handle.name in handles:
        return Forged(handles[argument.handle.name], argument.bit)
    return handles.get(argument.name, int(argument)) if isinstance(argument, Handle) else argument


def reduce(
    operations: Sequence[Operation], fails: Callable[[list[Operation]], bool], seconds: float
) -> list[Operation]:
    """Return as few of the operations as still fail.

    Parameters
    ----------
    operations : sequence of Operation
        They fail; the last of them does.
    fails : callable
        Returns whether some of them fail in the same way.
    seconds : float
        For how long to try.
    """
    end = time.monotonic() + seconds
    left = list(operations)
    size = len(left) // 2
    while size:
        shorter = False
        # From the back, so that what was made goes after what uses it.
        for start in range(len(left) - 1 - size, -size, -size):
            if time.monotonic() > end:
                return left
            some = left[: max(start, 0)] + left[max(start, 0) + size :]
            if len(some) < len(left) and fails(some):
                left = some
                shorter = True
        size = size if shorter and size == 1 else size // 2
    return left
