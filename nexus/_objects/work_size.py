"""Sizes of groups and grids: items as users count them, groups as the C ABI does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from nexus._objects.checked_numbers import described, size

Dimensions: TypeAlias = "tuple[int, int, int]"


def split_grid(
    group_size: Any, grid_size: Any, shared_memory_size: Any
) -> tuple[Dimensions, Dimensions, int]:
    """Return the items of a group, the groups of a grid, and the shared memory in bytes.

    Raises
    ------
    TypeError
        If a size is not an int or a sequence of them.
    ValueError
        If a size is negative, or a grid size is not a multiple of the group size.
    OverflowError
        If a size is 2**32 or more.
    """
    if (
        group_size.__class__ is int
        and grid_size.__class__ is int
        and shared_memory_size.__class__ is int
        and 0 < group_size <= grid_size < 2**32
        and not grid_size % group_size
        and 0 <= shared_memory_size < 2**32
    ):
        return (group_size, 1, 1), (grid_size // group_size, 1, 1), shared_memory_size
    group, items = dimensions(group_size, "group_size"), dimensions(grid_size, "grid_size")
    groups = groups_of(group, items)
    return group, groups, extent(shared_memory_size, "shared_memory_size")


def extent(value: Any, name: str) -> int:
    """Return a size that fits the ABI's unsigned int."""
    return size(value, name, most=2**32 - 1)


def dimensions(value: Any, name: str) -> Dimensions:
    """Return a size in three dimensions, given as an int or 1 to 3 of them."""
    if hasattr(value, "tolist"):
        # An array or a scalar of NumPy or of another library.
        value = value.tolist()
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} has to be an int or 1 to 3 of them, got {described(value)}")
    parts = tuple(value) if isinstance(value, Iterable) else (value,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"{name} has 1 to 3 dimensions, but {described(value)} has {len(parts)}")
    x, y, z = (*(extent(part, name) for part in parts), 1, 1)[:3]
    return x, y, z


def groups_of(group: Dimensions, items: Dimensions) -> Dimensions:
    """Return how many groups make up a grid of so many items."""
    if 0 in group:
        # The plugin refuses a size of 0.
        return items
    for axis, along, total in zip("xyz", group, items, strict=True):
        rest = total % along
        if rest:
            near = [fit for fit in (total - rest, total - rest + along) if fit]
            raise ValueError(
                f"grid_size {items} is not a multiple of group_size {group}: along {axis} use "
                f"{' or '.join(map(str, near))}, or another group_size"
            )
    x, y, z = (total // along for along, total in zip(group, items, strict=True))
    return x, y, z


def split_groups(
    grid: Any, block: Any, shared_memory_size: Any
) -> tuple[Dimensions, Dimensions, int]:
    """Return what `split_grid` does, for a grid in groups and the items of a group.

    Parameters
    ----------
    grid, block : int or sequence of 1 to 3 int
        Groups in all, and items of a group, along each dimension; a `block` of None is one item.
    """
    group = (1, 1, 1) if block is None else dimensions(block, "block")
    return group, dimensions(grid, "grid"), extent(shared_memory_size, "shared_memory_size")


def launch_size(
    group_size: Any, grid_size: Any, shared_memory_size: Any, grid: Any, block: Any
) -> tuple[Dimensions, Dimensions, int]:
    """Return what `split_grid` does, for sizes in items or in groups.

    Raises
    ------
    TypeError
        If the sizes are given in both ways, or the grid in neither.
    """
    if grid is None and block is None and grid_size is not None and group_size is not None:
        return split_grid(group_size, grid_size, shared_memory_size)
    if grid is None and block is None and grid_size is None and group_size is not None:
        return split_groups(group_size, None, shared_memory_size)
    if group_size is not None or grid_size is not None or grid is None:
        raise TypeError(
            "the size of a launch is group_size and grid_size, in items, or grid, in groups, with "
            f"block, the items of a group; got group_size={described(group_size)}, "
            f"grid_size={described(grid_size)}, grid={described(grid)}, block={described(block)}"
        )
    return split_groups(grid, block, shared_memory_size)
