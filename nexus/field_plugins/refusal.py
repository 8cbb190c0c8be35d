"""Refusals of a call, and the functions of a plugin behind a substitute."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, TypeVar

from nexus._enums import function as Function
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus.errors import ABSENT

_T = TypeVar("_T")

# The room that plugins of the field have for objects of a kind; one more ends the process.
MOST_OBJECTS = 256


class RefusedError(Exception):
    """A call is refused.

    Attributes
    ----------
    status : int
        What the call returns.
    """

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status = int(status)


class Original:
    """The functions of the plugin itself.

    Attributes
    ----------
    lock : threading.RLock
        Held during calls that change objects, since such plugins may not be safe for threads.
    """

    def __init__(self, table: Any) -> None:
        self.lock = threading.RLock()
        self._table = table

    def has(self, name: str) -> bool:
        """Return whether the plugin has a function, named without its prefix."""
        return bool(lib.nxs_plugin_has(self._table, Function[f"nxs{name}"]))

    def call(self, name: str, *arguments: Any) -> int:
        """Call a function and return its result.

        Raises
        ------
        RefusedError
            If the plugin lacks the function.
        """
        if not self.has(name):
            raise RefusedError(ABSENT, f"the plugin lacks nxs{name}")
        return int(getattr(lib, f"nxs_{name}")(self._table, *arguments))

    def check(self, name: str, *arguments: Any) -> int:
        """Call a function; raise RefusedError with a status that it returns."""
        result = self.call(name, *arguments)
        if result < 0:
            raise RefusedError(result)
        return result


def find(objects: Mapping[int, _T], handle: int, status: Status) -> _T:
    """Return what is known of a live object; raise RefusedError for any other handle."""
    known = objects.get(handle)
    if known is None:
        raise RefusedError(status, f"{handle} is not the handle of a live object of that kind")
    return known


def require_room(live: int, kind: str) -> None:
    """Raise RefusedError if one more object of a kind would end the process."""
    if live >= MOST_OBJECTS:
        raise RefusedError(
            Status.NXS_OutOfResources,
            f"{live} {kind} are alive, and a plugin of the field has room for no more; close some",
        )
