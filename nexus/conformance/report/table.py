"""Shows a run in the terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TextIO

from nexus.conformance.report.outcome import Outcome, Report, State

# Longer messages are cut, and are complete in the report.
_LINES = 12
_WIDTH = 96
# Characters of a line; what is beyond is in the report.
_LONGEST = 300


class Progress:
    """Shows the progress of a run: a changing line in a terminal, else a line for each failure."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._done = 0

    def show(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self._done += 1
        if outcome.state.is_wrong:
            self._line(f"{outcome.state.value}: {outcome.id}", keep=True)
        elif self._live:
            self._line(f"[{self._done}/{self._total}] {outcome.id}", keep=False)

    def end(self) -> None:
        """Clear the line."""
        if self._live:
            self._line("", keep=False)

    def _line(self, text: str, keep: bool) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns
            self._stream.write("\r" + text[: width - 1].ljust(width - 1) + ("\n" if keep else "\r"))
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def text(report: Report) -> str:
    """Return a run as text: the plugin, a table of the groups, and the failures."""
    lines = [*_head(report), "", *_groups(report)]
    for outcome in report.outcomes:
        if outcome.state.is_wrong:
            lines += ["", *_details(outcome, report), *_followers(outcome, report)]
    expected = [o for o in report.outcomes if o.state is State.EXPECTED]
    if expected:
        lines += ["", "Known failures, which are expected:"]
        lines += [f"  {outcome.id}: {outcome.message.splitlines()[0]}" for outcome in expected]
    skipped: dict[str, list[str]] = {}
    for outcome in report.outcomes:
        if outcome.state is State.NOT_APPLICABLE:
            skipped.setdefault(outcome.message, []).append(outcome.id)
    if skipped:
        lines += ["", "Not applicable:"]
    for reason, ids in skipped.items():
        listed = textwrap.wrap(", ".join(ids), _WIDTH, break_on_hyphens=False)
        lines += [f"  {reason}:", *(f"    {line}" for line in listed)]
    if report.seed is not None:
        lines += ["", f"fuzzed with --seed {report.seed}"]
    if report.notes:
        lines += ["", *(f"note: {note}" for note in report.notes)]
    lines += ["", f"{report.verdict} in {report.seconds:.1f} s"]
    return "\n".join(map(_shortened, lines))


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _followers(root: Outcome, report: Report) -> list[str]:
    """Return the checks that fail by the same cause, each with the first line of its message."""
    found = [o for o in report.outcomes if o.state is State.FOLLOWS and o.root == root.id]
    lines = [f"    {one.id}: {(one.message or one.sentence).splitlines()[0]}" for one in found]
    return ["  the same cause:", *lines] if lines else []


def _head(report: Report) -> list[str]:
    identity = report.identity
    facts = [
        ("plugin", identity.path),
        ("sha256", identity.sha256),
        ("runtime", f"{identity.name or 'unknown'}, version {identity.version or 'unknown'}"),
        ("ABI", identity.api or "unknown"),
        ("devices", ", ".join(identity.devices) or "none"),
        ("profile", report.profile + "".join(f", {name} sanitizer" for name in report.sanitize)),
    ]
    lines = [f"{name:8} {value}" for name, value in facts if value]
    lacks = ", ".join(f"nxs{name}" for name in identity.missing)
    space = " " * len("lacks    ")
    return [
        *lines,
        *textwrap.wrap(lacks, _WIDTH, initial_indent="lacks    ", subsequent_indent=space),
    ]


def _groups(report: Report) -> list[str]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        groups.setdefault(outcome.group, []).append(outcome)
    heads = ("group", "pass", "fail", "follow", "expected", "n/a", "seconds")
    rows = []
    for name, outcomes in groups.items():
        states = [outcome.state for outcome in outcomes]
        rows.append(
            (
                name,
                str(states.count(State.PASSED)),
                str(sum(state.is_wrong for state in states)),
                str(states.count(State.FOLLOWS)),
                str(states.count(State.EXPECTED)),
                str(states.count(State.NOT_APPLICABLE)),
                f"{sum(outcome.seconds for outcome in outcomes):.1f}",
            )
        )
    columns = list(zip(heads, *rows, strict=True))
    if not any(outcome.state is State.FOLLOWS for outcome in report.outcomes):
        del columns[heads.index("follow")]
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in zip(*columns, strict=True)
    ]


def _details(outcome: Outcome, report: Report) -> list[str]:
    lines = outcome.message.splitlines()
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], f"... {len(lines) - _LINES} more lines are in the report"]
    place = f" ({outcome.header})" if outcome.header else ""
    return [
        f"{outcome.state.value.upper()} {outcome.id}{place}",
        f"  rule: {outcome.sentence}",
        *(f"  {line}" for line in lines),
        *([f"  {outcome.missing}"] if outcome.missing else []),
        f"  again: {report.again(outcome)}",
    ]
