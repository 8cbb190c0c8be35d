"""Which failures have the same cause, so that a report counts each cause once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from nexus.conformance.harness.registry import Check, select
from nexus.conformance.report.outcome import Outcome, State


class Causes:
    """The outcomes of a run, and what their failures follow from.

    A check names as its root the check that finds the same fault more directly. Where both fail,
    the root is the failure, and the other one follows from it.

    Parameters
    ----------
    run : callable
        Runs a check.
    """

    def __init__(self, run: Callable[[Check], Outcome]) -> None:
        self._run = run
        self._outcomes: dict[str, Outcome] = {}

    def grouped(self, checks: Iterable[Check]) -> Iterator[Outcome]:
        """Run checks; yield also a failure that was not chosen and that others follow from."""
        chosen = list(checks)
        ids = {item.id for item in chosen}
        for item in chosen:
            outcome = self._outcome(item)
            root = self._root(outcome)
            if root is None:
                yield outcome
                continue
            if root.id not in ids:
                ids.add(root.id)
                yield root
            yield replace(outcome, state=State.FOLLOWS, root=root.id)

    def of(self, *ids: str) -> Outcome | None:
        """Return the failure that the first of these checks to have failed follows from.

        None if none of them was run and failed.
        """
        known = (self._outcomes[id] for id in ids if id in self._outcomes)
        failed = next((one for one in known if one.state is State.FAILED), None)
        return failed and (self._root(failed) or failed)

    def _outcome(self, item: Check) -> Outcome:
        if item.id not in self._outcomes:
            self._outcomes[item.id] = self._run(item)
        return self._outcomes[item.id]

    def _root(self, outcome: Outcome) -> Outcome | None:
        """Return the failure that an outcome follows from; None if it is one itself, or none."""
        if outcome.state is not State.FAILED or not outcome.root:
            return None
        (item,) = select([outcome.root])
        found = self._outcome(item)
        return (self._root(found) or found) if found.state is State.FAILED else None
