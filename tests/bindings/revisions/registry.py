"""Where the edits of our headers are registered.

Those in ``COMPOSABLE`` can be mixed in any order.
"""

from __future__ import annotations

from collections.abc import Callable

from bindings.revisions.tree import Tree

Edit = Callable[[Tree], None]
COMPOSABLE: dict[str, Edit] = {}
OTHERS: dict[str, Edit] = {}


def composable(edit: Edit) -> Edit:
    COMPOSABLE[edit.__name__] = edit
    return edit


def other(edit: Edit) -> Edit:
    OTHERS[edit.__name__] = edit
    return edit
