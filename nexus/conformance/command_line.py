"""``nexus conformance``: the kit on the command line."""

from __future__ import annotations

import argparse
import json
import secrets
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from nexus.conformance import known_failures as known
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.recipe import RecipeError
from nexus.conformance.harness.registry import Check, all_checks, select
from nexus.conformance.harness.sanitizers import SanitizerError, environment, passes
from nexus.conformance.harness.trace import BrokenRule
from nexus.conformance.programs.replay import ReplayError, recordings, replay
from nexus.conformance.report import page, table
from nexus.conformance.report.outcome import Identity, Report
from nexus.conformance.runner import LOADS, NoDeviceError, Runner, Settings

HOLDS, WRONG, USAGE = 0, 1, 2

_FUZZ_EXAMPLES = 500

# Names of the fuzzers for --only: both, or one of them.
_FUZZERS = ("fuzz", "fuzz.model", "fuzz.threads")


def main(options: argparse.Namespace) -> int:
    """Run the command; return its exit status.

    Returns
    -------
    int
        0 if every rule holds, 1 if something is wrong, 2 if the kit cannot run.
    """
    try:
        if options.replay:
            return _replay(options)
        return _list(options) if options.list else _run(options)
    except (
        _UsageError,
        NoDeviceError,
        SanitizerError,
        RecipeError,
        known.KnownFailuresError,
        ReplayError,
        OSError,
    ) as error:
        print(f"nexus conformance: {error}", file=sys.stderr)
        return USAGE


class _UsageError(Exception):
    """The command line asks for something that cannot be done."""


def _list(options: argparse.Namespace) -> int:
    for check in (LOADS, *_selected(options.only)):
        print(f"{check.id:32} {check.sentence}")
    return HOLDS


def _selected(only: Sequence[str]) -> tuple[Check, ...]:
    for name in filter(_is_fuzz, only):
        if name not in _FUZZERS:
            raise _UsageError(f"there is no fuzzer {name!r}; there are {', '.join(_FUZZERS)}")
    # Loading is always checked.
    checks = [name for name in only if not _is_fuzz(name) and name != LOADS.id]
    if only and not checks:
        return ()
    try:
        return select(checks)
    except ValueError as error:
        raise _UsageError(str(error)) from None


def _replay(options: argparse.Namespace) -> int:
    """Make recorded calls again; return 1 if an answer is wrong."""
    if options.plugin and not Path(options.plugin).is_file():
        raise _UsageError(f"there is no file {options.plugin!r}")
    status = HOLDS
    for recording in recordings(options.replay):
        print(recording["message"])
        try:
            for line in replay(recording, options.plugin):
                print(f"  {line}")
        except (BrokenRule, Failure) as error:
            print(f"WRONG: {error}")
            status = WRONG
        else:
            print("every answer was right or as recorded")
    return status


def _run(options: argparse.Namespace) -> int:
    if not options.plugin:
        raise _UsageError("which plugin? Give the path of a shared library")
    if not Path(options.plugin).is_file():
        raise _UsageError(f"there is no file {options.plugin!r}")
    if options.fuzz_examples is not None and options.fuzz_examples < 0:
        raise _UsageError(f"--fuzz-examples {options.fuzz_examples} is below 0, which is none")
    for path in (options.json, options.html, options.emit_c):
        # Reported now, since a run takes minutes.
        if path and not Path(path).absolute().parent.is_dir():
            raise _UsageError(f"{path} cannot be written: there is no such folder")
    runs = passes(options.sanitize)
    for names in runs:
        # A sanitizer that is not installed is reported before the others have run for minutes.
        environment(names)
    reports = [_report(options, names) for names in runs]
    for report in reports:
        print(table.text(report))
    if hint := _shown_by(options, reports):
        print(hint)
    _write(options, reports)
    return HOLDS if all(report.holds for report in reports) else WRONG


def _report(options: argparse.Namespace, sanitize: tuple[str, ...]) -> Report:
    start = time.monotonic()
    settings = Settings(
        plugin=options.plugin,
        profile=options.profile,
        sanitize=sanitize,
        kernels=options.kernels,
        known=known.read(options.known_failures),
        fork=not options.no_fork,
    )
    checks = _selected(options.only)
    with Runner(settings) as runner:
        examples = _examples(options)
        parts = [name for name in options.only if _is_fuzz(name)] or ["fuzz"]
        fuzzers = 0 if not examples else 2 if "fuzz" in parts else len(set(parts))
        progress = table.Progress(len(checks) + 1 + fuzzers)
        report = Report(
            Identity(options.plugin),
            options.profile,
            _again(options, sanitize),
            sanitize,
            notes=runner.notes,
        )
        for outcome in runner.run_all(checks):
            progress.show(outcome)
            report.outcomes.append(outcome)
        if examples and runner.loads:
            # Imported here, since it needs hypothesis.
            from nexus.conformance.fuzz import outcomes as run_fuzz

            report.seed = secrets.randbits(32) if options.seed is None else options.seed
            report.examples = examples
            for outcome in run_fuzz.run(runner, examples, report.seed, parts):
                progress.show(outcome)
                report.outcomes.append(outcome)
        progress.end()
        if runner.loads:
            runner.notes += _not_done(options, checks, examples)
        report.identity = runner.identity()
    report.seconds = time.monotonic() - start
    return report


def _again(options: argparse.Namespace, sanitize: tuple[str, ...]) -> str:
    """Return the command line of such a run, without the checks and the output files."""
    words = ["nexus", "conformance", options.plugin]
    if options.profile != "full":
        words += ["--profile", options.profile]
    if options.kernels:
        words += ["--kernels", options.kernels]
    if sanitize:
        words += ["--sanitize", ",".join(sanitize)]
    if options.no_fork:
        words.append("--no-fork")
    return shlex.join(words)


def _not_done(options: argparse.Namespace, checks: Sequence[Check], examples: int) -> list[str]:
    """Print what the options left out."""
    notes = []
    if options.only:
        notes.append(f"of {len(all_checks())} checks the {len(checks)} that were chosen were run")
    if not examples:
        notes.append("nothing was fuzzed")
    if not options.sanitize:
        notes.append("no sanitizer was used (--sanitize)")
    return notes


def _shown_by(options: argparse.Namespace, reports: Sequence[Report]) -> str:
    """Print how to get programs that show the failures, unless some were requested."""
    asked = options.json or options.html or options.emit_c
    if asked or not any(o.recording or o.c for report in reports for o in report.outcomes):
        return ""
    return "to show it: --json FILE and --replay FILE make the calls again, --emit-c FILE writes C"


def _examples(options: argparse.Namespace) -> int:
    wanted = not options.only or any(map(_is_fuzz, options.only))
    if options.fuzz_examples is not None:
        return int(options.fuzz_examples)
    return _FUZZ_EXAMPLES if wanted else 0


def _is_fuzz(name: str) -> bool:
    return name.partition(".")[0] == "fuzz"


def _write(options: argparse.Namespace, reports: Sequence[Report]) -> None:
    wrong = [o for report in reports for o in report.outcomes if o.state.is_wrong]
    runs = [report.as_json() for report in reports]
    holds = all(report.holds for report in reports)
    files = {
        options.json: json.dumps({"format": 1, "holds": holds, "runs": runs}, indent=2) + "\n",
        options.html: page.html(reports),
        options.emit_c: next((outcome.c for outcome in wrong if outcome.c), None),
    }
    for path, content in files.items():
        if path and content is None:
            print(f"nothing was written to {path}: no failure has a program", file=sys.stderr)
        elif path and content is not None:
            Path(path).write_text(content, encoding="utf-8")
