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


def free_shapes(dimensions: int) -> list[Shape]:
    """Return shapes for a kernel that has no shared memory, in so many dimensions."""
    if dimensions == 1:
        return [Shape((g, 1, 1), (n, 1, 1)) for g, n in ((32, 3), (16, 5), (48, 2))]
    if dimensions == 2:
        return [
            Shape((16, 4, 1), (2, 3, 1)),
            Shape((4, 8, 1), (2, 3, 1)),
            Shape((8, 8, 1), (3, 2, 1)),
        ]
    return [Shape((4, 3, 2), (2, 2, 3)), Shape((2, 4, 4), (3, 1, 2))]


def shared_shapes(dimensions: int, counts: Iterable[int], dynamic: bool) -> list[Shape]:
    """Return shapes for a kernel with shared memory, whose arrays tell much of the group.

    Parameters
    ----------
    dimensions : int
        That the kernel uses.
    counts : iterable of int
        Elements of its arrays in shared memory.
    dynamic : bool
        Whether it has shared memory whose size the launch gives.
    """
    groups: list[Size] = []
    for count in counts:
        side = math.isqrt(count)
        if dimensions == 1:
            # A halo of one element at each end, and of one.
            groups += [(count, 1, 1), (count - 2, 1, 1), (count // 2, 1, 1), (count - 1, 1, 1)]
        elif dimensions == 2:
            # Squares, also with a column that is not used, and with a halo.
            groups += [(side, side, 1), (side - 2, side - 2, 1)]
        else:
            side = round(count ** (1 / 3))
            groups += [(side, side, side), (side - 2, side - 2, side - 2)]
    if dimensions == 1:
        groups += [(64, 1, 1)]
    else:
        groups += [(8, 8, 1), (16, 4, 1)] if dimensions == 2 else [(4, 4, 4)]
    fitting = [g for g in dict.fromkeys(groups) if min(g) > 0 and 8 <= math.prod(g) <= MOST_ITEMS]
    counts_of_groups = {1: (3, 1, 1), 2: (2, 3, 1), 3: (2, 1, 2)}[dimensions]
    factors = (1, 2, 4) if dynamic else (1,)
    return [Shape(g, counts_of_groups, factor) for g in fitting for factor in factors]


def larger(shape: Shape) -> Shape:
    """Return a shape of the same groups, but more of them."""
    x, y, z = shape.groups
    return shape._replace(groups=(x + 1, y if y == 1 else y + 2, z))
