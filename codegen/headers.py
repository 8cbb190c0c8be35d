"""Reads preprocessed headers: pycparser for names and comments, cffi for types."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cffi import FFI, CDefError, FFIError
from pycparser import c_ast
from pycparser.c_generator import CGenerator
from pycparser.c_parser import CParser, ParseError

from codegen.api import Api, Enum, Enumerator, Function, Parameter
from codegen.preprocess import LIMITS, LIMITS_ENUM, HeaderError, preprocess, without_column

# cffi has these types built in; for pycparser it is enough that they are type names.
STANDARD_TYPES_FILE = "<standard types>"
STANDARD_TYPES = "typedef int {};\n".format(
    ", ".join([f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)] + ["size_t"])
)


def _error(node: c_ast.Node, reason: str) -> HeaderError:
    return HeaderError(f"{node.coord.file}:{node.coord.line}: {reason}")


def read_headers(headers: Path) -> Api:
    """Return what the headers in a folder declare; raises :class:`HeaderError`."""
    try:
        unit = CParser().parse(STANDARD_TYPES + preprocess(headers), STANDARD_TYPES_FILE)
        return _Reader(unit).api()
    except ParseError as error:
        raise HeaderError(without_column(str(error))) from error


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
        """Raise for a value that uses an unknown name: cffi would not say where that is."""
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
        """Return the text of the comment that ends on the line above the node, if any."""
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
            raise _error(described, f"the description of {node.name} is not a string literal")
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
