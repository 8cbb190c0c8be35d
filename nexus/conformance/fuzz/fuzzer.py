"""Makes random calls, and compares the answers with a model of the contract.

A generated example is a few dozen calls on a fresh worker process. A failure is reduced to
the calls that reproduce it, and can be printed as a recording or a C program.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from nexus.conformance.fuzz.launch_rules import Machine
from nexus.conformance.fuzz.learn import learn
from nexus.conformance.fuzz.model import Facts
from nexus.conformance.fuzz.model_launches import Launches
from nexus.conformance.fuzz.reduce import Operation, Recorder, reduce, replay
from nexus.conformance.harness.failures import Failure, Hang
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import BrokenRule, Step, Trace
from nexus.conformance.programs.emit_c import emit_c
from nexus.conformance.programs.recording import Recording, recording

TIMEOUT = 10.0
# Processes that share the examples, and examples per process. A process and its worker wait for
# each other, so they keep one processor busy between them.
JOBS = 2
JOB = 100
# Seconds of each attempt to reduce a hang.
TIMEOUT_WHILE_REDUCING = 0.5
# Names of failures that show as a time-out.
_SLOW = ("Hang_", "Broken_WaitEventTimeout_")
# Attempts to reproduce a failure.
_TRIES = 3


@dataclass
class Finding:
    """A failure, reduced.

    Attributes
    ----------
    name : str
        What failed: ``Broken_ReleaseBuffer_status``, ``Crash_CopyBuffer_SIGSEGV``.
    message : str
        What is wrong, in words.
    steps : list of Step
        The calls that show it.
    after : int
        Number of the example that failed, counted in its process.
    """

    name: str
    message: str
    steps: list[Step]
    after: int = 0

    def recording(self, plugin: str) -> Recording:
        """Return the calls, for ``nexus conformance --replay``."""
        return recording(self.steps, plugin, self.message)

    def c(self, plugin: str) -> str:
        """Return a C program that shows it."""
        return emit_c(self.steps, plugin, self.message)


@dataclass
class FuzzReport:
    """Results of `fuzz`.

    Attributes
    ----------
    examples, calls : int
        Counts, without those of reductions.
    seconds : float
        Duration.
    seed : int
        Seed that repeats the run.
    findings : list of Finding
        The failures; empty if there are none.
    """

    examples: int = 0
    calls: int = 0
    seconds: float = 0.0
    seed: int = 0
    findings: list[Finding] = field(default_factory=list)


class _Fuzzer:
    """Opens and closes the worker of each example, and records failures."""

    def __init__(self, session: Session, facts: Facts) -> None:
        self.session = session
        self.facts = facts
        self.report = FuzzReport()
        self.timeout = TIMEOUT
        # The example and the operations that led to the first failure of each name.
        self.failed: dict[str, tuple[int, list[Operation]]] = {}

    def open(self) -> Recorder:
        self.report.examples += 1
        try:
            worker = self.session.worker()
        except Failure as error:
            self.failed.setdefault(type(error).__name__, (self.report.examples, []))
            raise
        trace = Trace(worker, self.timeout)
        recorder = Recorder(Launches(trace, self.facts))
        trace.on_failure = lambda error: self._keep(recorder, error)
        return recorder

    def close(self, recorder: Recorder) -> None:
        self.report.calls += len(recorder.model.trace.steps)
        recorder.model.trace.worker.close()

    def _keep(self, recorder: Recorder, error: Exception) -> None:
        if self.timeout < TIMEOUT and type(error).__name__.startswith(_SLOW):
            # With so short a time-out a slow call on a busy machine looks like a hang.
            return
        example = (self.report.examples, list(recorder.operations))
        self.failed.setdefault(type(error).__name__, example)
        if isinstance(error, Hang):
            self.timeout = TIMEOUT_WHILE_REDUCING

    def finding(self, name: str, seconds: float) -> Finding:
        """Return a failure, reduced to the operations that it needs."""
        after, operations = self.failed[name]
        best: list[Finding] = []

        def fails(some: list[Operation], timeout: float = TIMEOUT) -> bool:
            steps: list[Step] = []
            try:
                with self.session.worker() as worker:
                    trace = Trace(worker, timeout, steps=steps)
                    replay(Launches(trace, self.facts), some)
            except (BrokenRule, Failure) as error:
                if type(error).__name__ == name:
                    best[:] = [Finding(name, str(error), steps, after)]
                    return True
            except Exception:
                # Operations can be meaningless without the removed ones, which proves nothing.
                return False
            return False

        def fails_soon(some: list[Operation]) -> bool:
            return fails(some, TIMEOUT_WHILE_REDUCING)

        slow = name.startswith(_SLOW)

        def fails_again(some: list[Operation]) -> bool:
            # Failures that depend on threads do not show each time.
            return any(fails(some) for _ in range(_TRIES))

        if fails_again(operations):
            whole = best[0]
            left = reduce(operations, fails_soon if slow else fails, seconds)
            # On a busy machine a late call may have looked like a hang.
            if slow and not fails_again(left):
                return whole
            return best[0]
        message = f"{name} happened once and not again; it may depend on time or memory"
        return Finding(name, message, [], after)


class _Task(NamedTuple):
    # The arguments of Session, and those of fuzz_share after the first.
    session: tuple[str, tuple[str, ...], bool, bool, bool]
    share: tuple[Facts, int, int, int, float]


def fuzz(
    session: Session,
    recipe: Recipe,
    *,
    examples: int = 1000,
    steps: int = 25,
    seed: int | None = None,
    strict: bool = True,
    reduce_seconds: float = 20.0,
    jobs: int = JOBS,
) -> FuzzReport:
    """Fuzz a plugin.

    Parameters
    ----------
    session : Session
        Starts the workers.
    recipe : Recipe
        The kernels add and fill.
    examples : int, optional
        Number of examples.
    steps : int, optional
        Most rules in an example; each makes some calls.
    seed : int, optional
        Seed that repeats a run.
    strict : bool, optional
        Check the whole query protocol; False for the profile core.
    reduce_seconds : float, optional
        Seconds for the reduction of a failure.
    jobs : int, optional
        Most processes that share the examples.

    Returns
    -------
    FuzzReport
        The results.

    Raises
    ------
    Failure
        If the plugin cannot be loaded or queried.
    """
    begin = time.perf_counter()
    with session.worker() as worker:
        facts = learn(worker, recipe, strict)
    seed = secrets.randbits(32) if seed is None else seed
    jobs = max(1, min(jobs, os.cpu_count() or 1, examples // JOB))
    shares = [examples // jobs + (i < examples % jobs) for i in range(jobs)]
    if jobs == 1:
        reports = [fuzz_share(session, facts, examples, steps, seed, reduce_seconds)]
    else:
        tasks = [
            _Task(session.options, (facts, share, steps, seed * jobs + i, reduce_seconds))
            for i, share in enumerate(shares)
        ]
        # Spawned rather than forked, since this process may have threads.
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
            reports = list(pool.map(_share_of_own, tasks))
    shortest: dict[str, Finding] = {}
    for finding in sorted(
        (each for report in reports for each in report.findings),
        key=lambda each: (not each.steps, len(each.steps)),
    ):
        shortest.setdefault(finding.name, finding)
    return FuzzReport(
        examples=sum(report.examples for report in reports),
        calls=sum(report.calls for report in reports),
        seconds=time.perf_counter() - begin,
        seed=seed,
        findings=list(shortest.values()),
    )


def _share_of_own(task: _Task) -> FuzzReport:
    """Do a share of the work in this process, with its own session."""
    with Session(*task.session) as session:
        return fuzz_share(session, *task.share)


def fuzz_share(
    session: Session, facts: Facts, examples: int, steps: int, seed: int, reduce_seconds: float
) -> FuzzReport:
    """Generate examples until one fails; parameters as for `fuzz`."""
    fuzzer = _Fuzzer(session, facts)
    machine = type(
        "Calls",
        (Machine,),
        {"open": staticmethod(fuzzer.open), "close": staticmethod(fuzzer.close)},
    )
    hypothesis.seed(seed)(machine)
    options = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(machine, settings=options)
    except (BrokenRule, Failure, Flaky):
        # Failures were recorded when they occurred; a flaky one counts too.
        if not fuzzer.failed:
            raise
    fuzzer.report.findings += [fuzzer.finding(name, reduce_seconds) for name in fuzzer.failed]
    return fuzzer.report
