"""The base of every object that has a handle of a plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeVar

from nexus import _core
from nexus._enums import status as Status
from nexus._objects import log
from nexus._objects.in_c import in_c
from nexus._objects.property_access import INTS, PropertyAccess
from nexus.errors import ABSENT, InvalidHandleError, NexusError, fail

CLOSED = -1
_QUIET = (ABSENT, int(Status.NXS_DeviceNotAvailable))
_Self = TypeVar("_Self", bound="Handle")


_core.configure(INTS, Status.NXS_Success)


@in_c("close", "get_property_int")
class Handle(_core.Object, PropertyAccess):
    """An object of a plugin: its handle, and its parent, which it keeps alive.

    The last reference's end releases the handle, unless the parent has been closed, which released
    it. Objects with `_unusual` set do so in their method `_drop`.

    A closed object has a handle that no plugin accepts. Frequent calls therefore need no check that
    it is open: the plugin refuses the handle, and the error path finds the reason.
    """

    __slots__ = ()

    _kind: ClassVar[int]
    _release: ClassVar[Callable[..., int]]
    _invalid: ClassVar[Status]

    def __init__(self, parent: Any, handle: int) -> None:
        self._bind(parent, handle, self._kind)

    @property
    def closed(self) -> bool:
        """bool: Whether the object has been closed."""
        return self._handle < 0

    def close(self) -> None:
        """Release the object now, not with the last reference to it.

        Closing twice does nothing. Work in flight that uses the object goes on.
        """
        self._end()

    def _end(self) -> None:
        """Release the handle if it is open."""
        handle = self._take_handle()
        if handle >= 0 and (result := self._release(self._table, handle)) < 0:
            self._not_released(result)

    def _release_handle(self, handle: int) -> None:
        if (result := self._release(self._table, handle)) < 0:
            self._not_released(result)

    def __bool__(self) -> bool:
        """Return whether the object is open."""
        return self._handle >= 0

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return self._described(self._plugin.name, self._handle)

    @classmethod
    def _described(cls, plugin: str, handle: int) -> str:
        """Return the text of an object with a handle, which may have ended."""
        state = "closed" if handle < 0 else f"handle {handle}"
        return f"<nexus.{cls.__name__} of {plugin}, {state}>"

    def _not_released(self, result: int) -> None:
        if result not in _QUIET and self._parent._handle >= 0:
            log.write("debug", "releasing a %s returned status %d", type(self).__name__, result)

    def _fail(
        self, result: int, function: str, about: str = "", default: type[NexusError] = NexusError
    ) -> NoReturn:
        self._require_open(function)
        fail(self._plugin, result, function, about or repr(self), default)

    def _require_open(self, function: str) -> None:
        if self._handle < 0:
            raise InvalidHandleError(
                f"this {type(self).__name__} is closed", self._invalid, function
            )

    def _require(self, other: Any, kind: type[Handle], function: str) -> None:
        """Raise unless `other` is an open object of the given class and of the same runtime."""
        if not isinstance(other, kind):
            raise TypeError(f"expected a nexus.{kind.__name__}, got {type(other).__name__}")
        if other._table is not self._table:
            raise InvalidHandleError(
                f"{other!r} belongs to runtime {other._plugin.name!r}, but this "
                f"{type(self).__name__} to runtime {self._plugin.name!r}",
                other._invalid,
                function,
            )
        other._require_open(function)
