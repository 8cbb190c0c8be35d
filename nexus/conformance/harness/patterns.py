"""Bytes that checks write, and that programs can regenerate in a line."""

from __future__ import annotations

import functools

# Shorter data is written out in full.
_SHORT = 256
_UNITS = (1, 2, 4, 8)
# Factor of a seed, and its inverse modulo 256.
_STEP, _BACK = 31, 223


@functools.cache
def pattern(size: int, seed: int = 1) -> bytes:
    """Return bytes in which no two places look alike."""
    return bytes((seed * _STEP + i * 7 + (i >> 8) * 13 + (i >> 16)) & 0xFF for i in range(size))


def unit_of(data: bytes) -> bytes | None:
    """Return the unit that long data repeats; None if it is short or repeats nothing."""
    if len(data) > _SHORT:
        for size in _UNITS:
            if data == (data[:size] * (len(data) // size + 1))[: len(data)]:
                return data[:size]
    return None


def seed_of(data: bytes) -> int | None:
    """Return the seed of long data that is a `pattern`, or None."""
    if len(data) > _SHORT:
        seed = data[0] * _BACK & 0xFF
        if data == pattern(len(data), seed):
            return seed
    return None
