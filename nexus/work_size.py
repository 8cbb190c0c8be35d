"""Sizes of groups and grids: what users write, and what the C ABI counts."""

from __future__ import annotations

import operator
from typing import Any


def extent(value: Any, name: str) -> int:
    """Return a size that fits the ABI's unsigned int."""
    try:
        size = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is an int or 1 to 3 of them, not {value!r}") from None
    if not 0 <= size < 2**32:
        raise ValueError(f"{name} cannot be {size}; it goes from 0 to 2**32 - 1")
    return size


def dimensions(value: Any, name: str) -> tuple[int, int, int]:
    """Return a size in three dimensions from an int or 1 to 3 of them."""
    parts = (value,) if hasattr(value, "__index__") else tuple(value)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"{name} has 1 to 3 dimensions, but {value!r} has {len(parts)}")
    x, y, z = (*(extent(part, name) for part in parts), 1, 1)[:3]
    return x, y, z


def groups_of(group: tuple[int, int, int], items: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return how many groups make up a grid that is told in items."""
    if 0 in group:
        # For the plugin to refuse, as it does from C.
        return items
    for axis, size, total in zip("xyz", group, items, strict=True):
        rest = total % size
        if rest:
            near = [fit for fit in (total - rest, total - rest + size) if fit]
            raise ValueError(
                f"a grid of {items} items is no whole number of groups of {group}: along {axis} "
                f"{' or '.join(map(str, near))} would do, or another group size"
            )
    x, y, z = (total // size for size, total in zip(group, items, strict=True))
    return x, y, z
