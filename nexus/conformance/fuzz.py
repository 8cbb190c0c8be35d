"""Calls a plugin in ways that nobody thought of, against a model of what each call must answer.

A generated example is a few dozen calls on a fresh worker process. A failure is shrunk to the
fewest calls that show it, and can be printed as a Python or a C program.
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass, field
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from nexus._enums import property
from nexus.conformance.arguments import Out, SizeT
from nexus.conformance.emit import emit_c, emit_python
from nexus.conformance.failures import Failure, Hang
from nexus.conformance.machine import Machine
from nexus.conformance.model import Facts
from nexus.conformance.model_objects import KINDS, Kernel
from nexus.conformance.recipe import Recipe
from nexus.conformance.trace import BrokenRule, Step, Trace
from nexus.conformance.work import Work
from nexus.conformance.worker import Session, Worker

TIMEOUT = 10.0
# Once a hang is found, each attempt to find a shorter way to it costs this much.
TIMEOUT_WHILE_SHRINKING = 0.3


@dataclass
class Finding:
    """A failure, shrunk.

    Attributes
    ----------
    name : str
        What failed: ``Broken_ReleaseBuffer_status``, ``Crash_CopyBuffer_SIGSEGV``.
    message : str
        What is wrong, in words.
    steps : list of Step
        The calls that show it.
    """

    name: str
    message: str
    steps: list[Step]

    def python(self, plugin: str) -> str:
        """Return a Python program that shows it."""
        return emit_python(self.steps, plugin, self.message)

    def c(self, plugin: str) -> str:
        """Return a C program that shows it."""
        return emit_c(self.steps, plugin, self.message)


@dataclass
class FuzzReport:
    """What a run of `fuzz` did and found.

    Attributes
    ----------
    examples, calls : int
        How many were made, those while shrinking included.
    seconds : float
        How long it took.
    findings : list of Finding
        The failures; empty where none was found.
    """

    examples: int = 0
    calls: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def learn(worker: Worker, recipe: Recipe, strict: bool) -> Facts:
    """Ask a plugin what the model has to know.

    Parameters
    ----------
    worker : Worker
        A fresh one.
    recipe : Recipe
        Where the kernels add and fill are.
    strict : bool
        Whether the query protocol is to be followed to the letter.
    """
    devices = _number(worker, "GetRuntimeProperty", int(property.Size))
    most = _number(worker, "GetDeviceProperty", 0, int(property.MaxThreadsPerBlock))
    size = 8 * len(KINDS)
    key = int(property.LiveObjects)
    counts = worker.call("GetRuntimeProperty", key, Out(size), SizeT(size))
    live = struct.unpack(f"={len(KINDS)}q", counts.outs[0]) if counts.value == 0 else None
    return Facts(
        present=frozenset(worker.functions),
        library=recipe.image,
        names={name: recipe.names[name] for name in Kernel.PARAMETERS},
        devices=1 if devices is None else devices,
        largest_group=1024 if most is None else most,
        live=live,
        strict=strict,
    )


def _number(worker: Worker, *query: Any) -> int | None:
    result = worker.call(*query, Out(8), SizeT(8))
    return struct.unpack("=q", result.outs[0])[0] if result.value == 0 else None


class _Fuzzer:
    """Opens and closes the worker of each example, and keeps what failed."""

    def __init__(self, session: Session, facts: Facts) -> None:
        self.session = session
        self.facts = facts
        self.report = FuzzReport()
        self.timeout = TIMEOUT
        # The last that failed of each name, which for hypothesis is the shortest.
        self.failed: dict[str, Finding] = {}

    def open(self) -> Work:
        self.report.examples += 1
        return Work(Trace(self.session.worker(), self.timeout, self._keep), self.facts)

    def close(self, model: Work) -> None:
        self.report.calls += len(model.trace.steps)
        model.trace.worker.close()

    def _keep(self, trace: Trace, error: Exception) -> None:
        name = type(error).__name__
        self.failed[name] = Finding(name, str(error), list(trace.steps))
        if isinstance(error, Hang):
            self.timeout = TIMEOUT_WHILE_SHRINKING


def fuzz(
    session: Session,
    recipe: Recipe,
    *,
    examples: int = 1000,
    steps: int = 30,
    seed: int | None = None,
    strict: bool = True,
) -> FuzzReport:
    """Fuzz a plugin.

    Parameters
    ----------
    session : Session
        Where workers come from.
    recipe : Recipe
        Where the kernels add and fill are.
    examples : int, optional
        How many to generate.
    steps : int, optional
        Most rules in an example; each makes some calls.
    seed : int, optional
        Makes a run repeatable.
    strict : bool, optional
        Whether the query protocol is to be followed to the letter; False for the profile core.

    Returns
    -------
    FuzzReport
        What was done and found.

    Raises
    ------
    Failure
        If the plugin cannot even be loaded or asked what it has.
    """
    begin = time.perf_counter()
    with session.worker() as worker:
        facts = learn(worker, recipe, strict)
    fuzzer = _Fuzzer(session, facts)
    machine = type(
        "Calls", (Machine,), {"open": staticmethod(fuzzer.open), "close": staticmethod(fuzzer.close)}
    )
    if seed is not None:
        hypothesis.seed(seed)(machine)
    options = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
    try:
        run_state_machine_as_test(machine, settings=options)
    except BaseException as error:  # noqa: B036  (sorted out below)
        causes = _failures(error)
        if not causes:
            raise
        for cause in causes:
            name = type(cause).__name__
            fuzzer.report.findings.append(fuzzer.failed[name])
    fuzzer.report.seconds = time.perf_counter() - begin
    return fuzzer.report


def _failures(error: BaseException) -> list[BaseException]:
    """Return the plugin's failures in what hypothesis raised; empty where there are others."""
    if isinstance(error, (BrokenRule, Failure)):
        return [error]
    found: list[BaseException] = []
    for each in getattr(error, "exceptions", ()):
        found += _failures(each)
    return found
