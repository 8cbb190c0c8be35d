"""``nexus check``: finds what is wrong with kernels before a GPU runs them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nexus.cli.arguments import Commands, complete_with
from nexus.cli.failure import CommandError, Status
from nexus.cli.terminal import say, show_json
from nexus.compilers import CompilerNotFoundError

if TYPE_CHECKING:
    from nexus.check import Launch, Report


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("check", help="find what is wrong with kernels, without a GPU")
    file = parser.add_argument("file", help="source in the language of nexus-api/nxs_kernel.h")
    complete_with(file, "files")
    parser.add_argument(
        "--kernel", action="append", default=[], metavar="NAME", help="only this one; may repeat"
    )
    parser.add_argument(
        "--args",
        nargs="+",
        metavar="NAME=VALUE",
        help="for each argument: a file (.npy), a buffer's elements, or a scalar's value",
    )
    parser.add_argument("--group", help="with --args: items of a group, such as 64 or 16x16")
    parser.add_argument("--grid", help="with --args: items in all, such as 1024 or 64x64")
    parser.add_argument("--shared", type=int, default=0, help="bytes of the launch's shared memory")
    parser.add_argument("--seed", type=int, default=1, help="of the generated inputs")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for each kernel")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> Status:
    from nexus.check import check_file

    launch = _launch(options)
    try:
        report = check_file(
            options.file, options.kernel, launch, seed=options.seed, timeout=options.timeout
        )
    except OSError as error:
        raise CommandError(f"{options.file} cannot be read: {error.strerror}") from None
    except (ValueError, CompilerNotFoundError) as error:
        raise CommandError(str(error)) from None
    if options.json:
        show_json(asdict(report))
    else:
        _show(report)
    return Status.WRONG if report.findings else Status.OK


def _show(report: Report) -> None:
    for finding in report.findings:
        say(str(finding), "red")
    for target in report.targets:
        say(f"{target.name}: {target.result}", "red" if target.result == "wrong" else "")
    names = ", ".join(report.kernels) or "no kernel ran"
    count = len(report.findings)
    say(f"{names}: {count or 'no'} finding{'' if count == 1 else 's'}", "" if count else "green")


def _launch(options: argparse.Namespace) -> Launch | None:
    from nexus.check import Launch

    if options.args is None:
        if options.group or options.grid or options.shared:
            raise CommandError("--group, --grid and --shared need --args")
        return None
    if not options.group or not options.grid:
        raise CommandError("--args needs --group and --grid, such as --group 64 --grid 1024")
    arguments = {}
    for text in options.args:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"--args takes NAME=VALUE, got {text!r}")
        arguments[name] = _value(value)
    group, grid = _size(options.group), _size(options.grid)
    return Launch(arguments, group, grid, options.shared)


def _value(text: str) -> object:
    if Path(text).suffix == ".npy":
        try:
            return np.load(text)
        except (OSError, ValueError) as error:
            raise CommandError(f"{text} cannot be read: {error}") from None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise CommandError(f"{text!r} is neither a number nor a file whose name ends in .npy")


def _size(text: str) -> list[int]:
    parts = text.split("x")
    if not 1 <= len(parts) <= 3 or not all(part.isdecimal() and int(part) for part in parts):
        raise CommandError(f"{text!r} is no size: give 1 to 3 numbers from 1 on, such as 16x16")
    return [*map(int, parts)]
