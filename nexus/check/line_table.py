"""Source lines of addresses in a shared object, from its debugging information (DWARF 2 to 4)."""

from __future__ import annotations

import bisect
import struct
from typing import NamedTuple

from nexus.building.elf_tables import ElfTables


class Place(NamedTuple):
    """A place in a source."""

    file: str
    line: int


class _Reader:
    """Reads numbers from bytes, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from("<" + kind, self.data, self.at)
        self.at += struct.calcsize(kind)
        return int(value)

    def unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self) -> int:
        begin = self.at
        value = self.unsigned()
        bits = 7 * (self.at - begin)
        return value - (1 << bits) if value >> (bits - 1) else value

    def text(self) -> str:
        end = self.data.index(b"\0", self.at)
        found = self.data[self.at : end].decode(errors="replace")
        self.at = end + 1
        return found


class LineTable:
    """The lines of a shared object's code.

    Parameters
    ----------
    image : bytes
        The file. Without debugging information in it, or where it is no ELF file, no lines are
        known.
    anchor : str
        The exported symbol that addresses are relative to.

    Attributes
    ----------
    symbols : dict of str to int
        Addresses of the exported symbols.
    """

    def __init__(self, image: bytes, anchor: str) -> None:
        self.symbols: dict[str, int] = {}
        data = b""
        if image.startswith(b"\x7fELF"):
            tables = ElfTables(image)
            self.symbols = {name: value for name, (_, value) in tables.symbols().items()}
            data = tables.section(".debug_line")
        self._anchor = self.symbols.get(anchor, 0)
        # The address from which on each row's place holds; sorted.
        self._rows: list[tuple[int, Place | None]] = []
        at = 0
        while at < len(data):
            at = self._read_unit(data, at)
        self._rows.sort(key=lambda row: row[0])

    def place(self, relative: int) -> Place | None:
        """Return the place of the call that returns to an address, relative to the anchor."""
        return self.place_of(self._anchor + relative - 1)

    def place_of(self, address: int) -> Place | None:
        """Return the place of the code at an address."""
        i = bisect.bisect_right(self._rows, address, key=lambda row: row[0])
        return self._rows[i - 1][1] if i else None

    def _read_unit(self, data: bytes, at: int) -> int:
        reader = _Reader(data, at)
        end = reader.number("I") + reader.at
        version = reader.number("H")
        if version > 4:
            return end
        program = reader.number("I") + reader.at
        least = reader.number("B")
        if version == 4:
            reader.number("B")
        reader.number("B")
        base, spread, first = reader.number("b"), reader.number("B"), reader.number("B")
        operands = [reader.number("B") for _ in range(first - 1)]
        while reader.text():
            pass
        files = [""]
        while name := reader.text():
            files.append(name)
            for _ in range(3):
                reader.unsigned()
        reader.at = program
        self._run(reader, end, files, (least, base, spread, first), operands)
        return end

    def _run(
        self,
        reader: _Reader,
        end: int,
        files: list[str],
        header: tuple[int, int, int, int],
        operands: list[int],
    ) -> None:
        least, base, spread, first = header
        address, file, line = 0, 1, 1

        def add() -> None:
            self._rows.append((address, Place(files[file], line)))

        while reader.at < end:
            code = reader.number("B")
            if code >= first:
                address += (code - first) // spread * least
                line += base + (code - first) % spread
                add()
            elif code == 0:
                size = reader.unsigned()
                following = reader.at + size
                extended = reader.number("B")
                if extended == 1:
                    self._rows.append((address, None))
                    address, file, line = 0, 1, 1
                elif extended == 2:
                    address = reader.number("Q")
                reader.at = following
            elif code == 1:
                add()
            elif code == 2:
                address += reader.unsigned() * least
            elif code == 3:
                line += reader.signed()
            elif code == 4:
                file = reader.unsigned()
            elif code == 8:
                address += (255 - first) // spread * least
            elif code == 9:
                address += reader.number("H")
            else:
                for _ in range(operands[code - 1]):
                    reader.unsigned()
