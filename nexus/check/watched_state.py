"""Layouts of nxs_kernel_check_state.h: what a watched kernel is told, and what it tells."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

ARGUMENTS = 32
OBJECTS = 32
FINDINGS = 64
BARRIERS = 4096
NAME = 48
# The bit of the first dimension of groups among those that a kernel uses.
OF_GROUPS = 8

# Bytes that are known about each byte of memory: nxs_check_cell.
CELL = 80


class Kind(IntEnum):
    """What a watched kernel finds."""

    RACE = 1
    OUTSIDE_ITEMS = 2
    UNINITIALISED = 3
    BOUNDS = 4
    ARRAY_INDEX = 5
    DIVERGENCE = 6
    CRASH = 7
    ENDLESS = 8
    TOO_LARGE = 9


# What an access does; bits.
WRITES = 1
ATOMIC = 2

# The kind of memory that is the items' own.
SHARED, DYNAMIC, PRIVATE = range(3)


def _fields(unsigned: str, signed: str = "") -> list[tuple[str, str]]:
    return [(name, "u8") for name in unsigned.split()] + [(name, "i8") for name in signed.split()]


ARGUMENT = np.dtype(_fields("address bytes cells read_end write_end"))
DECLARED = np.dtype([("name", f"S{NAME}"), *_fields("kind element count line offset group")])
FINDING = np.dtype(
    [
        ("kind", "u8"),
        *_fields("", "at other_at object offset"),
        *_fields("access other_access", "item other_item"),
        ("bytes", "u8"),
        ("text", f"S{NAME}"),
    ]
)
STATE = np.dtype(
    [
        *_fields(
            "order poison dynamic_bytes dynamic_per_item memory cells shared_bytes private_bytes"
        ),
        *_fields("argument_count halted dimensions declared_count finding_count"),
        *_fields("shared_used private_used group passed", "passed_item last_at"),
        ("has_handlers", "u8"),
        ("argument", ARGUMENT, ARGUMENTS),
        ("declared", DECLARED, OBJECTS),
        ("finding", FINDING, FINDINGS),
        ("barrier_line", "u8", BARRIERS),
        ("barrier_item", "i8", BARRIERS),
    ]
)
