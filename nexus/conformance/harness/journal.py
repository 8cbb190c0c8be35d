"""Results of calls, and the entries of a worker's journal."""

from __future__ import annotations

from typing import Any, NamedTuple

from nexus._ffi import lib

# Value of a call of a function that the plugin lacks.
ABSENT = lib.NXS_ABSENT


class Result(NamedTuple):
    """Result of a call.

    Attributes
    ----------
    value : int
        A status or a handle; ``ABSENT`` if the plugin lacks the function.
    outs : list of bytes
        The memory of each ``Out``, in order.
    sizes : list of int
        The value of each ``SizeT``, in order.
    overrun : bool
        Whether the plugin wrote to memory that it may not write: beyond an ``Out``, or to a launch.
    """

    value: int
    outs: list[bytes]
    sizes: list[int]
    overrun: bool


class Entry(NamedTuple):
    """A call in a worker's journal; the value is None if it did not return.

    `control` marks an operation of `Worker.control`, whose value is kept if it is a number.
    `overrun` means that the plugin wrote to memory that it may not write.
    """

    name: str
    arguments: tuple[Any, ...]
    value: int | None
    control: bool = False
    overrun: bool = False
