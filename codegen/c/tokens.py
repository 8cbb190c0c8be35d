"""Splits preprocessed C into tokens that know their file and line, and joins them again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""
    (?P<marker>^[ \t]*\#(?:[ \t]*line)?[ \t]+(?P<line>\d+)[ \t]+(?P<file>"(?:\\.|[^"\\])*").*$)
  | (?P<directive>^[ \t]*\#.*$)
  | (?P<newline>\n)
  | (?P<space>[^\S\n]+)
  | (?P<text>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*" | [uUL]?'(?:\\.|[^'\\\n])*')
  | (?P<name>[^\W\d]\w*|\$\w*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.'])*)
  | (?P<punctuator>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|[-+*/%&|^<>=!]=|&&|\|\||.)
    """,
    re.VERBOSE | re.MULTILINE,
)


class Token(NamedTuple):
    """A token of C. Its kind is "name", "number", "text", "punctuator", or "attribute"."""

    text: str
    kind: str
    file: str
    line: int


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a preprocessed unit; its line markers say where each comes from."""
    file, line = "<unit>", 1
    for match in TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if match["marker"] is not None:
            # The marker names the line after it.
            file, line = ast.literal_eval(match["file"]), int(match["line"]) - 1
        elif kind == "newline":
            line += 1
        elif kind in ("name", "number", "text", "punctuator"):
            yield Token(match[kind], kind, file, line)


def join(tokens: Iterable[Token]) -> str:
    """Return tokens as C, with line markers that keep the place of each."""
    text = ""
    place: tuple[str, int] | None = None
    for token in tokens:
        if (token.file, token.line) != place:
            place = token.file, token.line
            name = token.file.replace("\\", "\\\\").replace('"', '\\"')
            text += f'\n# {token.line} "{name}"\n'
        text += f"{token.text} "
    return text + "\n"
