"""Reads a tree of headers: what it declares, and what of it Python cannot express."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from cffi import FFI, CDefError, FFIError
from pycparser import c_ast

from codegen.api import Api, Enum, Enumerator
from codegen.c.c_text import cdef, opaque, sized
from codegen.c.comments import Comments
from codegen.c.compiler import Compiler
from codegen.c.declarations import Declaration, split
from codegen.c.header_tree import HeaderTree
from codegen.c.syntax import Syntax
from codegen.functions import FunctionReader, Place
from codegen.layouts import Layouts, bodies_of
from codegen.signatures import Signatures

# Macros that Python gets as constants, by their names there.
LIMITS = {
    "API_VERSION": "NXS_API_VERSION",
    "MAX_DIMS": "NXS_MAX_DIMS",
    "KERNEL_MAX_ARGS": "NXS_KERNEL_MAX_ARGS",
    "KERNEL_MAX_CONSTS": "NXS_KERNEL_MAX_CONSTS",
}

# What the list of properties expands to, for their texts.
DESCRIPTIONS = """
#undef NEXUS_API_PROP
#define NEXUS_API_PROP(NAME, TYPE, ...) static const char NPD_##NAME[] = __VA_ARGS__;
#include <{list}>
"""
DESCRIPTION = "NPD_"

# The enum of the function numbers: its members are named after the functions.
NUMBER = "NF_nxs"


def read_headers(headers: Path) -> Api:
    """Return what headers declare; raises :class:`HeaderError`.

    Parameters
    ----------
    headers : Path
        Their folder, or the header that includes all others.
    """
    tree = HeaderTree(headers)
    compiler = Compiler(tree)
    unit = f"#include <{tree.umbrella.name}>\n"
    properties = tree.property_list()
    if properties:
        unit += DESCRIPTIONS.format(list=properties.as_posix())
    preprocessed = compiler.preprocess(unit)
    compiler.check()
    return _Reader(tree, compiler, split(preprocessed)).api()


class _Reader:
    def __init__(
        self, tree: HeaderTree, compiler: Compiler, declarations: Iterable[Declaration]
    ) -> None:
        self._tree = tree
        self._left_out: list[str] = []
        self._comments = Comments()
        self._descriptions: dict[str, Declaration] = {}
        kept = []
        for declaration in declarations:
            name = declaration.variable(DESCRIPTION)
            if name:
                self._descriptions[name.removeprefix(DESCRIPTION)] = declaration
            else:
                kept.append(declaration)
        self._parsed = Syntax(kept, tree.owns, self._leave_out).parse()
        self._bodies = bodies_of(self._parsed)
        self._layouts = Layouts(compiler, self._bodies, list(LIMITS.values()))
        # Two views of the types: as the module is built from them, and as they can be walked.
        self._partial, self._ffi = FFI(), FFI()

    def _leave_out(self, place: Place, reason: str) -> None:
        self._left_out.append(f"{place[0]}:{place[1]}: {reason}")

    def api(self) -> Api:
        declared = list(self._enums())
        enums = {enum.name: enum for enum in declared if enum.name}
        structs = {
            body.name: self._layouts.struct(body)
            for body in self._bodies
            if body.c_name and not isinstance(body.node, c_ast.Enum)
        }
        signatures = Signatures(self._parsed, self._tree.owns)
        types = "".join(self._types(signatures))
        numbers = {
            member.name.removeprefix("NF_"): member.value
            for enum in declared
            for member in enum.members
            if member.name.startswith(NUMBER)
        }
        reader = FunctionReader(self._ffi, structs, self._leave_out)
        functions = []
        for name in numbers or signatures.names():
            found = signatures.get(name)
            if found is None:
                self._leave_out(self._place_of(f"NF_{name}"), f"{name}: it is declared nowhere")
                continue
            function = reader.read(name, found.node, found.place)
            if function is not None:
                functions.append(function)
        for name, place in signatures.others(numbers):
            self._leave_out(place, f"{name}: it is not in the list of functions")
        limits = {name: self._layouts.macros[macro] for name, macro in LIMITS.items()}
        return Api(
            umbrella=self._tree.umbrella.name,
            types=types,
            enums=enums,
            constants=tuple(
                member for enum in declared if not enum.name for member in enum.members
            ),
            structs=structs,
            functions=tuple(functions),
            numbers=numbers or {f"nxs{item.name}": i for i, item in enumerate(functions)},
            numbers_declared=bool(numbers),
            limits={name: value for name, value in limits.items() if value is not None},
            left_out=tuple(sorted(set(self._left_out))),
        )

    def _types(self, signatures: Signatures) -> Iterator[str]:
        """Yield the types as C, each under a line marker for error messages."""
        for item in self._parsed:
            nodes = tuple(
                node
                for node in item.nodes
                if not isinstance(node, c_ast.Typedef) or node.name not in signatures.typedefs
                if isinstance(node, c_ast.Typedef) or node.name is None
            )
            if not nodes and not item.opaque:
                continue
            values, name = self._layouts.value, item.opaque
            try:
                if not name:
                    text = cdef(nodes, values, partial=True)
                    self._partial.cdef(text)
                    self._ffi.cdef(cdef(nodes, values, partial=False))
            except (CDefError, FFIError, NotImplementedError) as error:
                name = item.declaration.last_name()
                place, reason = item.declaration.place, str(error).splitlines()[-1]
                self._leave_out(place, f"{name or 'a declaration'}: {reason}")
                if not (item.declaration.is_typedef and self._layouts.size(name)):
                    continue
            if name:
                text = opaque(name)
                self._partial.cdef(text, override=True)
                self._ffi.cdef(sized(name, self._layouts.size(name)), override=True)
            yield text

    def _enums(self) -> Iterator[Enum]:
        for body in self._bodies:
            if isinstance(body.node, c_ast.Enum) and self._tree.owns(body.node.coord.file):
                yield Enum(
                    body.name,
                    self._comments.at(body.node.coord.file, body.node.coord.line),
                    tuple(
                        Enumerator(item.name, self._layouts.value(item.name), self._doc(item))
                        for item in body.node.values.enumerators
                    ),
                )

    def _place_of(self, enumerator: str) -> Place:
        for body in self._bodies:
            if isinstance(body.node, c_ast.Enum):
                for item in body.node.values.enumerators:
                    if item.name == enumerator:
                        return item.coord.file, item.coord.line
        return str(self._tree.umbrella), 1

    def _doc(self, node: c_ast.Enumerator) -> str:
        described = self._descriptions.get(node.name.removeprefix("NP_"))
        if described is None or not node.name.startswith("NP_"):
            return self._comments.at(node.coord.file, node.coord.line, marked=True)
        texts = described.initializer()
        if any(token.kind != "text" for token in texts):
            reason = f"the description of {node.name} is not a string literal"
            self._leave_out(described.place, reason)
            return ""
        return "".join(str(ast.literal_eval(token.text)) for token in texts)
