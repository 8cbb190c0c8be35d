"""Calls in which each allocation fails in turn, until a call makes no more of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nexus.conformance.checks.support.subjects import (
    KINDS,
    MEMORY_STATUSES,
    live_if_told,
)
from nexus.conformance.checks.support.work import (
    I32,
    i32,
    new_schedule,
)
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.values import status_name

# Most allocations of a call that are tested.
_MOST = 300
# Repetitions. A leak shows in nearly each of them, memory that the allocator keeps in the first
# ones, memory that other threads free now and then.
REPEAT = 24
_WITHOUT_LEAK = 3
# Repetitions after which other threads get this many seconds to free memory.
_AT_ONCE = 8
_LATER = 0.02
_PATIENCE = 60.0


@dataclass
class Trial:
    """A call in which allocations fail.

    Attributes
    ----------
    prepare : callable
        Makes what the call needs and returns it with its arguments.
    made : str
        The kind of object that it creates; empty for none.
    clean : callable
        Releases what ``prepare`` made.
    statuses : sequence of str
        Statuses that the call may return.
    use : callable
        Uses what it created.
    """

    prepare: Callable[[], tuple[Any, ...]]
    made: str = ""
    clean: Callable[[], None] = lambda: None
    statuses: Sequence[str] = MEMORY_STATUSES
    use: Callable[[int], object] = lambda _: None


def armed(kit: Kit, call: Sequence[Any], count: int, what: str) -> tuple[int, dict[str, int]]:
    """Make a call whose n-th allocation fails; return its value, and the number that failed."""
    kit.need(call[0])
    kit.worker.control("fail_allocation", count, what)
    value = kit.worker.call(*call, timeout=_PATIENCE).value
    return value, kit.worker.control("allocations")


def fail_each(kit: Kit, trial: Trial, what: str = "malloc") -> None:
    """Make each allocation of the call fail in turn, and repeat the call without a failure."""
    if not kit.session.interpose:
        raise NotApplicable("allocations cannot be made to fail here")
    # The C library allocates some data of a thread at its first use, and ends the process if that
    # fails.
    _fail_once(kit, trial, 0, what)
    failures = 0
    for count in range(1, _MOST + 1):
        leaks: list[int] = []
        failed = True
        while failed and len(leaks) < REPEAT and not settled(leaks):
            failed, leaked = _fail_once(kit, trial, count, what, len(leaks))
            leaks.append(leaked)
        if not failed:
            break
        failures += 1
        name, *_ = trial.prepare()
        assert settled(leaks), f"{name} with {_nth(count, what)} failing leaks {usual(leaks)} bytes"
    if failures == 0:
        raise NotApplicable(f"the call asks for no {what}")


def heap_in_use(kit: Kit) -> int:
    """Return how many bytes of the worker's heap are in use."""
    # The last answer stays allocated until the next one.
    kit.worker.control("heap")
    return int(kit.worker.control("heap"))


def grown_since(kit: Kit, before: int, repetition: int) -> int:
    """Return by how many bytes the heap has grown; memory that is freed late does not count."""
    grown = heap_in_use(kit) - before
    if grown > 0 and repetition >= _AT_ONCE:
        time.sleep(_LATER)
        grown = heap_in_use(kit) - before
    return grown


def settled(grown: list[int]) -> bool:
    """Return whether the heap stayed unchanged often enough."""
    return sum(size <= 0 for size in grown) >= _WITHOUT_LEAK


def usual(grown: list[int]) -> int:
    """Return the median growth: a single repetition may free memory of earlier ones."""
    return statistics.median_low(grown)


def _nth(count: int, what: str) -> str:
    return f"{what} number {count}"


def _fail_once(
    kit: Kit, trial: Trial, count: int, what: str, repetition: int = 0
) -> tuple[bool, int]:
    heap = heap_in_use(kit)
    call = trial.prepare()
    before = live_if_told(kit)
    value, told = armed(kit, call, count, what)
    name = f"{call[0]} with {_nth(count, what)} failing"
    if value < 0:
        got = status_name(value)
        assert told["failed"], f"{call[0]} gives {got} although nothing failed"
        assert got in trial.statuses, f"{name} gives {got}, not {' or '.join(trial.statuses)}"
        assert live_if_told(kit) == before, f"{name} gives {got} and leaves an object"
        value = kit.worker.call(*call, timeout=_PATIENCE).value
        again = f"{status_name(value)}: {kit.message()}" if value < 0 else ""
        assert value >= 0, f"{name} gives {got}, and when repeated {again}"
    trial.use(value)
    kept = trial.made and not kit.has(KINDS[trial.made].release)
    if trial.made and not kept:
        kit.ok(KINDS[trial.made].release, value)
    trial.clean()
    # Plugins of profile core cannot release some kinds, which is not a leak.
    return bool(told["failed"]), 0 if kept else grown_since(kit, heap, repetition)


class Throwaway:
    """A schedule that each trial creates anew."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._schedule = -1

    def make(self) -> int:
        """Create the next schedule."""
        self._schedule = new_schedule(self._kit)
        return self._schedule

    def release(self) -> None:
        """Release the last schedule, if the plugin can."""
        if self._kit.has("ReleaseSchedule"):
            self._kit.ok("ReleaseSchedule", self._schedule)


def fail_any(kit: Kit, trials: Sequence[Trial], what: str = "malloc") -> None:
    """Run all trials; not applicable if none of the calls allocates memory."""
    reasons = []
    for trial in trials:
        try:
            fail_each(kit, trial, what)
        except NotApplicable as reason:
            reasons.append(reason)
    if len(reasons) == len(trials):
        raise reasons[0]


def ready(kit: Kit, schedule: int, kernel: int, buffer: int) -> int:
    """Create a command of the kernel fill that lacks only its size."""
    made = kit.ok("CreateCommand", schedule, kernel, 0)
    kit.ok("SetCommandArgument", made, 0, buffer, None, 0)
    for index, value in ((1, 5), (2, 1)):
        kit.ok("SetCommandScalar", made, index, i32(value), None, I32)
    return made
