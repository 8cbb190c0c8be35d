"""How a kernel is launched for a check: sizes of groups and grids, and values of scalars."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Size = tuple[int, int, int]

MOST_ITEMS = 1024


class Shape(NamedTuple):
    """A launch's sizes.

    Attributes
    ----------
    group : tuple of 3 int
        Items of a group.
    groups : tuple of 3 int
        Groups of the launch.
    dynamic : int
        Elements of the shared memory whose size the launch gives, for each item of a group.
    """

    group: Size
    groups: Size
    dynamic: int = 1

    @property
    def grid(self) -> Size:
        x, y, z = (a * b for a, b in zip(self.group, self.groups, strict=True))
        return x, y, z

    @property
    def group_items(self) -> int:
        return math.prod(self.group)

    @property
    def items(self) -> int:
        return math.prod(self.grid)


# Values for the integer scalars of a kernel, of which `k` is the number. Many are lengths: a little
# less than the items, so that guards matter; as many; the items of a group; extents of a grid, with
# the innermost first, or last.
_Rule = Callable[[Shape, int], int]
_FLAT: tuple[_Rule, ...] = (
    lambda shape, k: shape.items - 3,
    lambda shape, k: shape.group_items,
    lambda shape, k: shape.items,
)
_DEEP: tuple[_Rule, ...] = (
    lambda shape, k: shape.grid[k % 3] - 2,
    lambda shape, k: shape.grid[k % 3],
    lambda shape, k: shape.grid[max(1 - k, 0)] - 2,
    lambda shape, k: shape.grid[max(1 - k, 0)],
    lambda shape, k: shape.items - 3,
    lambda shape, k: shape.group[0],
)


def scalars(shape: Shape, rule: int, count: int) -> list[int]:
    """Return values for so many integer scalars, by one of the `rules`."""
    return [rules(shape)[rule](shape, k) for k in range(count)]


def rules(shape: Shape) -> Sequence[Callable[[Shape, int], int]]:
    """Return the rules by which a launch's scalars are chosen."""
    return _FLAT if shape.grid[1:] == (1, 1) else _DEEP


def free_shapes(dimensions: int, group_dimensions: int) -> list[Shape]:
    """Return shapes for a kernel without shared memory.

    Parameters
    ----------
    dimensions, group_dimensions : int
        How many dimensions of items, and of groups, it uses.
    """
    groups: list[Size] = {
        1: [(32, 1, 1), (16, 1, 1), (48, 1, 1)],
        2: [(16, 4, 1), (4, 8, 1), (8, 8, 1)],
        3: [(4, 3, 2), (2, 4, 4)],
    }[dimensions]
    counts: list[Size] = {
        1: [(3, 1, 1), (5, 1, 1), (2, 1, 1)],
        2: [(2, 3, 1), (2, 3, 1), (3, 2, 1)],
        3: [(2, 2, 3), (3, 1, 2), (2, 3, 2)],
    }[max(dimensions, group_dimensions)]
    return [Shape(group, count) for group, count in zip(groups, counts, strict=False)]


def shared_shapes(
    dimensions: int, group_dimensions: int, counts: Iterable[int], dynamic: bool
) -> list[Shape]:
    """Return shapes for a kernel with shared memory, whose arrays tell much of the group.

    Parameters
    ----------
    dimensions, group_dimensions : int
        How many dimensions of items, and of groups, it uses.
    counts : iterable of int
        Elements of its arrays in shared memory.
    dynamic : bool
        Whether it has shared memory whose size the launch gives.
    """
    groups: list[Size] = []
    for count in counts:
        # The group's items, also with a halo of up to two elements at each end. In more dimensions
        # the side of a square or cube; isqrt also finds that of one with a column too many.
        side = {1: count, 2: math.isqrt(count), 3: round(count ** (1 / 3))}[dimensions]
        for own in (side, side - 2, side - 4, side - 1, side // 2):
            x, y, z = (*(own,) * dimensions, 1, 1)[:3]
            groups.append((x, y, z))
    groups += {1: [(64, 1, 1)], 2: [(8, 8, 1), (16, 4, 1)], 3: [(4, 4, 4)]}[dimensions]
    fitting = [
        group
        for group in dict.fromkeys(groups)
        if min(group) > 0 and math.prod(group) <= MOST_ITEMS and math.prod(group) % 8 == 0
    ]
    number: Size = {1: (3, 1, 1), 2: (2, 1, 1), 3: (2, 1, 2)}[max(dimensions, group_dimensions)]
    factors = (1, 2, 4) if dynamic else (1,)
    return [Shape(group, number, factor) for group in fitting for factor in factors]


def larger(shape: Shape) -> Shape:
    """Return a shape of the same groups, but more of them."""
    x, y, z = shape.groups
    if shape.group[1] > 1:
        return shape._replace(groups=(x - 1, y + 2, z))
    return shape._replace(groups=(x + 1, y, z))
