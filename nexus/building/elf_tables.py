"""Reads what symbols of an ELF file stand for: what compilers make for CPUs, NVIDIA and AMD.

https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_SYMBOLS, _RELOCATIONS, _NO_BITS, _DYNAMIC_SYMBOLS = 2, 4, 8, 11


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class ElfTables:
    """The symbols of a 64-bit little-endian ELF file, and the bytes that they name.

    Parameters
    ----------
    image : bytes
        The file, as a compiler wrote it.
    """

    def __init__(self, image: bytes) -> None:
        self._image = image
        (table,) = struct.unpack_from("<Q", image, 40)
        size, count = struct.unpack_from("<HH", image, 58)
        self._sections = [
            _Section(*struct.unpack_from("<IIQQQQIIQQ", image, table + i * size))
            for i in range(count)
        ]
        # A relocation of a shared object adds the address that it is loaded at to a number.
        self._pointers = {
            place: addend
            for section in self._sections
            if section.kind == _RELOCATIONS
            for place, _, addend in self._entries(section, "<QQq")
        }

    def symbols(self) -> dict[str, tuple[int, int]]:
        """Return the section and the value of each defined symbol, by name."""
        found = {}
        for section in self._sections:
            if section.kind not in (_SYMBOLS, _DYNAMIC_SYMBOLS):
                continue
            names = self._sections[section.link].offset
            for name, _, _, index, value, _ in self._entries(section, "<IBBHQQ"):
                if 0 < index < len(self._sections):
                    found[self.text(names + name)] = (index, value)
        return found

    def offset(self, index: int, value: int) -> int:
        """Return where in the file a symbol's object lies."""
        section = self._sections[index]
        # In files that are not linked yet, such as cubins, sections have no address.
        return section.offset + value - section.address

    def pointed_at(self, offset: int) -> int:
        """Return where in the file the object lies that a pointer of a shared object names."""
        stored: int = struct.unpack_from("<Q", self._image, offset)[0]
        address = self._pointers.get(self._address(offset), stored)
        for section in self._loaded():
            if section.address <= address < section.address + section.size:
                return section.offset + address - section.address
        raise ValueError(f"the pointer at offset {offset} leads to {address:#x}, where nothing is")

    def text(self, offset: int) -> str:
        """Return the text that ends with a zero byte."""
        return self._image[offset : self._image.index(b"\0", offset)].decode()

    def _address(self, offset: int) -> int:
        for section in self._loaded():
            if section.offset <= offset < section.offset + section.size:
                return section.address + offset - section.offset
        raise ValueError(f"offset {offset} belongs to no section")

    def _loaded(self) -> Iterator[_Section]:
        return (part for part in self._sections if part.address and part.kind != _NO_BITS)

    def _entries(self, section: _Section, layout: str) -> Iterator[tuple[int, ...]]:
        end = section.offset + section.size
        return struct.iter_unpack(layout, self._image[section.offset : end])
