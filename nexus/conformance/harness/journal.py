"""Results of calls, and the entries of a worker's journal."""

from __future__ import annotations

from typing import Any, NamedTuple

from nexus._ffi import lib

# The value of a call of a function that the plugin lacks.
ABSENT = lib.NXS_ABSENT


class Result(NamedTuple):
    """What a call gave.

    Attributes
    ----------
    value : int
        A status or a handle; ``ABSENT`` where the plugin has no such function.
    outs : list of bytes
        The memory of each ``Out``, in order.
    sizes : list of int
        The value of each ``SizeT``, in order.
    overrun : bool
        Whether the plugin wrote before or behind an ``Out``.
    """

    value: int
    outs: list[bytes]
    sizes: list[int]
    overrun: bool


class Entry(NamedTuple):
    """A call in a worker's journal; the value is None where it did not return.

    With `control` it is one of `Worker.control`, whose value is kept where it is a number; with
    `overrun` the plugin wrote before or behind an ``Out``.
    """

    name: str
    arguments: tuple[Any, ...]
    value: int | None
    control: bool = False
    overrun: bool = False
