"""Reads ELF files: exported names, and the places of headers that the loader reads."""

from __future__ import annotations

import struct
from pathlib import Path

_DYNSYM = 11
_PT_DYNAMIC = 2
_HEADER = 64
_HIDDEN = (1, 2)  # STV_INTERNAL, STV_HIDDEN
_EXPORTED_BINDINGS = (1, 2, 10)  # STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE


def exported(path: Path) -> list[str]:
    """Return the names that a shared library of 64-bit ELF exports, sorted.

    Raises
    ------
    ValueError
        If the file is not such a library.
    """
    return sorted(name for name, is_exported in _names(path) if is_exported)


def mentioned(path: Path) -> set[str]:
    """Return the names that it exports or takes from others.

    Raises
    ------
    ValueError
        If the file is not such a library.
    """
    return {name for name, _ in _names(path)}


def _names(path: Path) -> list[tuple[str, bool]]:
    """Return the names of the dynamic symbols, and whether each is exported."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path} is not a little-endian 64-bit ELF file")
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise ValueError(f"{path} is truncated: {error}") from error


def _read(data: bytes) -> list[tuple[str, bool]]:
    table, size, count = (*struct.unpack_from("<Q", data, 40), *struct.unpack_from("<HH", data, 58))
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", data, table + index * size) for index in range(count)
    ]
    names = []
    for section in sections:
        if section[1] != _DYNSYM:
            continue
        strings = sections[section[6]][4]
        for offset in range(section[4], section[4] + section[5], 24):
            name, info, other, defined = struct.unpack_from("<IBBH", data, offset)
            if name:
                visible = info >> 4 in _EXPORTED_BINDINGS and other & 3 not in _HIDDEN
                start = strings + name
                text = data[start : data.index(b"\0", start)].decode(errors="replace")
                names.append((text, bool(defined) and visible))
    return names


def loader_parts(data: bytes) -> list[range]:
    """Return the ranges of an image's header, program headers and dynamic section.

    Empty if it is not a little-endian 64-bit ELF file.
    """
    if data[:6] != b"\x7fELF\x02\x01":
        return []
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    parts = [range(_HEADER), range(table, table + size * count)]
    for start in range(table, table + size * count, size):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", data, start)
        if kind == _PT_DYNAMIC:
            parts.append(range(offset, offset + length))
    return parts
