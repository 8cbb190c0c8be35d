"""The enums, structs and unions of a tree, with the numbers that the compiler gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pycparser import c_ast

from codegen.api import Field, Struct
from codegen.c.c_text import bodies, declare
from codegen.c.compiler import Compiler
from codegen.c.syntax import Parsed

KINDS = {c_ast.Struct: "struct", c_ast.Union: "union", c_ast.Enum: "enum"}


class Body(NamedTuple):
    """A struct, union or enum that is defined somewhere.

    Attributes
    ----------
    name : str
        The name of its typedef, else its tag without underscores in front; may be empty.
    c_name : str
        How C names the type; empty for one without a name.
    node : c_ast.Node
        Its definition; None for a type of which only the name is known.
    """

    name: str
    c_name: str
    node: c_ast.Node | None


def bodies_of(parsed: Iterable[Parsed]) -> list[Body]:
    """Return what is defined in declarations, in their order."""
    parsed = list(parsed)
    aliases: dict[tuple[str, str], str] = {}
    direct: dict[c_ast.Node, str] = {}
    for item in parsed:
        for node in item.nodes:
            if isinstance(node, c_ast.Typedef) and isinstance(node.type, c_ast.TypeDecl):
                kind = KINDS.get(type(node.type.type))
                if kind:
                    aliases.setdefault((kind, node.type.type.name), node.name)
                    direct.setdefault(node.type.type, node.name)
    found = []
    for item in parsed:
        if item.opaque:
            found.append(Body(item.opaque, item.opaque, None))
        for node in item.nodes:
            for body in bodies(node):
                kind, tag = KINDS[type(body)], body.name or ""
                alias = aliases.get((kind, tag), "") if tag else ""
                name = direct.get(body) or alias
                c_name = name or (f"{kind} {tag}" if tag else "")
                found.append(Body(name or tag.lstrip("_"), c_name, body))
    # Several declarators of one declaration share its body.
    return list({id(body.node or body.name): body for body in found}.values())


class Layouts:
    """Values of enumerators and macros, sizes and offsets, all from one run of the compiler."""

    def __init__(self, compiler: Compiler, found: list[Body], macros: list[str]) -> None:
        expressions = list(dict.fromkeys(_expressions(found)))
        numbers = compiler.numbers(expressions, macros)
        self._numbers = dict(zip(expressions, numbers, strict=False))
        self.macros = dict(zip(macros, numbers[len(expressions) :], strict=True))

    def value(self, expression: str) -> int:
        """Return the value of an enumerator, or another expression that was asked for."""
        value = self._numbers[expression]
        assert value is not None
        return value

    def size(self, name: str) -> int:
        """Return the size of a struct, union or opaque type in bytes, 0 for others."""
        return self._numbers.get(f"sizeof({name})") or 0

    def struct(self, body: Body) -> Struct:
        """Return the layout of a struct, a union, or a type of which only the name is known."""
        members = [] if body.node is None else _members(body.node)
        return Struct(
            body.name,
            self.value(f"sizeof({body.c_name})"),
            self.value(f"_Alignof({body.c_name})"),
            tuple(
                Field(
                    member.name,
                    declare(member.type, ""),
                    None if member.bitsize else self.value(_offset(body, member)),
                )
                for member in members
            ),
        )


def _members(node: c_ast.Node) -> list[c_ast.Decl]:
    """Return the members that have names, without those of nested structs."""
    return [item for item in node.decls if isinstance(item, c_ast.Decl) and item.name]


def _offset(body: Body, member: c_ast.Decl) -> str:
    return f"offsetof({body.c_name}, {member.name})"


def _expressions(found: list[Body]) -> Iterator[str]:
    for body in found:
        if isinstance(body.node, c_ast.Enum):
            yield from (item.name for item in body.node.values.enumerators)
        elif body.c_name:
            yield f"sizeof({body.c_name})"
            yield f"_Alignof({body.c_name})"
            for member in _members(body.node) if body.node else ():
                if not member.bitsize:
                    yield _offset(body, member)
