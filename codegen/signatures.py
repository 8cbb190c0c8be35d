"""Finds the functions that headers declare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from pycparser import c_ast

from codegen.c.syntax import Parsed
from codegen.functions import Place

PREFIX = "nxs"


@dataclass(frozen=True)
class Signature:
    """The type of a function, and its place."""

    node: c_ast.FuncDecl
    place: Place


class Signatures:
    """The functions of a tree, from their declarations or the typedefs ``nxsName_fn``, ``_t``.

    Attributes
    ----------
    typedefs : set of str
        The names of such typedefs.
    """

    def __init__(self, parsed: Iterable[Parsed], owns: Callable[[str], bool]) -> None:
        self._declared: dict[str, Signature] = {}
        typedefs: dict[str, Signature] = {}
        for item in parsed:
            if not owns(item.declaration.place[0]):
                continue
            for node in item.nodes:
                pointed = node.type.type if isinstance(node.type, c_ast.PtrDecl) else node.type
                if not isinstance(pointed, c_ast.FuncDecl) or not _is_function(node.name):
                    continue
                found = Signature(pointed, (node.coord.file, node.coord.line))
                if not isinstance(node, c_ast.Typedef):
                    if pointed is node.type and "static" not in node.storage:
                        self._declared.setdefault(node.name, found)
                elif node.name.endswith(("_t", "_fn")):
                    typedefs[node.name] = found
        self.typedefs = set(typedefs)
        for name, found in typedefs.items():
            self._declared.setdefault(name.rpartition("_")[0], found)

    def names(self) -> list[str]:
        """Return the names of all functions, in the order of their declarations."""
        return list(self._declared)

    def get(self, name: str) -> Signature | None:
        """Return a function; None if it is not declared."""
        return self._declared.get(name)

    def others(self, listed: Collection[str]) -> Iterator[tuple[str, Place]]:
        """Yield the functions that a list lacks; none where there is no list."""
        for name, found in self._declared.items():
            if listed and name not in listed:
                yield name, found.place


def _is_function(name: str) -> bool:
    return name is not None and name.startswith(PREFIX) and name[len(PREFIX) :][:1].isupper()
