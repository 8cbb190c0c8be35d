"""What an object answered when it was asked for everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus.errors import PropertyNotFoundError, PropertyTypeError
from nexus.properties import Key, nearest

_T = TypeVar("_T")


class Properties(Mapping[str, Any]):
    """What an object answered when it was asked for all its properties: a mapping by name.

    Examples
    --------
    >>> import nexus
    >>> info = nexus.get_runtimes()[0].get_devices()[0].get_info()
    >>> info.get_int("UnifiedMemory") == info["UnifiedMemory"]
    True
    """

    __slots__ = ("_tree",)

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree

    def get_str(self, key: Key) -> str:
        """Return a string.

        Parameters
        ----------
        key : str, nexus.property, or a path
            A name, a number, or a list of names and indexes that leads to it.

        Raises
        ------
        PropertyNotFoundError
            If there is nothing there.
        PropertyTypeError
            If what is there is no string.
        """
        return str(self._typed(key, str))

    def get_int(self, key: Key) -> int:
        """Return an integer; see `get_str`."""
        return int(self._typed(key, int))

    def get_flt(self, key: Key) -> float:
        """Return a float; see `get_str`."""
        return float(self._typed(key, float))

    def get_str_vec(self, key: Key) -> list[str]:
        """Return a list of strings; see `get_str`."""
        return self._list(key, str)

    def get_int_vec(self, key: Key) -> list[int]:
        """Return a list of integers; see `get_str`."""
        return self._list(key, int)

    def get_flt_vec(self, key: Key) -> list[float]:
        """Return a list of floats; see `get_str`."""
        return self._list(key, float)

    def __getitem__(self, key: str) -> Any:
        return self._tree[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __repr__(self) -> str:
        return f"nexus.Properties({dict(self._tree)!r})"

    def _find(self, key: Key) -> Any:
        path: Sequence[str | int] = [key] if isinstance(key, (str, int)) else key
        found: Any = self._tree
        for step in path:
            try:
                if isinstance(found, Mapping):
                    found = found[step if isinstance(step, str) else Property(step).name]
                else:
                    found = found[step]
            except (KeyError, IndexError, TypeError, ValueError):
                shown = " -> ".join(str(part) for part in path)
                near = nearest(step) if isinstance(step, str) else ""
                raise PropertyNotFoundError(
                    f"there is no property {shown}{near}", Status.NXS_InvalidProperty
                ) from None
        return found

    def _typed(self, key: Key, kind: type) -> Any:
        found = self._find(key)
        if not isinstance(found, kind):
            raise PropertyTypeError(
                f"property {key!r} is {type(found).__name__}, not {kind.__name__}",
                Status.NXS_InvalidProperty,
            )
        return found

    def _list(self, key: Key, kind: type[_T]) -> list[_T]:
        found = self._typed(key, list)
        for item in found:
            if not isinstance(item, kind):
                raise PropertyTypeError(
                    f"property {key!r} is a list of {type(item).__name__}, not {kind.__name__}",
                    Status.NXS_InvalidProperty,
                )
        return list(found)
