"""Parses the declarations of a tree, and those of the system that they use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cffi import FFI, CDefError, FFIError
from pycparser import c_ast
from pycparser.c_parser import CParser, ParseError

from codegen.c.declarations import KEYWORDS, Declaration
from codegen.c.extensions import CLOSING, OPENING
from codegen.c.tokens import Token

TAGGED = ("struct", "union", "enum")


@dataclass(frozen=True, eq=False)
class Parsed:
    """A declaration with its syntax trees; none for a type of which only the name is known."""

    declaration: Declaration
    nodes: tuple[c_ast.Node, ...]
    opaque: str = ""


class Syntax:
    """Parses declarations in an order in which each follows what it uses.

    Parameters
    ----------
    declarations : iterable of Declaration
        Those of a whole preprocessed unit.
    owns : callable
        Whether a file belongs to the tree.
    leave_out : callable
        Called with a place and a reason for each declaration that cannot be expressed.
    """

    def __init__(
        self,
        declarations: Iterable[Declaration],
        owns: Callable[[str], bool],
        leave_out: Callable[[tuple[str, int], str], None],
    ) -> None:
        self._owns = owns
        self._leave_out = leave_out
        self._typedefs: dict[str, Declaration] = {}
        self._tags: dict[str, Declaration] = {}
        self._seen: set[Declaration] = set()
        self._ordered: list[Declaration] = []
        self._parser = CParser()
        self._builtin: dict[str, bool] = {}
        self._own = []
        for declaration in declarations:
            if owns(declaration.place[0]):
                self._own.append(declaration)
            if declaration.is_typedef:
                for name in _declared_names(list(declaration.outer)):
                    self._typedefs.setdefault(name, declaration)
            for tag in declaration.defined_tags():
                self._tags.setdefault(tag, declaration)

    def parse(self) -> list[Parsed]:
        """Return the parsed declarations of the tree, and of the system those that it uses."""
        for declaration in self._own:
            self._add(declaration)
        return [found for item in self._ordered if (found := self._parsed(item)) is not None]

    def _add(self, declaration: Declaration) -> None:
        if declaration in self._seen:
            return
        self._seen.add(declaration)
        own = self._owns(declaration.place[0])
        has_body = any(token.text == "{" for token in declaration.tokens)
        before = ""
        for token in declaration.tokens:
            used = None
            if before in TAGGED:
                used = self._tags.get(token.text) if own or has_body else None
            elif token.text in self._typedefs:
                used = self._typedefs[token.text]
            # What the tree declares is added anyway.
            if used is None or self._owns(used.place[0]):
                pass
            elif before in TAGGED or not self._is_builtin(token.text):
                self._add(used)
            before = token.text
        self._ordered.append(declaration)

    def _is_builtin(self, name: str) -> bool:
        """Whether cffi knows a type of the system by itself."""
        if name not in self._builtin:
            try:
                FFI().typeof(name)
            except (CDefError, FFIError, ValueError, TypeError):
                self._builtin[name] = False
            else:
                self._builtin[name] = True
        return self._builtin[name]

    def _parsed(self, declaration: Declaration) -> Parsed | None:
        known = sorted(
            name
            for name in declaration.names()
            if self._typedefs.get(name, declaration) is not declaration
        )
        types = f"typedef int {', '.join(known)};\n" if known else ""
        unsupported = declaration.unsupported()
        if unsupported or declaration.retyped:
            reason = f"cffi knows no {unsupported}" if unsupported else "an attribute retypes it"
            return self._opaque(declaration, reason)
        try:
            nodes = self._parser.parse(types + declaration.text, "<types>").ext[len(known) :]
        except ParseError as error:
            reason = str(error).rpartition(": ")[2]
            return self._opaque(declaration, f"the parser cannot read it: {reason}")
        return Parsed(declaration, tuple(nodes))

    def _opaque(self, declaration: Declaration, reason: str) -> Parsed | None:
        """Return a type whose size alone Python is to know."""
        name = declaration.last_name()
        if declaration.is_typedef and name:
            place = declaration.place
            if self._owns(place[0]):
                self._leave_out(place, f"what {name} is made of: {reason}")
            return Parsed(declaration, (), name)
        self._leave_out(declaration.place, f"{name or 'a declaration'}: {reason}")
        return None


def _declared_names(tokens: list[Token]) -> Iterator[str]:
    """Yield the names that a typedef declares; its tokens are those outside of braces."""
    depth = 0
    has_type = has_name = False
    before = ""
    for index, token in enumerate(tokens):
        if token.text in OPENING:
            depth += 1
        elif token.text in CLOSING:
            depth -= 1
        elif token.text == "," and depth == 0:
            has_name = False
        elif token.kind == "name" and depth == 0:
            is_word = token.text in KEYWORDS or before in TAGGED
            if has_type and not has_name and not is_word:
                has_name = True
                yield token.text
            has_type = has_type or token.text not in ("typedef", "const", "volatile")
        elif token.kind == "name" and not has_name and _is_declarator(tokens, index):
            has_name = True
            yield token.text
        before = token.text


def _is_declarator(tokens: list[Token], index: int) -> bool:
    """Whether a name in parentheses is declared there, as in ``(*name)(...)``."""
    start = index - 1
    while start >= 0 and tokens[start].text in ("*", "(", "const", "volatile"):
        start -= 1
    opening = [token.text for token in tokens[start + 1 : index]]
    closing = [token.text for token in tokens[index + 1 : index + 3]]
    return "(" in opening and ("*" in opening or closing == [")", "("])
