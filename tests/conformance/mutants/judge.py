"""Puts mutants of the reference plugin through the checks that are meant for them.

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

# Races show in most runs of a check, not in all of them.
ATTEMPTS = 4

_HEAD = """\
# Which check kills which mutant

The conformance kit is tested by plugins that are wrong in one thing: `tests/conformance/mutants/`
has a plugin that passes every check, and mutations of it, each of which the check that is meant for
it must find. The last column is what one run of that check took, processes and time-outs included.

{count} mutants, {checks} of {all_checks} checks. Written by
`python tests/conformance/mutants/judge.py` from
`tests/conformance/mutants/mutants.json`; do not edit.

| check | mutant | what is wrong with it | killed in |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Mutant:
    """A mutation, defined by ``MUTANT_`` and its name when the plugin is compiled.

    Attributes
    ----------
    name : str
        Its name in the source.
    check : str
        The id of the check that is meant to find it.
    breaks : str
        What is wrong with it.
    profile : str
        The profile in which the check is run.
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
    """Return the check that is meant to find a mutant."""
    return LOADS if mutant.check == LOADS.id else select([mutant.check])[0]


def judge(folder: Path, mutant: Mutant) -> Outcome:
    """Compile a mutant and run its check on it, again where the mutant lives."""
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
    """Return the page that tells which check kills which mutant, and how fast."""
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
