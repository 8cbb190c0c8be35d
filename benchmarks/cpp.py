"""The C++ API: its calls beside the plugin's own functions, and the time to compile its header."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import nexus
from benchmarks import compiler
from benchmarks.harness import Goal, Report, Row, interleave, row

RAW = "plugin's function"
STANDARD = "standard headers"
_SOURCE = Path(__file__).parent / "cpp_api" / "overhead.cpp"
_CALL, _LAUNCH = 1.05, 1.15
_ADDED_SECONDS = 0.3
_INCLUDE = re.compile(r"^#include (<(?!nexus)[\w./]+>)", re.MULTILINE)


def run(quick: bool) -> Report:
    """Time four calls, and compile a source that includes the header and nothing else."""
    include = f"-I{nexus.get_include()}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ["-std=c++17", "-O2", include, "-pthread", "-ldl"]
        program = compiler.compile_file(_SOURCE, folder / "overhead", *options)
        rows = _calls(program, 0.05 if quick else 3)
        rows += _compilation(folder, include, 0 if quick else 20)
    return Report(rows)


def _calls(program: Path, seconds: float) -> list[Row]:
    home = str(Path(nexus.__file__).parent)
    made = subprocess.run(
        [program, str(seconds)],
        check=True,
        env={**os.environ, "NEXUS_HOME": home},
        stdout=subprocess.PIPE,
        text=True,
    )
    rows = []
    for race in map(json.loads, made.stdout.splitlines()):
        limit = _LAUNCH if race["name"].startswith("kernel") else _CALL
        against = {RAW: race["raw"]}
        rows.append(row(race["name"], "ns", race["api"], against, Goal(RAW, limit)))
        rows.append(row(f"{RAW}: {race['name']}", "ns", race["raw"]))
    return rows


def _compilation(folder: Path, include: str, seconds: float) -> list[Row]:
    """Compare the header with all standard headers that it includes, in processor time."""
    api = Path(nexus.get_include(), "nexus")
    # The device database is not part of nexus.hpp.
    headers = [path for path in api.rglob("*.hpp") if "device_db" not in str(path)]
    standard = sorted({name for path in headers for name in _INCLUDE.findall(path.read_text())})
    cases: dict[str, Callable[[], float]] = {}
    for name, names in {"nexus.hpp": ["<nexus/nexus.hpp>"], STANDARD: standard}.items():
        source = folder / f"{name.split()[0]}.cpp"
        source.write_text("".join(f"#include {one}\n" for one in names))
        cases[name] = _compile(source, include)
    samples = interleave(cases, seconds)
    pairs = zip(samples["nexus.hpp"], samples[STANDARD], strict=True)
    added = [with_api - without for with_api, without in pairs]
    return [
        row("compiling nexus.hpp, added", "s", added, {}, Goal("median", _ADDED_SECONDS)),
        row(f"compiling the {STANDARD}", "s", samples[STANDARD]),
    ]


def _compile(source: Path, include: str) -> Callable[[], float]:
    def take() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        compiler.compile_file(source, source.with_suffix(".o"), "-std=c++17", "-c", include)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    return take
