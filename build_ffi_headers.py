"""Reads the C headers: the preprocessor, pycparser for names and comments, cffi for types."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cffi import FFI, CDefError, FFIError
from pycparser import c_ast
from pycparser.c_generator import CGenerator
from pycparser.c_parser import CParser, ParseError

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

# The unit that is parsed: the headers, and what only the preprocessor can tell about them.
UNIT = """\
#include <nexus-api.h>
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) static const char NPD_##NAME[] = DESCRIPTION;
#include <nexus-api/_nxs_propertys.h>
typedef enum {{ {limits} }} {enum};
"""

# cffi knows these types itself; pycparser need only know that they are types.
STANDARD_TYPES_FILE = "<standard types>"
STANDARD_TYPES = "typedef int {};\n".format(
    ", ".join([f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)] + ["size_t"])
)


class HeaderError(Exception):
    """A header cannot be read: ``file:line: reason``."""


def _error(node: c_ast.Node, reason: str) -> HeaderError:
    return HeaderError(f"{node.coord.file}:{node.coord.line}: {reason}")


def _without_column(message: str) -> str:
    """Turn a tool's ``file:line:column: reason`` into ``file:line: reason``."""
    place, _, reason = message.partition(": ")
    return ":".join(place.split(":")[:2]) + f": {reason}"


@dataclass(frozen=True)
class Enumerator:
    """One name of a C enum."""

    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class Enum:
    """A C enum."""

    name: str
    doc: str
    members: tuple[Enumerator, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function, as its trampoline takes it and hands it on."""

    name: str
    declaration: str
    argument: str
    c_type: Any


@dataclass(frozen=True)
class Function:
    """A function of the list in ``_nxs_functions.h``, by its name without ``nxs``."""

    name: str
    result: str
    parameters: tuple[Parameter, ...]

    @property
    def is_property_query(self) -> bool:
        """Whether the last parameters are property, value and size."""
        types = [parameter.c_type.cname for parameter in self.parameters[-3:]]
        return types == ["uint32_t", "void *", "size_t *"]


@dataclass(frozen=True)
class Api:
    """What the headers declare."""

    types: str
    enums: dict[str, Enum]
    functions: tuple[Function, ...]
    limits: dict[str, int]


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
        raise HeaderError("\n".join(map(_without_column, errors)) or result.stderr)
    return result.stdout


def read_headers(headers: Path) -> Api:
    """Return what the headers in a folder declare; raises :class:`HeaderError`."""
    try:
        unit = CParser().parse(STANDARD_TYPES + preprocess(headers), STANDARD_TYPES_FILE)
        return _Reader(unit).api()
    except ParseError as error:
        raise HeaderError(_without_column(str(error))) from error


def _names(node: c_ast.Node) -> Iterator[str]:
    """Yield the names in an expression."""
    if isinstance(node, c_ast.ID):
        yield node.name
    for child in node:
        yield from _names(child)


class _Reader:
    def __init__(self, unit: c_ast.FileAST) -> None:
        self._text = CGenerator()
        self._lines: dict[str, list[str]] = {}
        self._declarations = {node.name: node for node in unit.ext if isinstance(node, c_ast.Decl)}
        self._typedefs = [
            node
            for node in unit.ext
            if isinstance(node, c_ast.Typedef) and node.coord.file != STANDARD_TYPES_FILE
        ]
        self._ffi = FFI()
        self._enumerators: set[str] = set()
        for node in self._typedefs:
            self._check_enumerators(node)
            try:
                self._ffi.cdef(self._cdef([node]))
            except (CDefError, FFIError) as error:
                raise _error(node, f"cffi cannot read {node.name}: {error}") from error

    def api(self) -> Api:
        declared = [node for node in self._typedefs if node.name != LIMITS_ENUM]
        enums = {
            node.name: self._enum(node)
            for node in declared
            if isinstance(getattr(node.type, "type", None), c_ast.Enum)
        }
        names = [member.name for member in enums["nxs_function"].members]
        limits = self._ffi.typeof(LIMITS_ENUM).relements
        return Api(
            types=self._cdef([node for node in declared if not self._is_function(node.type)]),
            enums=enums,
            functions=tuple(
                self._function(name.removeprefix("NF_")) for name in names if name.startswith("NF_")
            ),
            limits={name: limits[name] for name in LIMITS},
        )

    def _cdef(self, nodes: list[c_ast.Typedef]) -> str:
        """Return the declarations as C, each under a line marker for error messages."""
        return "".join(
            f'# {node.coord.line} "{node.coord.file}"\n{self._text.visit(node)};\n'
            for node in nodes
        )

    def _check_enumerators(self, node: c_ast.Node) -> None:
        """Raise where a value is made of names that are not values, which cffi does not locate."""
        for child in node:
            if isinstance(child, c_ast.Enumerator):
                for name in _names(child):
                    if name not in self._enumerators:
                        raise _error(child, f"{child.name} is {name}, which has no value")
                self._enumerators.add(child.name)
            self._check_enumerators(child)

    @staticmethod
    def _is_function(node: c_ast.Node) -> bool:
        target = node.type if isinstance(node, c_ast.PtrDecl) else node
        return isinstance(target, c_ast.FuncDecl)

    def _comment_above(self, node: c_ast.Node) -> str:
        """Return the text of the comment that ends on the line above the node, or nothing."""
        path = Path(node.coord.file)
        if node.coord.file not in self._lines:
            self._lines[node.coord.file] = path.read_text("utf-8").splitlines()
        above = [line.strip() for line in self._lines[node.coord.file][: node.coord.line - 1]]
        if not above or not above[-1].endswith("*/"):
            return ""
        begin = max(number for number, line in enumerate(above) if line.startswith("/*"))
        above[begin] = above[begin].lstrip("/*")
        above[-1] = above[-1].removesuffix("*/")
        lines = [line.removeprefix("*").strip() for line in above[begin:]]
        paragraphs = "\n".join(lines).strip().split("\n\n")
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    def _doc(self, node: c_ast.Enumerator) -> str:
        described = self._declarations.get(f"NPD_{node.name.removeprefix('NP_')}")
        if described is None or not node.name.startswith("NP_"):
            return self._comment_above(node)
        if getattr(described.init, "type", None) != "string":
            raise _error(described, f"the description of {node.name} is no string")
        return str(ast.literal_eval(described.init.value))

    def _enum(self, node: c_ast.Typedef) -> Enum:
        enumerators = node.type.type.values
        if enumerators is None:
            raise _error(node, f"{node.name} does not list its values")
        values = self._ffi.typeof(node.name).relements
        return Enum(
            node.name,
            self._comment_above(node.type.type),
            tuple(
                Enumerator(item.name, values[item.name], self._doc(item))
                for item in enumerators.enumerators
            ),
        )

    def _function(self, name: str) -> Function:
        node = self._declarations[name]
        c_type = self._ffi.typeof(f"{name}_fn")
        if c_type.ellipsis:
            raise _error(node, f"{name} takes a variable number of arguments")
        if c_type.result.kind not in ("primitive", "enum"):
            raise _error(node, f"{name} returns {c_type.result.cname}, which is not a number")
        parameters = node.type.args.params if c_type.args else []
        return Function(
            name=name.removeprefix("nxs"),
            # cffi converts plain integers several times faster than enums.
            result="nxs_int" if c_type.result.kind == "enum" else c_type.result.cname,
            parameters=tuple(
                self._parameter(name, item, item_type)
                for item, item_type in zip(parameters, c_type.args, strict=True)
            ),
        )

    def _parameter(self, function: str, node: c_ast.Node, c_type: Any) -> Parameter:
        name = getattr(node, "name", None)
        if name is None:
            raise _error(node, f"a parameter of {function} has no name")
        if c_type.kind == "enum":
            return Parameter(name, f"nxs_int {name}", f"({c_type.cname}){name}", c_type)
        if c_type.kind == "struct":
            return Parameter(name, f"const {c_type.cname} *{name}", f"*{name}", c_type)
        if c_type.kind not in ("primitive", "pointer"):
            raise _error(node, f"{function} takes {name} as {c_type.cname}, which is not supported")
        return Parameter(name, self._text.visit(node), name, c_type)
