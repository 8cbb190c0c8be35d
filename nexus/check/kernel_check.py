"""Checks one kernel: launches it in several ways, and decides what the findings mean.

A kernel works with some sizes only, which nothing declares: a group of 256, or a scalar that is the
length of a row. So each launch is a guess. Launches that leave memory are wrong guesses as long as
others do not. Of the shapes of a kernel with shared memory, the one that fits best counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nexus import Kernel
from nexus.check import launch_plan, watched_state
from nexus.check.buffer_lengths import Launch, one_too_long
from nexus.check.finding import Finding, Subject, main_causes
from nexus.check.kernel_inputs import Array, element_type, generate, is_integer_scalar
from nexus.check.launch_plan import Shape
from nexus.check.trial import Trial, badness
from nexus.check.watched_launch import Outcome, WatchedLibrary
from nexus.check.watched_state import Kind

# Orders after the forward one: backward, and a random one.
_ORDERS = (1, 7)


class KernelCheck:
    """Checks a kernel.

    Parameters
    ----------
    kernel : nexus.Kernel
        As the CPU plugin runs it, by groups.
    library : WatchedLibrary
        The same kernel, watched.
    source : str
        The name of its source.
    seed : int
        Of the generated inputs.
    limit : float
        Seconds for one launch.
    """

    def __init__(
        self, kernel: Kernel, library: WatchedLibrary, source: str, seed: int, limit: float
    ) -> None:
        self.kernel = kernel
        self.arguments = kernel.arguments
        self._library = library
        self._source = source
        self._limit = limit
        self.is_scalar = [argument.kind == "scalar" for argument in self.arguments]
        self._inputs = [generate(a, i, seed) for i, a in enumerate(self.arguments)]

    def check(self) -> list[Finding]:
        """Return what is wrong, for generated inputs."""
        probe = self._try(launch_plan.free_shapes(1, 1)[0], 0)
        dimensions = max(probe.outcome.dimensions, 1), max(probe.outcome.group_dimensions, 1)
        shared = [own for own in probe.outcome.declared if own.kind != watched_state.PRIVATE]
        if probe.is_endless:
            groups = [[probe]]
        elif not shared:
            groups = [self._trials(shape) for shape in launch_plan.free_shapes(*dimensions)]
        else:
            groups = self._best_shape(dimensions, shared)
        trials = [trial for group in groups for trial in group]
        findings: dict[object, Finding] = {}
        for trial in trials:
            self._describe(trial, findings)
        if findings:
            return main_causes(findings.values())
        for trial in (group[0] for group in groups):
            for order in _ORDERS:
                self._describe(self._again(trial, order=order), findings)
        for lengths in self._wrong_lengths(trials):
            self._describe(lengths, findings)
        if not findings:
            for trial in (group[0] for group in groups):
                self._compare(trial, findings)
        return list(findings.values())

    def check_given(self, arguments: list[Array], shape: Shape, shared_bytes: int) -> list[Finding]:
        """Return what is wrong, for inputs of the user: buffers are no longer than given."""
        findings: dict[object, Finding] = {}
        for order in (0, *_ORDERS):
            outcome = self._launch(arguments, shape, order, shared_bytes)
            self._describe(Trial(shape, 0, arguments, outcome), findings)
        if not findings:
            trial = Trial(shape, 0, arguments, outcome)
            self._compare(trial, findings, shared_bytes)
        return main_causes(findings.values())

    def _launch(
        self, arguments: list[Array], shape: Shape, order: int, shared_bytes: int = 0
    ) -> Outcome:
        return self._library.launch(
            self.kernel.name, arguments, self.is_scalar, shape, order, shared_bytes, self._limit
        )

    def _try(self, shape: Shape, rule: int) -> Trial:
        arguments = list(self._inputs)
        places = [i for i, argument in enumerate(self.arguments) if is_integer_scalar(argument)]
        values = launch_plan.scalars(shape, rule, len(places))
        for i, value in zip(places, values, strict=True):
            own = element_type(self.arguments[i])
            arguments[i] = np.array([max(value, 1)]).astype(own)
        return Trial(shape, rule, arguments, self._launch(arguments, shape, 0))

    def _again(self, trial: Trial, order: int) -> Trial:
        return replace(trial, outcome=self._launch(trial.arguments, trial.shape, order))

    def _trials(self, shape: Shape) -> list[Trial]:
        """Return the launches of a shape that are no wrong guesses."""
        has_scalars = any(map(is_integer_scalar, self.arguments))
        count = len(launch_plan.rules(shape)) if has_scalars else 1
        trials = []
        for rule in range(count):
            trials.append(self._try(shape, rule))
            # More time would be for the same finding.
            if trials[-1].is_endless:
                break
        fitting = [trial for trial in trials if not trial.is_wrong_guess]
        if not fitting:
            return [min(trials, key=lambda trial: len(trial.outcome.found))]
        if shape.grid[1:] != (1, 1):
            # A scalar may be the length of a row: items then race unless it is as large as that.
            fitting = [trial for trial in fitting if not trial.races_in_buffers] or fitting[:1]
        return fitting

    def _best_shape(self, dimensions: tuple[int, int], shared: Sequence[Any]) -> list[list[Trial]]:
        dynamic = any(own.kind == watched_state.DYNAMIC for own in shared)
        counts = [own.count for own in shared if own.kind == watched_state.SHARED]
        best: list[Trial] = []
        for shape in launch_plan.shared_shapes(*dimensions, counts, dynamic):
            trials = self._trials(shape)
            if any(trial.leaves_by_one for trial in trials):
                # A smaller group would hide it.
                best = trials
                break
            if not best or badness(trials) < badness(best):
                best = trials
            if badness(best) == (0, 0):
                break
        return [best, self._trials(launch_plan.larger(best[0].shape))]

    def _wrong_lengths(self, trials: list[Trial]) -> list[Trial]:
        """Return launches with buffers as long as they should be, where one is too short."""
        launches = [
            Launch(
                trial.shape,
                trial.rule,
                [
                    int(a[0])
                    for a, own in zip(trial.arguments, self.arguments, strict=True)
                    if is_integer_scalar(own)
                ],
                trial.outcome.reach,
                trial.outcome.written,
            )
            for trial in trials
        ]
        again = []
        for position, index, count in one_too_long(launches, self.arguments):
            trial = trials[position]
            arguments = list(trial.arguments)
            arguments[index] = arguments[index][:count]
            again.append(
                replace(
                    trial,
                    arguments=arguments,
                    outcome=self._launch(arguments, trial.shape, 0),
                )
            )
        return again

    def _subject(self, trial: Trial) -> Subject:
        types = [element_type(argument) for argument in self.arguments]
        scalars = [
            f"{name}={array[0]}"
            for name, array, argument in zip(
                self.kernel.argument_names, trial.arguments, self.arguments, strict=True
            )
            if argument.kind == "scalar" and len(array) == 1
        ]
        sizes = f"group {_size(trial.shape.group)}, grid {_size(trial.shape.grid)}"
        return Subject(
            self.kernel.name,
            self._source,
            self.kernel.argument_names,
            [own.itemsize if own else 1 for own in types],
            [len(array) for array in trial.arguments],
            trial.outcome.declared,
            trial.shape,
            ", ".join([sizes, *scalars]),
        )

    def _describe(self, trial: Trial, findings: dict[object, Finding]) -> None:
        subject = self._subject(trial)
        for found in trial.outcome.found:
            finding = subject.describe(found)
            key: object = (finding.kind, finding.line)
            if found.kind is Kind.RACE:
                # The same two lines are one race; that of two writes says more.
                lines = frozenset((finding.line, finding.other_line))
                key = ("race", lines)
                known = findings.get(key)
                if known is None or (known.kind != "race" and finding.kind == "race"):
                    findings[key] = finding
            else:
                findings.setdefault(key, finding)

    def _compare(
        self, trial: Trial, findings: dict[object, Finding], shared_bytes: int = 0
    ) -> None:
        """Compare the items side by side with the groups as the CPU plugin runs them."""
        if any(element_type(own) is None for own in self.arguments):
            return
        device = self.kernel.device
        needs = any(own.kind == watched_state.DYNAMIC for own in trial.outcome.declared)
        if needs and not shared_bytes:
            shared_bytes = next(
                own.element * own.count
                for own in trial.outcome.declared
                if own.kind == watched_state.DYNAMIC
            )
        pairs = list(zip(trial.arguments, self.is_scalar, strict=True))
        values: list[Any] = [a[0] if scalar else device.create_buffer(a) for a, scalar in pairs]
        self.kernel(
            *values,
            group_size=trial.shape.group,
            grid_size=trial.shape.grid,
            shared_memory_size=shared_bytes,
        )
        watched = self._launch(trial.arguments, trial.shape, 0, shared_bytes).arguments
        for i, value in enumerate(values):
            if self.is_scalar[i]:
                continue
            by_group = value.numpy().view(np.uint8)
            differs = np.flatnonzero(by_group != watched[i].view(np.uint8))
            if len(differs):
                own = element_type(self.arguments[i])
                name = self.kernel.argument_names[i]
                index = int(differs[0]) // (own.itemsize if own else 1)
                findings[("different results", i)] = Finding(
                    "different results",
                    self.kernel.name,
                    self._source,
                    self._library.line_of(self.kernel.name),
                    f"{name}[{index}] is another value when the items of a group run side by side "
                    "than when the group runs as a whole: compute outside of item blocks only "
                    "what is the same for all items",
                    name,
                    launch=self._subject(trial).launch,
                )


def _size(size: Shape | tuple[int, ...]) -> str:
    return "x".join(map(str, size)).removesuffix("x1").removesuffix("x1")
