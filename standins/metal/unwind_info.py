"""Reads how to unwind the functions of a Mach-O image: its section __unwind_info.

The format is that of Apple's mach-o/compact_unwind_encoding.h, for x86-64. What it encodes of a
function holds at all of its calls: where the frame is and which registers are saved in it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

REGULAR, COMPRESSED = 2, 3
MODES = 0x0F000000
BY_RBP, FRAMELESS, FRAMELESS_INDIRECT, BY_DWARF = (i << 24 for i in range(1, 5))
HAS_LSDA, PERSONALITIES = 0x40000000, 0x30000000
REGISTERS = ["", "rbx", "r12", "r13", "r14", "r15", "rbp"]
WORD = 8


@dataclass
class Function:
    """A function, by places in the image.

    Attributes
    ----------
    start, end : int
        Where its code is.
    encoding : int
        How to unwind it; 0 where nothing unwinds it.
    personality : int
        Where the pointer to its personality function is, 0 where it has none.
    lsda : int
        Where its table of handlers is, 0 where it has none.
    """

    start: int
    end: int
    encoding: int
    personality: int
    lsda: int


@dataclass
class Frame:
    """Place of a function's caller.

    Attributes
    ----------
    register : str
        What the canonical frame address, that of the caller's stack pointer, is reckoned from.
    offset : int
        Its distance from there, in bytes.
    saved : dict
        Distances of the saved registers from the canonical frame address, by name.
    """

    register: str
    offset: int
    saved: dict[str, int] = field(default_factory=dict)


def functions(section: bytes) -> list[Function]:
    """Return the functions that a section describes, in order of their addresses."""
    _, common_at, common_count, personality_at, personality_count, index_at, index_count = (
        struct.unpack_from("<7I", section)
    )
    common = struct.unpack_from(f"<{common_count}I", section, common_at)
    personalities = (0, *struct.unpack_from(f"<{personality_count}I", section, personality_at))
    index = [struct.unpack_from("<3I", section, index_at + 12 * i) for i in range(index_count)]
    lsda_at, lsda_end = index[0][2], index[-1][2]
    lsdas = dict(struct.iter_unpack("<2I", section[lsda_at:lsda_end]))
    entries = [
        entry
        for first, page, _ in index[:-1]
        if page
        for entry in _page(section, page, first, common)
    ]
    ends = [start for start, _ in entries[1:]] + [index[-1][0]]
    return [
        Function(
            start,
            end,
            encoding,
            personalities[(encoding & PERSONALITIES) >> 28],
            lsdas[start] if encoding & HAS_LSDA else 0,
        )
        for (start, encoding), end in zip(entries, ends, strict=True)
    ]


def _page(
    section: bytes, at: int, first: int, common: tuple[int, ...]
) -> Iterator[tuple[int, int]]:
    """Yield the starts and the encodings of the functions of a page."""
    kind, entries_at, count = struct.unpack_from("<IHH", section, at)
    if kind == REGULAR:
        yield from struct.iter_unpack("<2I", section[at + entries_at : at + entries_at + 8 * count])
    elif kind == COMPRESSED:
        own_at, own_count = struct.unpack_from("<2H", section, at + 8)
        encodings = common + struct.unpack_from(f"<{own_count}I", section, at + own_at)
        for (entry,) in struct.iter_unpack(
            "<I", section[at + entries_at : at + entries_at + 4 * count]
        ):
            yield first + (entry & 0xFFFFFF), encodings[entry >> 24]
    else:
        raise ValueError(f"__unwind_info has a page of kind {kind}")


def frame(function: Function, immediate: Callable[[int], int]) -> Frame | None:
    """Return where the caller of a function is found, or None if this is not encoded.

    Parameters
    ----------
    function : Function
        The function.
    immediate : callable
        Returns the 32-bit number in the code at a place of the image.
    """
    encoding, mode = function.encoding, function.encoding & MODES
    if mode == BY_RBP:
        first = -2 * WORD - WORD * (encoding >> 16 & 0xFF)
        numbers = [encoding >> 3 * i & 7 for i in range(5)]
        saved = {REGISTERS[n]: first + WORD * i for i, n in enumerate(numbers) if n}
        return Frame("rbp", 2 * WORD, {"rip": -WORD, "rbp": -2 * WORD, **saved})
    if mode in (FRAMELESS, FRAMELESS_INDIRECT):
        size = encoding >> 16 & 0xFF
        if mode == FRAMELESS:
            size *= WORD
        else:
            size = immediate(function.start + size) + WORD * (encoding >> 13 & 7)
        names = saved_registers(encoding >> 10 & 7, encoding & 0x3FF)
        # At the top of the frame, behind the others, is the address to return to.
        names.append("rip")
        first = -WORD * len(names)
        return Frame("rsp", size, {name: first + WORD * i for i, name in enumerate(names)})
    return None


def saved_registers(count: int, permutation: int) -> list[str]:
    """Return the names of saved registers in their order, which is numbered in mixed radix."""
    left = REGISTERS[1:]
    radices = [len(left) - 1 - i for i in range(count - 1)]
    names = []
    for i in range(count):
        weight = 1
        for radix in radices[i:]:
            weight *= radix
        digit, permutation = divmod(permutation, weight)
        names.append(left.pop(digit))
    return names
