"""Writes syntax trees as C that cffi reads."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator

from pycparser import c_ast
from pycparser.c_generator import CGenerator

GENERATOR = CGenerator()


def innermost(node: c_ast.Node) -> c_ast.TypeDecl:
    """Return the part of a type that holds the declared name."""
    while not isinstance(node, c_ast.TypeDecl):
        node = node.type
    return node


def declare(node: c_ast.Node, name: str, plain: bool = False) -> str:
    """Return the declaration of a name of a type; a plain one is without const and volatile."""
    node = copy.deepcopy(node)
    inner = innermost(node)
    inner.declname = name or None
    if plain:
        inner.quals = []
    # Without the word typedef it is written like any other declaration.
    return str(GENERATOR.visit(c_ast.Typedef(name, [], [], node))).strip()


def bodies(node: c_ast.Node) -> Iterator[c_ast.Node]:
    """Yield the structs, unions and enums that are defined in a syntax tree, the inner first."""
    for child in node:
        yield from bodies(child)
    if (isinstance(node, (c_ast.Struct, c_ast.Union)) and node.decls is not None) or (
        isinstance(node, c_ast.Enum) and node.values is not None
    ):
        yield node


def opaque(name: str) -> str:
    """Return the declaration of a type of which only the compiler knows what it is."""
    return f"typedef struct {{ ...; }} {name};\n"


def sized(name: str, size: int) -> str:
    """Return a declaration that stands for such a type where no compiler is asked."""
    return f"typedef struct {{ char bytes[{size}]; }} {name};\n"


def cdef(nodes: Iterable[c_ast.Node], value_of: Callable[[str], int], partial: bool) -> str:
    """Return declarations with their values as numbers.

    In partial ones the compiler is left to say how structs are laid out.
    """
    texts = []
    first: c_ast.Node | None = None
    for original in nodes:
        node = copy.deepcopy(original)
        outer = node.type if isinstance(node, c_ast.Decl) else innermost(node.type).type
        for body in bodies(node):
            # The compiler can only be asked about types that have names.
            _simplify(body, value_of, partial and (body is outer or bool(body.name)))
        _simplify_sizes(node, c_ast.ID("...") if partial else c_ast.Constant("int", "1"))
        # Of `typedef struct {...} a, *b;` the second is a pointer to the first.
        if first is None:
            first = node
        elif any(True for _ in bodies(node)):
            innermost(node.type).type = c_ast.IdentifierType([first.name])
        place = node.coord or node.type.coord
        texts.append(f'# {place.line} "{place.file}"\n{GENERATOR.visit(node)};\n')
    return "".join(texts)


def _simplify(body: c_ast.Node, value_of: Callable[[str], int], partial: bool) -> None:
    if isinstance(body, c_ast.Enum):
        for item in body.values.enumerators:
            item.value = c_ast.Constant("int", str(value_of(item.name)))
        return
    body.decls = [item for item in body.decls if not isinstance(item, c_ast.StaticAssert)]
    # cffi leaves no offsets of bit-fields to the compiler.
    if partial and not any(getattr(item, "bitsize", None) for item in body.decls):
        body.decls.append(c_ast.ID("..."))


def _simplify_sizes(node: c_ast.Node, unknown: c_ast.Node) -> None:
    """Replace the length of arrays whose length is an expression."""
    known = (c_ast.Constant, type(None))
    if isinstance(node, c_ast.ArrayDecl) and not isinstance(node.dim, known):
        node.dim = unknown
    for child in node:
        _simplify_sizes(child, unknown)
