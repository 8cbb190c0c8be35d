"""Runs benchmarks; see README.md."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import charts
from benchmarks.harness import CannotRunError, Report, Row, Spread
from benchmarks.machine import facts

NAMES = (
    "launch",
    "binding",
    "memory",
    "scale",
    "imports",
    "device_db",
    "command_line",
    "cpu_engine",
    "busy",
    "instructions",
    "check",
    "fuzz_bugs",
    "cpp",
    "cuda",
    "opencl",
)


def main() -> int:
    """Run the requested benchmarks: figures to standard error, JSON to a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *NAMES], help=f"of {', '.join(NAMES)}")
    parser.add_argument("--out", type=Path, help="file for the JSON, else standard output")
    parser.add_argument("--quick", action="store_true", help="a second each: proves it runs")
    parser.add_argument(
        "--charts",
        type=Path,
        nargs=2,
        metavar=("RESULTS", "FOLDER"),
        help="run nothing: draw the results of an earlier run as SVG files",
    )
    arguments = parser.parse_args()
    if arguments.charts:
        for path in charts.draw(*arguments.charts):
            print(path)
        return 0
    result: dict[str, Any] = {"machine": facts(), "quick": arguments.quick, "benchmarks": {}}
    for name in arguments.name or NAMES:
        print(f"\n{name}", file=sys.stderr)
        result["benchmarks"][name] = _run(name, arguments.quick)
    text = json.dumps(result, indent=1) + "\n"
    if arguments.out:
        arguments.out.write_text(text)
    else:
        sys.stdout.write(text)
    return 0


def _run(name: str, quick: bool) -> dict[str, Any]:
    try:
        report: Report = importlib.import_module(f"benchmarks.{name}").run(quick)
    except CannotRunError as reason:
        report = Report([], [f"skipped: {reason}"])
    for line in (*map(_line, report.rows), *report.notes):
        print("  " + line, file=sys.stderr, flush=True)
    return {"rows": [row.to_json() for row in report.rows], "notes": report.notes}


def _line(row: Row) -> str:
    parts = [f"{row.name:40} {_shown(row.spread)} {row.unit}, least {row.minimum:.4g}"]
    if row.p99 is not None:
        parts.append(f"p99 {row.p99:.4g}")
    parts += [f"{_shown(ratio)} x {other}" for other, ratio in row.ratios.items()]
    for goal in row.goals:
        of = "" if goal.of == "median" else f" x {goal.of}"
        parts.append(f"goal {goal.at_most:.4g}{of}: {'met' if row.met(goal) else 'MISSED'}")
    return ", ".join(parts)


def _shown(spread: Spread) -> str:
    return f"{spread.median:.4g} ({spread.low:.4g}-{spread.high:.4g})"


if __name__ == "__main__":
    sys.exit(main())
