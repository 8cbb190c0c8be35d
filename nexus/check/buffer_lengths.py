"""Infers how long a kernel's buffers should be, and finds accesses one element beyond that.

Nothing declares the length of a buffer. But the elements that a kernel reaches in several launches
tell it: as many as the launch has items, as a scalar says, or a product of such numbers. An access
that is one element beyond such a length, in every launch, is one too many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from nexus.check.kernel_inputs import element_type
from nexus.check.launch_plan import Shape
from nexus.kernel_argument import KernelArgument


class Launch(NamedTuple):
    """A launch with longer buffers than needed.

    Attributes
    ----------
    shape : Shape
        Its sizes.
    rule : int
        How its scalars were chosen.
    scalars : list of int
        The integer scalars.
    reach, written : list of int
        Bytes of each buffer up to the last one that was used, and written.
    """

    shape: Shape
    rule: int
    scalars: list[int]
    reach: list[int]
    written: list[int]


def _lengths(launch: Launch) -> dict[str, int]:
    """Return lengths that a buffer may have, by their meaning."""
    shape = launch.shape
    base = {f"scalar {k}": value for k, value in enumerate(launch.scalars)}
    base |= {f"grid {d}": size for d, size in enumerate(shape.grid)}
    base |= {f"group {d}": size for d, size in enumerate(shape.group)}
    base |= {f"groups {d}": size for d, size in enumerate(shape.groups)}
    base |= {"groups": math.prod(shape.groups), "group": shape.group_items, "items": shape.items}
    names = list(base)
    for i, first in enumerate(names):
        for second in names[i:]:
            base[f"{first} * {second}"] = base[first] * base[second]
    if len(launch.scalars) > 2:
        base["scalars"] = math.prod(launch.scalars[:3])
    return base


def one_too_long(
    launches: Sequence[Launch], arguments: Sequence[KernelArgument]
) -> list[tuple[int, int, int]]:
    """Return where a kernel uses one element beyond a buffer's length.

    Parameters
    ----------
    launches : sequence of Launch
        All launches of a kernel.
    arguments : sequence of KernelArgument
        Its arguments.

    Returns
    -------
    list of (int, int, int)
        The number of a launch, the argument, and the length in elements that it should have.
    """
    found = []
    for rule in sorted({launch.rule for launch in launches}):
        own = [i for i, launch in enumerate(launches) if launch.rule == rule]
        for index, argument in enumerate(arguments):
            kind = element_type(argument)
            if argument.kind == "scalar" or kind is None:
                continue
            # Tables of offsets have one element more than there are rows.
            if kind.kind in "iu" and kind.itemsize >= 4 and argument.kind == "in":
                continue
            ends = [launches[i].reach[index] // kind.itemsize for i in own]
            length = _too_short([_lengths(launches[i]) for i in own], ends)
            if length is not None:
                found.append((own[0], index, length))
    return found


def _too_short(lengths: Sequence[dict[str, int]], ends: Sequence[int]) -> int | None:
    """Return the first launch's length, if every launch reaches one element beyond it."""
    if len(set(ends)) < 2:
        return None
    names = lengths[0].keys()
    if any(all(own[n] == end for own, end in zip(lengths, ends, strict=True)) for n in names):
        return None
    for name in names:
        if all(own[name] + 1 == end for own, end in zip(lengths, ends, strict=True)):
            return lengths[0][name]
    return None
