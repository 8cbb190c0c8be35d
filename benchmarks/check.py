"""``nexus check``: faults found in the kernels that its tests plant, and its time."""

from __future__ import annotations

import re
from pathlib import Path
from time import perf_counter

from benchmarks.harness import Goal, Report, row
from nexus.check import TARGETS, check_file

_FOLDER = Path(__file__).parents[1] / "tests"
_FAULTS = _FOLDER / "check" / "faults.c"
_RIGHT = _FOLDER / "support" / "kernels.c"
# Of five kernels.
_LIMIT_S, _LIMIT_MISSED = 10, 4


def run(quick: bool) -> Report:
    """Check both files, once or several times."""
    planted = _planted()
    begin = perf_counter()
    found = {(finding.kind, finding.kernel) for finding in check_file(_FAULTS, targets=()).findings}
    taken = perf_counter() - begin
    missed = sorted(kernel for kernel, kind in planted.items() if (kind, kernel) not in found)
    times = []
    for _ in range(1 if quick else 5):
        begin = perf_counter()
        report = check_file(_RIGHT, targets=TARGETS)
        times.append((perf_counter() - begin) * 5 / len(report.kernels))
    rows = [
        row(
            "planted faults that are missed",
            "faults",
            [len(missed)],
            None,
            Goal("median", _LIMIT_MISSED),
        ),
        row(
            "findings in right kernels", "findings", [len(report.findings)], None, Goal("median", 0)
        ),
        row("five right kernels, all targets", "s", times, None, Goal("median", _LIMIT_S)),
        row(f"{len(planted)} wrong kernels, CPU only", "s", [taken]),
    ]
    return Report(rows, [f"missed: {', '.join(missed) or 'none'} of {len(planted)}"])


def _planted() -> dict[str, str]:
    """Return the kind of each kernel's fault."""
    text = _FAULTS.read_text()
    kernels = re.split(r"^NXS_KERNEL\(", text, flags=re.MULTILINE)[1:]
    kinds = {part[: part.index(",")]: re.search(r"FAULT: (.*?) \*/", part) for part in kernels}
    return {kernel: kind[1] for kernel, kind in kinds.items() if kind}
