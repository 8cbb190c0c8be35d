"""Runs a watched kernel once, and reads what it tells."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nexus import Device, Library
from nexus.check import watched_state as state_of
from nexus.check.kernel_inputs import Array
from nexus.check.launch_plan import Shape
from nexus.check.line_table import LineTable, Place

# Bytes that one group's shared memory, and one item's private memory, may take.
_SHARED = 1 << 18
_PRIVATE = 1 << 14
# Around each buffer, so that an index that is a little wrong meets no other.
_GAP = 1 << 12
_POISON = 0xA5


class Found(NamedTuple):
    """A finding of one launch.

    Attributes
    ----------
    kind : watched_state.Kind
        What is wrong.
    place, other_place : Place or None
        Where; for a race, of both accesses.
    object : int
        The argument; or `ARGUMENTS` plus the number of a declared object; or -1.
    offset : int
        In bytes from the object's start, or an index.
    access, other_access : int
        What the accesses do.
    item, other_item : int
        The numbers of the items in the launch.
    text : str
        The name of an array, or its type.
    """

    kind: state_of.Kind
    place: Place | None
    other_place: Place | None
    object: int
    offset: int
    access: int
    other_access: int
    item: int
    other_item: int
    text: str


@dataclass(frozen=True)
class Declared:
    """Shared or private memory that a kernel declares."""

    name: str
    kind: int
    element: int
    count: int


class Outcome(NamedTuple):
    """What a launch has shown.

    Attributes
    ----------
    found : list of Found
        What is wrong.
    arguments : list of array
        Contents of the buffers after it, and the scalars.
    reach, written : list of int
        Bytes of each buffer up to the last one that was used, and written.
    declared : list of Declared
        Shared and private memory.
    dimensions, group_dimensions : int
        How many dimensions of items and of groups the kernel uses.
    """

    found: list[Found]
    arguments: list[Array]
    reach: list[int]
    written: list[int]
    declared: list[Declared]
    dimensions: int
    group_dimensions: int


class WatchedLibrary:
    """Kernels that were compiled by `watched_build`.

    Parameters
    ----------
    device : nexus.Device
        The CPU, with one thread.
    path : Path
        The shared library.
    source : str
        The name of the source, for places in it.
    """

    def __init__(self, device: Device, path: Path, source: str) -> None:
        self._device = device
        self._library: Library = device.load_library(path)
        self._names = {kernel.name for kernel in self._library.get_kernels()}
        self._lines = LineTable(path.read_bytes(), "nxs_check_anchor")
        self._source = source

    def launch(
        self,
        name: str,
        arguments: Sequence[Array],
        scalars: Sequence[bool],
        shape: Shape,
        order: int = 0,
        shared_bytes: int = 0,
        limit: float = 1.0,
    ) -> Outcome:
        """Run a kernel.

        Parameters
        ----------
        name : str
            The kernel.
        arguments : sequence of array
            Contents of the buffers, which stay as they are; scalars with one element.
        scalars : sequence of bool
            Which of them are scalars.
        shape : Shape
            Sizes of the launch.
        order : int
            In which order the items of a group run: 0 forward, 1 backward, else a seed.
        shared_bytes : int
            Size of the launch's shared memory; 0 for as much as `shape` says.
        limit : float
            Seconds of processor time after which the kernel is taken for endless.
        """
        kept: list[Any] = []
        memory = _zeros(_SHARED + _PRIVATE * shape.group_items, kept)
        cells = _zeros(state_of.CELL * len(memory), kept)
        whole = np.zeros(1, state_of.STATE)
        state = whole[0]
        state["order"], state["poison"] = order, _POISON
        state["dynamic_bytes"], state["dynamic_per_item"] = shared_bytes, shape.dynamic
        state["memory"], state["cells"] = memory.ctypes.data, cells.ctypes.data
        state["shared_bytes"], state["private_bytes"] = _SHARED, _PRIVATE
        state["argument_count"] = len(arguments)
        contents: list[Array] = []
        for i, (argument, is_scalar) in enumerate(zip(arguments, scalars, strict=True)):
            room = _zeros(argument.nbytes + 2 * _GAP, kept)
            own = room[_GAP : _GAP + argument.nbytes].view(argument.dtype)
            own[:] = argument
            contents.append(own)
            row = state["argument"][i]
            row["address"], row["bytes"] = own.ctypes.data, argument.nbytes
            if not is_scalar:
                row["cells"] = _zeros(state_of.CELL * max(argument.nbytes, 1), kept).ctypes.data
        buffer = self._device.create_buffer(whole.view(np.uint8), copy=False)
        signal.setitimer(signal.ITIMER_VIRTUAL, limit)
        try:
            self._library.get_kernel(f"nxs_watched_{name}")(
                buffer, group_size=shape.group, grid_size=shape.grid
            )
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        rows = state["argument"][: len(arguments)]
        return Outcome(
            [self._found(row) for row in state["finding"][: state["finding_count"]]],
            contents,
            np.maximum(rows["read_end"], rows["write_end"]).tolist(),
            rows["write_end"].tolist(),
            [_declared(row) for row in state["declared"][: state["declared_count"]]],
            (int(state["dimensions"]) & 7).bit_length(),
            (int(state["dimensions"]) >> state_of.OF_GROUPS).bit_length(),
        )

    def has(self, name: str) -> bool:
        """Return whether there is a kernel with that name."""
        return f"nxs_watched_{name}" in self._names

    def line_of(self, name: str) -> int:
        """Return the line that a kernel begins at; 0 if it is not known."""
        address = self._lines.symbols.get(f"nxs_watched_{name}")
        place = None if address is None else self._lines.place_of(address + 1)
        return place.line if place else 0

    def _found(self, row: Any) -> Found:
        kind = state_of.Kind(int(row["kind"]))
        number = {field: int(row[field]) for field in row.dtype.names if field != "text"}
        at, other = number["at"], number["other_at"]
        if kind in (state_of.Kind.DIVERGENCE, state_of.Kind.TOO_LARGE):
            # These say lines.
            place, other_place = (
                Place(self._source, line) if line else None for line in (at, other)
            )
        else:
            place = self._lines.place(at) if at else None
            other_place = self._lines.place(other) if kind is state_of.Kind.RACE else None
        return Found(
            kind,
            place,
            other_place,
            number["object"],
            number["offset"],
            number["access"],
            number["other_access"],
            number["item"],
            number["other_item"],
            row["text"].decode(errors="replace"),
        )


def _declared(row: Any) -> Declared:
    numbers = (int(row[field]) for field in ("kind", "element", "count"))
    return Declared(row["name"].decode(errors="replace"), *numbers)


def _zeros(count: int, kept: list[Any]) -> Array:
    array = np.zeros(count, np.uint8)
    kept.append(array)
    return array
