"""Shows tables, trees and live views: with rich on a terminal, else as plain text.

The only file that uses rich, which is imported at its first use.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from nexus.cli.tables import Share, Table, aligned, cards
from nexus.device_db.trees import Node, clean, indented

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.text import Text

# The least width that wide columns are folded to, before a table becomes cards.
_FOLDED_WIDTH = 16
_BAR_WIDTH = 20
# Width of a share as text, with the space before it.
_SHARE_WIDTH = 6


def show_table(table: Table, title: str = "") -> None:
    """Print a table, with an empty line before a titled one."""
    if title:
        say("")
        say(title, "bold")
    console = _console()
    if console is not None:
        console.print(_drawn(console, table))
        return
    wide = sum(table.widths()) + 2 * len(table.heads) - 2
    narrow = sys.stdout.isatty() and wide > shutil.get_terminal_size().columns
    print("\n".join((cards if narrow else aligned)(table)))


def show_tree(root: Node) -> None:
    """Print a tree."""
    console = _console()
    if console is None:
        print("\n".join(indented(root)))
        return
    from rich.tree import Tree

    def grow(tree: Tree, node: Node) -> None:
        for child in node.children:
            grow(tree.add(_label(child)), child)

    tree = Tree(_text(root.name, "bold"), guide_style="dim")
    grow(tree, root)
    console.print(tree)


def show_json(value: Any) -> None:
    """Print a value as JSON, the same on a terminal and elsewhere."""
    print(json.dumps(value, indent=2))


def say(text: str, style: str = "") -> None:
    """Print a line."""
    console = _console()
    if console is None:
        print(clean(text))
    else:
        console.print(_text(text, style))


def is_live() -> bool:
    """Return whether a view can be redrawn in place."""
    console = _console()
    return console is not None and not console.is_dumb_terminal


@contextmanager
def screen() -> Iterator[Callable[[str, Table], None]]:
    """Use the whole terminal, and yield a function that draws a title and a table."""
    from rich.console import Group
    from rich.live import Live

    console = _console()
    if console is None:
        raise RuntimeError("the output is not a terminal")

    def view(title: str, table: Table) -> Group:
        return Group(_text(title, "bold"), "", _drawn(console, table))

    with Live(console=console, screen=True, auto_refresh=False) as live:
        yield lambda title, table: live.update(view(title, table), refresh=True)


@cache
def _console() -> Console | None:
    """Return the console to draw on, None for plain text."""
    if not sys.stdout.isatty():
        return None
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        return None
    if os.environ.get("NO_COLOR"):
        return Console(color_system=None, highlight=False)
    return Console(highlight=False)


def _drawn(console: Console, table: Table) -> Any:
    from rich import box
    from rich.table import Table as Grid

    widths = table.widths()
    if sum(min(width, _FOLDED_WIDTH) + 2 for width in widths) - 2 > console.width:
        return _drawn_cards(console, table)
    bar = _bar_width(console, table, widths)
    grid = Grid(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False,
        header_style="bold",
    )  # fmt: skip
    for place, (head, width) in enumerate(zip(table.heads, widths, strict=True)):
        grid.add_column(
            head,
            justify="right" if head in table.right else "left",
            style="cyan" if place == 0 else "",
            no_wrap=width <= _FOLDED_WIDTH,
            overflow="fold",
        )
    for row in table.rows:
        grid.add_row(*(_cell(console, cell, bar) for cell in row))
    return grid


def _bar_width(console: Console, table: Table, widths: list[int]) -> int:
    """Return the length of bars that leaves all cells whole."""
    shares = {
        place for row in table.rows for place, cell in enumerate(row) if isinstance(cell, Share)
    }
    if not shares:
        return 0
    spare = (console.width - sum(widths) - 2 * (len(widths) - 1)) // len(shares)
    return _bar(console, *(widths[place] - _SHARE_WIDTH + spare for place in shares))


def _bar(console: Console, *room: int) -> int:
    """Return the length of a bar; 0 if the encoding lacks its characters."""
    return 0 if console.options.ascii_only else max(min(_BAR_WIDTH, *room), 0)


def _drawn_cards(console: Console, table: Table) -> Group:
    from rich.console import Group
    from rich.table import Table as Grid

    blocks: list[Any] = []
    bar = _bar(console, console.width - max(map(len, table.heads)) - 2 - _SHARE_WIDTH)
    for row in table.rows:
        card = Grid.grid(padding=(0, 2, 0, 0))
        card.add_column(style="dim", no_wrap=True)
        card.add_column(overflow="fold")
        for head, cell in zip(table.heads, row, strict=True):
            card.add_row(_text(head), _cell(console, cell, bar))
        blocks += ["", card] if blocks else [card]
    return Group(*blocks)


def _cell(console: Console, cell: str | Share, bar: int) -> Text:
    if not isinstance(cell, Share):
        return _text(cell)
    from rich.text import Text

    share = min(max(cell.percent / 100, 0), 1)
    full = round(share * bar)
    color = "red" if share > 0.9 else "yellow" if share > 0.6 else "green"
    # Without colors the rest of the bar has to look different.
    rest = " " if console.color_system is None else "━"
    return Text.assemble(
        ("━" * full, color), (rest * (bar - full), "bright_black"), f" {cell!s:>5}"
    )


def _label(node: Node) -> Text:
    from rich.text import Text

    if not node.value:
        return _text(node.name, "bold" if node.children else "")
    return Text.assemble((clean(node.name), "cyan"), "  ", clean(node.value))


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(clean(text), style=style)
