"""Sampling of cases in turns, and statistics of the samples, for all benchmarks."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, NamedTuple

# Long enough for the clock's resolution, short enough that neighbouring samples see the same load.
_SAMPLE_SECONDS = 0.002


class CannotRunError(Exception):
    """A benchmark cannot run on this machine; the text says why."""


class Spread(NamedTuple):
    """A median and its quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        if len(samples) < 2:
            return cls(samples[0], samples[0], samples[0])
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass
class Goal:
    """The upper limit of a measurement.

    Attributes
    ----------
    of : str
        ``"median"``, or the name of one of the row's ratios.
    at_most : float
        In the row's unit for the median.
    """

    of: str
    at_most: float


@dataclass
class Row:
    """One measured quantity.

    Attributes
    ----------
    ratios : dict
        How many times the time of another thing it took, from name to ratio.
    goals : sequence of Goal
        None for quantities that are only reported.
    p99 : float, optional
        Below which 99 of 100 samples lie.
    """

    name: str
    unit: str
    spread: Spread
    minimum: float
    count: int
    ratios: dict[str, Spread] = field(default_factory=dict)
    goals: Sequence[Goal] = ()
    p99: float | None = None

    def met(self, goal: Goal) -> bool:
        """Return whether a goal is reached."""
        of = self.spread if goal.of == "median" else self.ratios[goal.of]
        return of.median <= goal.at_most

    def to_json(self) -> dict[str, Any]:
        goals = [
            {"of": goal.of, "at_most": goal.at_most, "met": self.met(goal)} for goal in self.goals
        ]
        return {
            "name": self.name,
            "unit": self.unit,
            **self.spread._asdict(),
            "minimum": self.minimum,
            "p99": self.p99,
            "count": self.count,
            "ratios": {name: ratio._asdict() for name, ratio in self.ratios.items()},
            "goals": goals,
        }


@dataclass
class Report:
    """The rows of a benchmark, and notes for the reader."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def interleave(
    cases: Mapping[str, Callable[[], float]], seconds: float, least: int = 5
) -> dict[str, list[float]]:
    """Run cases in turns, so that other load affects them alike.

    Parameters
    ----------
    cases : mapping
        From name to a function that returns one sample.
    seconds : float
        How long to go on.
    least : int
        Samples of each, however long these take.

    Returns
    -------
    dict
        From name to samples; those of the same index were taken side by side.
    """
    samples: dict[str, list[float]] = {name: [] for name in cases}
    order = list(cases)
    end = perf_counter() + seconds
    rounds = 0
    while rounds < least or perf_counter() < end:
        for name in order:
            samples[name].append(cases[name]())
        # The order rotates, because each case finds the caches as its predecessor left them.
        order.reverse()
        rounds += 1
    return samples


def row(
    name: str,
    unit: str,
    samples: Sequence[float],
    against: Mapping[str, Sequence[float]] | None = None,
    *goals: Goal,
) -> Row:
    """Return the statistics of samples, and of their ratios to the samples taken beside them."""
    ratios = {
        other: Spread.of([mine / their for mine, their in zip(samples, theirs, strict=True)])
        for other, theirs in (against or {}).items()
    }
    return Row(name, unit, Spread.of(samples), min(samples), len(samples), ratios, goals)


def with_compiled_modules(folder: str) -> dict[str, str]:
    """Return an environment in which processes find modules compiled after the first run.

    An installed package has them so, wherever this one comes from.

    Parameters
    ----------
    folder : str
        Where to keep the compiled modules.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def per_call(statement: str, names: dict[str, Any]) -> Callable[[], float]:
    """Return a function that measures the time of a statement, in ns.

    The loop around the statement is part of that; the cyclic garbage collector rests.
    """
    timer = timeit.Timer(statement, globals=names)
    number = 1
    # The least of several timings, since an interrupted one would end the search too early.
    while (took := min(timer.repeat(3, number))) < _SAMPLE_SECONDS / 2:
        number = max(number + 1, min(number * 10, round(number * _SAMPLE_SECONDS / took)))
    return lambda: timer.timeit(number) / number * 1e9


def mean_of(body: Callable[[], Any], after: Callable[[], Any], times: int) -> Callable[[], float]:
    """Return a function that measures the mean time of `times` calls, in us.

    Parameters
    ----------
    body : callable
        What is measured.
    after : callable
        What follows the calls, and is not measured.
    times : int
        How many calls a sample has.
    """

    def take() -> float:
        begin = perf_counter()
        for _ in range(times):
            body()
        took = perf_counter() - begin
        after()
        return took / times * 1e6

    return take


@contextmanager
def processes() -> Iterator[Callable[..., Callable[[], float]]]:
    """Yield a function that makes a case of a whole Python process with arguments.

    Its standard output is dropped, or goes to a descriptor ``stdout``. One sample is in ms.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = with_compiled_modules(folder)

        def case(*arguments: str, stdout: int = subprocess.DEVNULL) -> Callable[[], float]:
            def take() -> float:
                begin = perf_counter()
                subprocess.run(
                    [sys.executable, *arguments], check=True, env=environment, stdout=stdout
                )
                return (perf_counter() - begin) * 1e3

            take()
            return take

        yield case
