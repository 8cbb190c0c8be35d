"""Programs that use the C++ API: compiling and running them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from support.paths import ROOT, TESTS

FOLDER = TESTS / "cpp"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
# The plugins beside the package that is imported.
HOME = ROOT / "nexus"


def compiler() -> list[str]:
    return shlex.split(os.environ.get("CXX", "c++"))


def cases_in(name: str) -> list[str]:
    """Return the names of the cases in a file."""
    return re.findall(r"^CASE\((\w+)\)", (FOLDER / name).read_text("utf-8"), re.MULTILINE)


def compile_program(source: Path, target: Path, *flags: str) -> Path:
    """Compile a program as users do, with one line."""
    command = [*compiler(), "-std=c++17", *WARNINGS, f"-I{ROOT / 'include'}", *flags]
    command += [str(source), "-o", str(target), "-pthread"]
    command += ["-ldl"] if sys.platform == "linux" else []
    subprocess.run(command, check=True)
    return target


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a program: without what chooses plugins, but for `more`."""
    chooses = ("NEXUS_PLUGIN_PATH", "NEXUS_PLUGINS_PREFER", "NEXUS_LOG", "LD_PRELOAD")
    kept = {name: value for name, value in os.environ.items() if name not in chooses}
    return {**kept, "NEXUS_HOME": str(HOME), **more}


def run(program: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program, which has to end in time."""
    return subprocess.run(
        [program, *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def results_of(program: Path, names: list[str], **more: str) -> dict[str, str]:
    """Run cases in one process, and return what became of each."""
    done = run(program, *names, **more)
    lines = [line.partition(" ") for line in done.stdout.splitlines()]
    results = {name: result for name, _, result in lines}
    if done.returncode:
        ended = f"the process ended with {done.returncode}:\n{done.stderr}"
        results = {name: results.get(name, ended) for name in names}
        results[names[-1]] = ended
    return results
