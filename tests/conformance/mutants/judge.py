"""Runs the checks of the conformance kit on mutants of the reference plugin.

Run as a program, it writes docs/mutants.md.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nexus
from nexus.conformance.harness.registry import Check, all_checks, select
from nexus.conformance.report.outcome import Outcome, State
from nexus.conformance.runner import LOADS, Runner, Settings

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "reference_plugin.c"
PAGE = FOLDER.parents[2] / "docs" / "mutants.md"

# A check finds a race in most runs, not in all.
ATTEMPTS = 4

_HEAD = """\
# Which check kills which mutant

The conformance kit is tested on plugins with one planted bug each. `tests/conformance/mutants/` has
a plugin that passes every check, and mutants of it; the check that is named for a mutant must fail
on it. The last column is the duration of that check, with its processes and time-outs.

{count} mutants, {checks} of {all_checks} checks. Written by
`python tests/conformance/mutants/judge.py` from
`tests/conformance/mutants/mutants.json`; do not edit.

| check | mutant | planted bug | killed in |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Mutant:
    """A mutation, defined by ``MUTANT_`` and its name when the plugin is compiled.

    Attributes
    ----------
    name : str
        Name of the mutation in the source.
    check : str
        Id of the check that must fail on the mutant.
    breaks : str
        The planted bug.
    profile : str
        Profile that the check runs in.
    """

    name: str
    check: str
    breaks: str
    profile: str = "full"


def mutants() -> list[Mutant]:
    """Return all mutants, in the order of the checks."""
    listed = json.loads((FOLDER / "mutants.json").read_text())
    return [Mutant(**entry) for entry in listed]


def build(folder: Path, name: str = "") -> Path:
    """Compile the reference plugin or a mutant of it."""
    target = folder / f"lib{name.lower() or 'reference'}_plugin.so"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = ["-std=gnu11", "-O0", "-w", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread"]
    define = [f"-DMUTANT_{name}=1"] if name else []
    command = [*compiler, *options, *define, f"-I{nexus.get_include()}", str(SOURCE)]
    subprocess.run([*command, "-o", str(target), "-lm"], check=True)
    return target


def check_of(mutant: Mutant) -> Check:
    """Return the check that must fail on a mutant."""
    return LOADS if mutant.check == LOADS.id else select([mutant.check])[0]


def judge(folder: Path, mutant: Mutant) -> Outcome:
    """Compile a mutant and run its check, several times if the mutant survives."""
    plugin = build(folder, mutant.name)
    with Runner(Settings(str(plugin), mutant.profile)) as runner:
        for _ in range(ATTEMPTS):
            outcome = runner.run(check_of(mutant))
            if outcome.state is State.FAILED:
                break
        return outcome


def judge_all(folder: Path, chosen: Sequence[Mutant], jobs: int = 16) -> dict[str, Outcome]:
    """Run the checks of several mutants side by side; return the outcomes by name.

    Many of the mutants hang, so most jobs wait.
    """
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda mutant: judge(folder, mutant), chosen)
        return {mutant.name: outcome for mutant, outcome in zip(chosen, found, strict=True)}


def table(seconds: dict[str, float]) -> str:
    """Return the page that lists the check and the time that kill each mutant."""
    listed = mutants()
    head = _HEAD.format(
        count=len(listed),
        checks=len({mutant.check for mutant in listed}),
        all_checks=len({LOADS.id, *(check.id for check in all_checks())}),
    )
    rows = (
        f"| `{mutant.check}` | `{mutant.name}` | {mutant.breaks} | {seconds[mutant.name]:.2f} s |\n"
        for mutant in listed
    )
    return head + "".join(rows)


def main() -> int:
    """Judge every mutant and write the page; return 1 if one of them lives."""
    with tempfile.TemporaryDirectory() as folder:
        found = judge_all(Path(folder), mutants())
    living = [name for name, outcome in found.items() if outcome.state is not State.FAILED]
    for name in living:
        print(f"{name} lives: {found[name].id} is a {found[name].state.value}", file=sys.stderr)
    if not living:
        PAGE.write_text(table({name: outcome.seconds for name, outcome in found.items()}))
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main())
