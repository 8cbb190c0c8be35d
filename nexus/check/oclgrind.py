"""Runs kernels on Oclgrind, a simulator of an OpenCL device that reports what they do wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from nexus.check.check_worker import Request
from nexus.check.finding import Finding
from nexus.check.target_compilers import Target

_DRIVER = "lib/oclgrind/liboclgrind-rt-icd.so"
# What Oclgrind says of an access, and the kind of finding that it is.
_KINDS = {
    "data race": "race",
    "Invalid": "out of bounds",
    "Work-group divergence": "divergent barrier",
}
_PLACE = re.compile(r"At line (\d+)")
_ITEM = re.compile(r"Global\((\d+),(\d+),(\d+)\)")


def driver() -> Path | None:
    """Return the library by which the OpenCL loader uses Oclgrind, if it is installed."""
    program = shutil.which("oclgrind")
    if program is None:
        return None
    path = Path(program).resolve().parents[1] / _DRIVER
    return path if path.exists() else None


def settings(folder: Path) -> dict[str, str]:
    """Return the variables of a process in which Oclgrind writes what it finds to a file.

    Parameters
    ----------
    folder : Path
        Gets the loader's file, and ``oclgrind.log``, as soon as there is something to report.

    Raises
    ------
    FileNotFoundError
        If Oclgrind is not installed.
    """
    library = driver()
    if library is None:
        raise FileNotFoundError("Oclgrind is not installed: apt install oclgrind")
    vendors = folder / "vendors"
    vendors.mkdir(exist_ok=True)
    (vendors / "oclgrind.icd").write_text(f"{library}\n")
    return {
        "OCL_ICD_VENDORS": str(vendors),
        "OCLGRIND_DATA_RACES": "1",
        "OCLGRIND_LOG": str(folder / "oclgrind.log"),
    }


def findings(log: str, file: str) -> list[Finding]:
    """Return what a log of Oclgrind reports, each line of a kernel once.

    Parameters
    ----------
    log : str
        The log's text.
    file : str
        Name of the source.
    """
    found: dict[tuple[str, str, int], Finding] = {}
    for report in re.split(r"\n\s*\n(?=\S)", log.strip()):
        title = report.partition("\n")[0]
        kind = next((kind for words, kind in _KINDS.items() if words in title), "")
        kernel = re.search(r"Kernel: (\w+)", report)
        if not kind or not kernel:
            continue
        name = kernel[1].removeprefix("nxs_kernel_")
        lines = [int(line) for line in _PLACE.findall(report)]
        line, other = (*lines, 0, 0)[:2]
        item = _ITEM.search(report)
        index = (int(item[1]), int(item[2]), int(item[3])) if item else None
        what = re.sub(r" at (\w+) memory address \w+", r" of \1 memory", title)
        message = f"Oclgrind reports: {what}"
        one = Finding(kind, name, file, line, message, item=index, other_line=other)
        found.setdefault((kind, name, line), one)
    return list(found.values())


def new_findings(own: Iterable[Finding], simulated: Iterable[Finding]) -> list[Finding]:
    """Return those of Oclgrind's findings that the check's own run does not report.

    Parameters
    ----------
    own, simulated : iterable of Finding
        What the check's own run and what Oclgrind reports.
    """
    known = {place for finding in own for place in _places(finding)}
    return [finding for finding in simulated if known.isdisjoint(_places(finding))]


def _places(finding: Finding) -> set[tuple[str, str, int]]:
    # To Oclgrind a missing barrier is a race.
    kind = "race" if finding.kind == "missing barrier" else finding.kind
    lines = filter(None, (finding.line, finding.other_line))
    return {(kind, finding.kernel, line) for line in lines}


def run(request: Request, timeout: float) -> tuple[Target, list[Finding]]:
    """Launch the kernels of a request, which has arguments, on Oclgrind."""
    folder = Path(request["folder"])
    command = [sys.executable, "-c"]
    command += ["from nexus.check.oclgrind_worker import main; main()"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request),
            env={**os.environ, **settings(folder)},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Target("oclgrind", f"not checked: it takes longer than {timeout:g} s"), []
    log = folder / "oclgrind.log"
    found = findings(log.read_text(errors="replace") if log.exists() else "", request["name"])
    if found:
        return Target("oclgrind", "wrong"), found
    if done.returncode:
        return Target("oclgrind", f"not checked: {_last_line(done.stderr)}"), []
    return Target("oclgrind", "right"), []


def _last_line(text: str) -> str:
    lines: Iterable[str] = reversed(text.strip().splitlines())
    return next(iter(lines), "the process ended without a word")
