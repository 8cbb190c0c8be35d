"""Asks the C compiler that setuptools finds: what headers say, and what constants are."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

# isort: off
import setuptools  # noqa: F401  (where distutils comes from, so it goes first)
from distutils.ccompiler import new_compiler
from distutils.sysconfig import customize_compiler
# isort: on

from codegen.c.header_tree import HeaderError, HeaderTree

# What the numbers in an object file begin with: a text to find them by, and a number whose bytes
# say in which order they are.
MARK = b"numbers for build_ffi.py"
ORDER = 0x0102030405060708

NUMBERS = """\
#include <stddef.h>
#include <{umbrella}>
#define NUMBER(X) (unsigned long long)(X), (X) < 0,
#define NO_NUMBER 0, 2,
const struct {{
  char mark[{mark_size}];
  unsigned long long order, numbers[{count}];
}} nxs_numbers = {{ "{mark}", {order}, {{
{items}
}} }};
"""


class Compiler:
    """The compiler, for one tree of headers."""

    def __init__(self, tree: HeaderTree) -> None:
        self._tree = tree
        self._tools = new_compiler()
        customize_compiler(self._tools)

    def _command(self, tool: str) -> list[str]:
        """Return the command line of a tool: preprocessor, compiler, or compiler_cxx."""
        command = list(getattr(self._tools, tool, None) or [])
        if not command or not shutil.which(command[0]):
            what = "preprocessor; install a C compiler or set CPP"
            if tool != "preprocessor":
                what = "compiler; install one or set CC"
            raise HeaderError(f"{self._tree.umbrella}:1: no C {what}")
        return command

    def _run(self, command: Sequence[object]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*map(str, command), f"-I{self._tree.root}"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
        )

    def preprocess(self, text: str) -> str:
        """Return a unit as the preprocessor leaves it."""
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder, "unit.c")
            unit.write_text(text, encoding="utf-8")
            result = self._run([*self._command("preprocessor"), unit])
        if result.returncode != 0:
            raise HeaderError(_errors(result.stderr))
        return result.stdout

    def check(self) -> None:
        """Raise HeaderError unless the compiler accepts the headers as C."""
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder, "unit.c")
            unit.write_text(f"#include <{self._tree.umbrella.name}>\n", encoding="utf-8")
            # Not every driver of a compiler can only check syntax.
            options = ["-w", "-c", unit, "-o", Path(folder, "unit.o")]
            result = self._run([*self._command("compiler"), "-xc", *options])
            if result.returncode == 0:
                return
            reason = _errors(result.stderr)
            command = list(getattr(self._tools, "compiler_cxx", None) or [""])
            exists = shutil.which(command[0]) is not None
            if exists and self._run([*command, "-xc++", *options]).returncode == 0:
                reason += "\nThe compiler accepts these headers as C++, but not as C."
        raise HeaderError(reason)

    def numbers(self, expressions: Sequence[str], macros: Iterable[str]) -> list[int | None]:
        """Return the values of constant expressions, and of macros, None for those not defined.

        They are read out of an object file: nothing is run, so the compiler may be one for another
        machine.
        """
        items = [f"NUMBER({expression})" for expression in expressions]
        items += [f"#ifdef {name}\nNUMBER({name})\n#else\nNO_NUMBER\n#endif" for name in macros]
        if not items:
            return []
        text = NUMBERS.format(
            umbrella=self._tree.umbrella.name,
            mark=MARK.decode(),
            mark_size=len(MARK),
            order=ORDER,
            count=2 * len(items),
            items="\n".join(items),
        )
        with tempfile.TemporaryDirectory() as folder:
            unit, target = Path(folder, "numbers.c"), Path(folder, "numbers.o")
            unit.write_text(text, encoding="utf-8")
            options = ["-O0", "-g0", "-w", "-fno-lto"]
            result = self._run([*self._command("compiler"), *options, "-c", unit, "-o", target])
            if result.returncode != 0:
                raise HeaderError(_errors(result.stderr))
            return _read_numbers(target.read_bytes(), len(items))


def _read_numbers(image: bytes, count: int) -> list[int | None]:
    start = image.index(MARK) + len(MARK)
    order = "<" if image[start] == ORDER & 0xFF else ">"
    words = struct.unpack_from(f"{order}{1 + 2 * count}Q", image, start)[1:]
    pairs = zip(words[::2], words[1::2], strict=True)
    return [None if sign == 2 else value - (sign << 64) for value, sign in pairs]


def _errors(output: str) -> str:
    """Return the errors in a compiler's output as ``file:line: reason``, or all of the output.

    An error inside a macro has the place where the macro is used.
    """
    errors: list[str] = []
    follows_error = False
    for line in map(_without_column, output.splitlines()):
        place, _, reason = line.partition(": ")
        if reason.startswith(("error: ", "fatal error: ")):
            errors.append(line)
            follows_error = True
        elif reason.startswith("note: in expansion of macro") and follows_error:
            errors[-1] = f"{place}: {errors[-1].partition(': ')[2]}"
        elif reason.startswith("note: "):
            follows_error = False
    return "\n".join(errors) or output


def _without_column(message: str) -> str:
    """Turn a compiler's ``file:line:column: reason`` into ``file:line: reason``."""
    place, _, reason = message.partition(": ")
    return ":".join(place.split(":")[:2]) + f": {reason}"
