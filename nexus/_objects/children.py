"""The objects that were made by another one, found when they are asked for."""

from __future__ import annotations

import gc
from typing import Any, TypeVar

from nexus._objects.handle import Handle

_T = TypeVar("_T", bound=Handle)


def children(parent: Any, kind: type[_T]) -> list[_T]:
    """Return the open objects of a class that belong to a parent and are still referenced.

    Creating an object therefore costs nothing for lists that few programs ask for. This call
    visits every object that the garbage collector knows.

    Parameters
    ----------
    parent : object
        The device or schedule that created them.
    kind : type
        Their class.

    Returns
    -------
    list
        In the order of their handles.
    """
    # Objects refer to a device or a schedule only as to their parent.
    found = [other for other in gc.get_referrers(parent) if isinstance(other, kind) and other]
    return sorted(found, key=lambda child: child._handle)
