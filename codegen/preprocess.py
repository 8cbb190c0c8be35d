"""Runs the C preprocessor over the headers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

# isort: off
import setuptools  # noqa: F401  (where distutils comes from, so it goes first)
from distutils.ccompiler import new_compiler
from distutils.sysconfig import customize_compiler
# isort: on

# Macros that Python gets as constants, by their names there.
LIMITS = {
    "API_VERSION": "NXS_API_VERSION",
    "MAX_DIMS": "NXS_MAX_DIMS",
    "KERNEL_MAX_ARGS": "NXS_KERNEL_MAX_ARGS",
    "KERNEL_MAX_CONSTS": "NXS_KERNEL_MAX_CONSTS",
}

LIMITS_ENUM = "nxs_limits"

# The unit that is parsed: the headers, the texts of the properties, and the values of macros.
UNIT = """\
#include <nexus-api.h>
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) static const char NPD_##NAME[] = DESCRIPTION;
#include <nexus-api/_nxs_propertys.h>
typedef enum {{ {limits} }} {enum};
"""


class HeaderError(Exception):
    """A header cannot be read: ``file:line: reason``."""


def without_column(message: str) -> str:
    """Turn a tool's ``file:line:column: reason`` into ``file:line: reason``."""
    place, _, reason = message.partition(": ")
    return ":".join(place.split(":")[:2]) + f": {reason}"


def preprocess(headers: Path) -> str:
    """Run the preprocessor of the compiler that setuptools finds over the headers."""
    compiler = new_compiler()
    customize_compiler(compiler)
    command = getattr(compiler, "preprocessor", None)
    umbrella = headers / "nexus-api.h"
    if not umbrella.is_file():
        raise HeaderError(f"{umbrella}:1: there is no such file")
    if not command or not shutil.which(command[0]):
        raise HeaderError(f"{umbrella}:1: no C preprocessor; install a C compiler or set CPP")
    limits = ", ".join(f"{name} = {macro}" for name, macro in LIMITS.items())
    with tempfile.TemporaryDirectory() as folder:
        for name in ("stddef.h", "stdint.h", "stdbool.h"):
            Path(folder, name).touch()
        unit = Path(folder, "unit.c")
        unit.write_text(UNIT.format(limits=limits, enum=LIMITS_ENUM), encoding="utf-8")
        options = ["-nostdinc", f"-I{folder}", f"-I{headers}"]
        macros = ["-DNXS_API_EXPORT=", "-DNXS_API_CALL="]
        result = subprocess.run(
            [*command, *options, *macros, str(unit)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": "C"},
        )
    if result.returncode != 0:
        errors = [line for line in result.stderr.splitlines() if "error: " in line]
        raise HeaderError("\n".join(map(without_column, errors)) or result.stderr)
    return result.stdout
