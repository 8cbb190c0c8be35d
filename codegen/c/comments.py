"""Finds the comments that document declarations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

# Strings are matched too, so that a "/*" in one begins no comment.
LEXEME = re.compile(
    r"""
    (?P<block>/\*.*?\*/)
  | (?P<line>//(?:\\\n|[^\n])*)
  | "(?:\\.|[^"\\\n])*"
  | '(?:\\.|[^'\\\n])*'
    """,
    re.VERBOSE | re.DOTALL,
)


class Comment(NamedTuple):
    """A comment: its first and last line, whether it has them for itself, and its text."""

    first: int
    last: int
    alone: bool
    text: str


class Comments:
    """The comments of files, by place."""

    def __init__(self) -> None:
        self._files: dict[str, list[Comment]] = {}

    def at(self, file: str, line: int, marked: bool = False) -> str:
        """Return the text of the comment above a line or, without one, at its end.

        If ``marked``, one at its end that begins with a mark such as ``///<`` goes first.
        """
        if file not in self._files:
            self._files[file] = _comments_of(file)
        comments = self._files[file]
        behind = [item.text for item in comments if item.first == line and not item.alone][:1]
        if marked and any(text[3:4] == "<" for text in behind):
            return _plain(behind)
        above: list[str] = []
        last = line - 1
        for comment in reversed(comments):
            is_block = comment.text.startswith("/*")
            if comment.alone and comment.last == last and not (above and is_block):
                above.insert(0, comment.text)
                last = comment.first - 1
                if is_block:
                    break
        return _plain(above or behind)


def _comments_of(file: str) -> list[Comment]:
    path = Path(file)
    if not path.is_file():
        return []
    text = path.read_text("utf-8", errors="replace")
    found = []
    for match in LEXEME.finditer(text):
        if match["block"] is None and match["line"] is None:
            continue
        first = text.count("\n", 0, match.start()) + 1
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        end = text.find("\n", match.end())
        after = text[match.end() : end if end >= 0 else len(text)]
        last = first + match.group().count("\n")
        alone = not before.strip() and not after.strip()
        found.append(Comment(first, last, alone, match.group()))
    return found


def _plain(comments: list[str]) -> str:
    """Return comments without their marks, each paragraph as one line."""
    lines = []
    for comment in comments:
        if comment.startswith("/*"):
            inner = [line.strip() for line in comment[2:-2].splitlines()]
            lines += [line.lstrip("*<!").strip() for line in inner]
        else:
            lines.append(comment.lstrip("/").lstrip("<!").strip())
    paragraphs = "\n".join(lines).strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
