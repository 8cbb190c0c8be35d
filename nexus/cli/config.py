"""``nexus config``: where the package lies, for compilers and build systems."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

import nexus
from nexus.cli import machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import Status

_HOME = Path(nexus.__file__).resolve().parent


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "config",
        help="print paths and flags for C and C++",
        description="Prints what is asked for, a line each; all of it, with names, if nothing is.",
    )
    for name, text in _HELP.items():
        parser.add_argument(
            f"--{name}", dest="wanted", action="append_const", const=name, help=text
        )
    parser.set_defaults(command=_run)


_HELP = {
    "include": "the folder of all headers",
    "cflags": "flags that compile a program",
    "libs": "flags that link it",
    "cmake-dir": "the folder for CMAKE_PREFIX_PATH or Nexus_DIR",
    "pkg-config-dir": "the folder for PKG_CONFIG_PATH",
    "plugin-path": "the plugins that Python uses, for NEXUS_PLUGIN_PATH: those of entry points too",
    "home": "the folder for NEXUS_HOME: where programs find plugins and the device database",
}


def _run(options: argparse.Namespace) -> Status:
    if not options.wanted:
        width = max(map(len, _HELP))
        for name in _HELP:
            print(f"{name:{width}}  {_value(name)}")
    for name in options.wanted or ():
        print(_value(name))
    return Status.OK


def _value(name: str) -> str:
    if name == "include":
        return nexus.get_include()
    if name == "cflags":
        return shlex.join([f"-I{nexus.get_include()}", "-pthread"])
    if name == "libs":
        return "-pthread -ldl" if sys.platform == "linux" else "-pthread"
    if name == "plugin-path":
        return os.pathsep.join(runtime.path for runtime in machine.runtimes())
    return str(_HOME if name == "home" else _HOME / "cmake")
