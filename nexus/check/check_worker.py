"""Checks the kernels of a file, in a process of its own: a kernel may end it.

Reads a request as JSON from standard input. Writes lines of JSON: ``{"begin": kernel}``,
``{"finding": {...}}``, ``{"end": kernel}``; ``{"refused": text}`` for a source that does not
compile, ``{"wrong": text}`` for a request that does not fit, ``{"problem": text}`` without a
compiler.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from nexus.check import kernel_inputs


class Request(TypedDict):
    """What to check, and how."""

    source: str
    """Path of the file."""
    name: str
    """Its name in findings."""
    folder: str
    """Where the watched library may be written, or is already."""
    kernels: list[str]
    """Which ones; all that there are if it is empty."""
    skip: list[str]
    """Those not to check, since they ended an earlier process."""
    seed: int
    limit: float
    arguments: dict[str, Any]
    """By name: a number, or the path of an array."""
    group: list[int]
    grid: list[int]
    shared: int


_UNUSED = re.compile(r":(\d+):\d+: warning: unused parameter .(\w+).", re.MULTILINE)


def _say(**line: object) -> None:
    print(json.dumps(line), flush=True)


def main() -> None:
    """Check the kernels of the request."""
    request: Request = json.load(sys.stdin)
    own = os.environ.get("NEXUS_CPU_CFLAGS", "")
    # One thread, since a watched kernel's items share what is known of it.
    os.environ["NEXUS_CPU_THREADS"] = "1"
    os.environ["NEXUS_CPU_CFLAGS"] = f"{own} -O0 -ffp-contract=off"
    import nexus
    from nexus.check import watched_build
    from nexus.check.watched_launch import WatchedLibrary
    from nexus.compilers import CompilerNotFoundError

    device = nexus.get_runtime("cpu").get_device(0)
    try:
        library = device.load_library(request["source"])
    except nexus.CompilerNotAvailableError as error:
        _say(problem=str(error))
        return
    except nexus.NexusError as error:
        _say(refused=str(error))
        return
    if not library.get_kernels():
        _say(wrong=f"{request['name']} has no kernel: NXS_KERNEL(name, ...) defines one")
        return
    source, target = Path(request["source"]), Path(request["folder"]) / "watched.so"
    log = target.with_suffix(".log")
    os.environ["NEXUS_CPU_CFLAGS"] = own
    try:
        if not log.exists():
            log.write_text(watched_build.build(source, target))
    except CompilerNotFoundError as error:
        _say(problem=str(error))
        return
    watched = WatchedLibrary(device, target, request["name"])
    # Not the plain functions, which no macro has made.
    kernels = [kernel for kernel in library.get_kernels() if watched.has(kernel.name)]
    lines = {kernel.name: watched.line_of(kernel.name) for kernel in kernels}
    _say(kernels=lines)
    kernels.sort(key=lambda kernel: lines[kernel.name])
    wanted = request["kernels"] or list(lines)
    for name in wanted:
        if name not in lines:
            _say(wrong=f"there is no kernel {name!r} among {', '.join(lines)}")
            return
    for kernel in kernels:
        if kernel.name in wanted and kernel.name not in request["skip"]:
            _check(request, kernel, watched, log.read_text(), lines)


def arguments_of(request: Request, kernel: Any) -> list[kernel_inputs.Array]:
    """Return the values that a request gives a kernel's arguments.

    Raises
    ------
    ValueError
        If one is missing, or there is no such argument, or a value does not fit.
    """
    names = kernel.argument_names
    for name in request["arguments"]:
        if name not in names:
            raise ValueError(f"there is no argument {name!r} among {', '.join(names)}")
    values = []
    for i, argument in enumerate(kernel.arguments):
        name = names[i]
        value: object = request["arguments"].get(name)
        if value is None:
            raise ValueError(f"kernel {kernel.name}: give a value of argument {name}")
        if isinstance(value, str):
            value = np.load(value)
        try:
            values.append(kernel_inputs.given(argument, i, request["seed"], value))
        except ValueError as error:
            raise ValueError(f"kernel {kernel.name}, argument {name}: {error}") from None
    return values


def _check(request: Request, kernel: Any, watched: Any, log: str, lines: dict[str, int]) -> None:
    from nexus._objects.work_size import split_grid
    from nexus.check.finding import Finding
    from nexus.check.kernel_check import KernelCheck
    from nexus.check.launch_plan import Shape

    _say(begin=kernel.name)
    check = KernelCheck(kernel, watched, request["name"], request["seed"], request["limit"])
    if request["grid"]:
        try:
            group, groups, _ = split_grid(request["group"], request["grid"], 0)
        except ValueError as error:
            _say(wrong=str(error))
            return
        try:
            values = arguments_of(request, kernel)
        except ValueError as error:
            _say(wrong=str(error))
            return
        findings = check.check_given(values, Shape(group, groups), request["shared"])
    else:
        findings = check.check()
    for line, name in _UNUSED.findall(log):
        before = [own for own, at in lines.items() if at <= int(line)]
        owner = max(before, key=lambda own: lines[own], default="")
        if owner == kernel.name and name in kernel.argument_names:
            findings.append(
                Finding(
                    "unused argument",
                    kernel.name,
                    request["name"],
                    int(line),
                    f"{name} is not used: if it says how many elements there are, items without "
                    f"one need a guard such as `if (i >= {name}) continue;`; else remove it",
                    name,
                )
            )
    for finding in findings:
        _say(finding=asdict(finding))
    _say(end=kernel.name)
