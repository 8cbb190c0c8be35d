"""Finds the sanitizers' runtimes, which are preloaded into workers."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from nexus.conformance import native
from nexus.conformance.harness import symbols

_RUNTIMES = {"address": "libasan.so", "undefined": "libubsan.so", "thread": "libtsan.so"}

# Functions that code compiled for each sanitizer calls.
_CALLS = {"address": "__asan_", "undefined": "__ubsan_", "thread": "__tsan_"}

# Each sanitizer ends the process at the first report, so the call that caused it is known.
_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:abort_on_error=1:"
    "quarantine_size_mb=16:handle_segv=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:abort_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:die_after_fork=0:report_thread_leaks=0",
}


class SanitizerError(Exception):
    """A sanitizer is not available."""


def passes(names: str) -> list[tuple[str, ...]]:
    """Return the runs for a list of sanitizers, since not all can be combined.

    Raises
    ------
    SanitizerError
        If one is unknown.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in _RUNTIMES:
            raise SanitizerError(
                f"there is no sanitizer {name!r}; there are {', '.join(_RUNTIMES)}"
            )
    together = tuple(name for name in wanted if name != "thread")
    alone = tuple(name for name in wanted if name == "thread")
    return [names for names in (together, alone) if names] or [()]


def uninstrumented(plugin: Path, sanitize: Sequence[str]) -> list[str]:
    """Return a note for each sanitizer that a plugin is not compiled for."""
    if not sanitize:
        return []
    try:
        names = symbols.mentioned(plugin)
    except ValueError as error:
        return [f"whether the plugin is compiled for {', '.join(sanitize)} is not known: {error}"]
    return [
        f"the plugin is not compiled with -fsanitize={name}, so the sanitizer sees only what it "
        "does by way of the C library"
        for name in sanitize
        if not any(each.startswith(_CALLS[name]) for each in names)
    ]


def without_warnings(output: str) -> str:
    """Return a plugin's output without the sanitizers' own warnings."""
    return re.sub(r"^==\d+==WARNING: .*\n?", "", output, flags=re.MULTILINE)


def environment(sanitize: Sequence[str]) -> dict[str, str]:
    """Return the environment of processes that run with these sanitizers.

    Raises
    ------
    SanitizerError
        If one is not installed, or excludes another.
    """
    result = dict(os.environ)
    if not sanitize:
        return result
    if {"address", "thread"} <= set(sanitize):
        raise SanitizerError("the sanitizers address and thread exclude each other")
    runtimes = [_runtime(_RUNTIMES[name]) for name in sanitize]
    # With the C++ runtime: at their start they look up the function that throws.
    result["LD_PRELOAD"] = " ".join([*runtimes, _runtime("libstdc++.so")])
    result["PYTHONMALLOC"] = "malloc"
    for name, options in _OPTIONS.items():
        given = os.environ.get(name)
        result[name] = f"{options}:{given}" if given else options
    return result


def _runtime(name: str) -> str:
    try:
        command = [*native.compiler(), f"-print-file-name={name}"]
        path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (native.NoCompilerError, OSError, subprocess.CalledProcessError) as error:
        raise SanitizerError(f"{name} cannot be looked for: {error}") from error
    if not Path(path).is_absolute() or not Path(path).exists():
        raise SanitizerError(f"{name} is not installed; it comes with gcc")
    return path
