"""Tables as data, and as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nexus.device_db.trees import clean


class Share(NamedTuple):
    """A percentage, drawn as a bar where the terminal allows it."""

    percent: float

    def __str__(self) -> str:
        return f"{self.percent:.0f} %"


@dataclass
class Table:
    """Rows of cells under heads.

    Attributes
    ----------
    right : collection of str
        Heads of the right-aligned columns.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str | Share]]
    right: Sequence[str] = ()

    def texts(self) -> list[list[str]]:
        """Return the printed text of all cells, the heads first."""
        return [list(self.heads), *([clean(str(cell)) for cell in row] for row in self.rows)]

    def widths(self) -> list[int]:
        """Return the widths of the columns."""
        return [max(map(len, column)) for column in zip(*self.texts(), strict=True)]


def aligned(table: Table) -> Iterator[str]:
    """Yield the lines of a table."""
    widths = table.widths()
    for row in table.texts():
        cells = (
            cell.rjust(width) if head in table.right else cell.ljust(width)
            for head, cell, width in zip(table.heads, row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def cards(table: Table) -> Iterator[str]:
    """Yield the lines of a table that is too wide: a block for each row, a line for each cell."""
    heads, *rows = table.texts()
    width = max(map(len, heads))
    for number, row in enumerate(rows):
        if number:
            yield ""
        for head, cell in zip(heads, row, strict=True):
            yield f"{head.ljust(width)}  {cell}".rstrip()
