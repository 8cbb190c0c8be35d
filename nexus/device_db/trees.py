"""Trees of names and values as data, and as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Node:
    """A name, with a value or children."""

    name: str
    value: str = ""
    children: list[Node] = field(default_factory=list)


def clean(text: str) -> str:
    """Return a text on one line, without control characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c in "\n\t" else ascii(c)[1:-1] for c in text)


def indented(node: Node, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a tree."""
    value = f": {clean(node.value)}" if node.value else ""
    yield "  " * depth + clean(node.name) + value
    for child in node.children:
        yield from indented(child, depth + 1)
