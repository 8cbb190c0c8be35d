"""Results of a run of the kit."""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from typing import Any

from nexus.conformance.report.environment import environment


class State(enum.Enum):
    """Result of a check."""

    PASSED = "pass"
    FAILED = "fail"
    EXPECTED = "expected failure"
    FIXED = "known failure that passes"
    NOT_APPLICABLE = "not applicable"
    FOLLOWS = "follows from another failure"

    @property
    def is_wrong(self) -> bool:
        """Whether it makes the run fail."""
        return self in (State.FAILED, State.FIXED)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Result of one check.

    Attributes
    ----------
    id, sentence, header : str
        As in the check.
    state : State
        Its result.
    message : str
        What is wrong, or why it is not applicable; empty for a pass.
    seconds : float
        Duration.
    recording : dict or None
        The calls of a failed check, for ``--replay``.
    c : str
        A C program that makes them.
    missing : str
        Which program is missing, and why.
    root : str
        Id of the check whose failure has the same cause; empty for none.
    """

    id: str
    sentence: str
    header: str
    state: State
    message: str = ""
    seconds: float = 0.0
    recording: dict[str, Any] | None = None
    c: str = ""
    missing: str = ""
    root: str = ""

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]


@dataclasses.dataclass
class Identity:
    """Identity of the plugin.

    Attributes
    ----------
    path, sha256 : str
        The file.
    name, version, api : str
        Values that the runtime reports; empty if it does not.
    devices : list of str
        Names of the devices.
    missing : list of str
        Functions of the ABI that it lacks.
    """

    path: str
    sha256: str = ""
    name: str = ""
    version: str = ""
    api: str = ""
    devices: list[str] = dataclasses.field(default_factory=list)
    missing: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Report:
    """A run.

    Attributes
    ----------
    identity : Identity
        The plugin.
    profile : str
        ``core`` or ``full``.
    command : str
        The command line that repeats it, without the choice of checks.
    sanitize : tuple of str
        The sanitizers that workers ran with.
    outcomes : list of Outcome
        The results, in order.
    seed : int or None
        Seed of the fuzzers; None if nothing was fuzzed.
    examples : int
        Number of fuzz examples that was requested, which the seed depends on.
    notes : list of str
        What the run left out, and why.
    seconds : float
        Duration.
    environment : dict
        When and where it was made: date, versions, system, processor.
    """

    identity: Identity
    profile: str
    command: str = ""
    sanitize: tuple[str, ...] = ()
    seed: int | None = None
    examples: int = 0
    outcomes: list[Outcome] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    environment: dict[str, str] = dataclasses.field(default_factory=environment)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not any(outcome.state.is_wrong for outcome in self.outcomes)

    @property
    def verdict(self) -> str:
        """Summary of the run in a sentence."""
        counts = self.counts()
        told = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
        if not self.holds:
            return f"Something is wrong: {told}"
        if counts[State.EXPECTED]:
            return f"Every rule holds except known failures: {told}"
        return f"Every rule holds: {told}"

    def again(self, outcome: Outcome) -> str:
        """Return the command line that runs a check again."""
        if outcome.group != "fuzz":
            return f"{self.command} --only {outcome.id}"
        # A finding of a fuzzer is not a check, so it takes fuzzing again.
        part = outcome.id if outcome.id == "fuzz.threads" else "fuzz.model"
        return f"{self.command}{self.fuzzing} --only {part}"

    @property
    def fuzzing(self) -> str:
        """Options for the same fuzzing; empty if there was none."""
        return "" if self.seed is None else f" --seed {self.seed} --fuzz-examples {self.examples}"

    def counts(self) -> Counter[State]:
        """Return the number of outcomes of each state."""
        return Counter(outcome.state for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """Return the run as a JSON object."""
        result = dataclasses.asdict(self)
        for outcome, entry in zip(self.outcomes, result["outcomes"], strict=True):
            entry["state"] = outcome.state.value
            entry["again"] = self.again(outcome)
        result["counts"] = {state.value: self.counts()[state] for state in State}
        return {"format": 1, "holds": self.holds, **result}
