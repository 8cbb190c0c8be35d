"""A launch for a check: a guess of sizes that suit the kernel, and what it has shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nexus.check import watched_state
from nexus.check.kernel_inputs import Array
from nexus.check.launch_plan import Shape
from nexus.check.watched_launch import Found, Outcome
from nexus.check.watched_state import Kind

# Findings that show a wrong guess, if other launches have none.
_WRONG_GUESS = {Kind.BOUNDS, Kind.TOO_LARGE, Kind.CRASH, Kind.ARRAY_INDEX, Kind.ENDLESS}


@dataclass(frozen=True)
class Trial:
    """A launch, and what it has shown."""

    shape: Shape
    rule: int
    arguments: list[Array]
    outcome: Outcome

    @property
    def is_wrong_guess(self) -> bool:
        return any(
            found.kind in _WRONG_GUESS and not self._is_one_beyond(found)
            for found in self.outcome.found
        )

    @property
    def leaves_by_one(self) -> bool:
        return any(map(self._is_one_beyond, self.outcome.found))

    @property
    def is_endless(self) -> bool:
        return any(found.kind is Kind.ENDLESS for found in self.outcome.found)

    @property
    def races_in_buffers(self) -> bool:
        return any(
            found.kind is Kind.RACE and found.object < watched_state.ARGUMENTS
            for found in self.outcome.found
        )

    def _is_one_beyond(self, found: Found) -> bool:
        """Return whether the last item alone leaves an array with an element for each item."""
        if found.kind is not Kind.BOUNDS or found.object < watched_state.ARGUMENTS:
            return False
        own = self.outcome.declared[found.object - watched_state.ARGUMENTS]
        items = self.shape.group_items
        is_last = found.item % items == items - 1
        return is_last and own.count == items and found.offset == own.element * own.count


def badness(trials: Iterable[Trial]) -> tuple[int, int]:
    """Return how badly a shape suits a kernel: wrong guesses, and different findings."""
    trials = list(trials)
    wrong = sum(trial.is_wrong_guess for trial in trials)
    kinds: set[object] = set()
    for trial in trials:
        kinds.update((found.kind, found.place) for found in trial.outcome.found)
    return wrong, len(kinds)
