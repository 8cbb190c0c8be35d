"""The sections and symbols of an ELF file, as far as line numbers need them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")


def sections(image: bytes) -> dict[str, bytes]:
    """Return the contents of the sections by name; none for what is no 64-bit ELF file.

    Parameters
    ----------
    image : bytes
        The file, little-endian.
    """
    if image[:6] != b"\x7fELF\x02\x01":
        return {}
    (start,) = struct.unpack_from("<Q", image, 0x28)
    size, count, names = struct.unpack_from("<HHH", image, 0x3A)
    rows = [_SECTION.unpack_from(image, start + i * size) for i in range(count)]
    texts = image[rows[names][4] :]
    return {text_at(texts, row[0]): image[row[4] : row[4] + row[5]] for row in rows}


def text_at(data: bytes, offset: int) -> str:
    """Return the text at an offset, up to its zero byte."""
    return data[offset : data.index(b"\0", offset)].decode(errors="replace")


def exported(image: bytes) -> Iterator[tuple[str, int]]:
    """Yield the names and addresses of the symbols that a shared object exports."""
    found = sections(image)
    symbols, names = found.get(".dynsym", b""), found.get(".dynstr", b"")
    for name, _, _, section, value, _ in _SYMBOL.iter_unpack(symbols):
        if section:
            yield text_at(names, name), value
