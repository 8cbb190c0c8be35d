"""Trees of properties: those of an object, or a record of the device database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._objects.names import Key, nearest
from nexus.errors import PropertyNotFoundError, PropertyTypeError

_T = TypeVar("_T")
_REQUIRED: Any = object()
_SHOWN_KEYS = 12


class Properties(Mapping[str, Any]):
    """A read-only tree of properties: names with values, lists, or subtrees.

    A key is a name, a member of ``nexus.property``, or a path: a list of these and of list indexes.

    Parameters
    ----------
    tree : mapping
        The properties.
    origin : str
        Source of the properties, such as a file; for messages.

    Examples
    --------
    >>> import nexus
    >>> info = nexus.lookup_device_info("nvidia-gpu-sm_70")
    >>> info.get_str(nexus.property.Architecture)
    'sm_70'
    >>> info.get_int(["MemorySubsystem", "MemoryTypes", 1, "Size"])
    6291456
    >>> ["MemorySubsystem", "MemoryTypes", 1, "Color"] in info
    False
    """

    __slots__ = ("_origin", "_tree")

    def __init__(self, tree: Mapping[str, Any], origin: str = "") -> None:
        self._tree = tree
        self._origin = origin

    @property
    def origin(self) -> str:
        """str: Source of the properties, such as a record's file; may be empty."""
        return self._origin

    def get_str(self, key: Key) -> str:
        """Return a string.

        Parameters
        ----------
        key : str, nexus.property, or a path
            A name, a number, or a path of names and indexes.

        Raises
        ------
        PropertyNotFoundError
            If there is no such property; the message shows where the path ends, and what is there.
        PropertyTypeError
            If it is not a string.

        Examples
        --------
        >>> import nexus
        >>> info = nexus.lookup_device_info("sm_70")
        >>> info.get_str(["CoreSubsystem", "SubUnitType"])
        'SM'
        """
        return str(self._typed(key, _is_str, "a string"))

    def get_int(self, key: Key) -> int:
        """Return an integer; see `get_str`."""
        return int(self._typed(key, _is_int, "an integer"))

    def get_flt(self, key: Key) -> float:
        """Return a float; integers are converted; see `get_str`."""
        return float(self._typed(key, _is_number, "a number"))

    def get_str_vec(self, key: Key) -> list[str]:
        """Return a list of strings; see `get_str`."""
        return self._list(key, _is_str, "strings")

    def get_int_vec(self, key: Key) -> list[int]:
        """Return a list of integers; see `get_str`."""
        return self._list(key, _is_int, "integers")

    def get_flt_vec(self, key: Key) -> list[float]:
        """Return a list of floats; integers are converted; see `get_str`."""
        return [float(item) for item in self._list(key, _is_number, "numbers")]

    def get(self, key: Key, default: Any = _REQUIRED) -> Any:
        """Return a property of any type.

        Parameters
        ----------
        key : str, nexus.property, or a path
            See `get_str`.
        default : object, optional
            Returned if there is no such property.

        Returns
        -------
        object
            A value, a new list, or `Properties` for a subtree.

        Raises
        ------
        PropertyNotFoundError
            If there is no such property, and no `default`.

        Examples
        --------
        >>> import nexus
        >>> info = nexus.Properties({"Memory": [{"Type": "L2", "Size": 4096}]})
        >>> [memory.get_int("Size") for memory in info.get("Memory")]
        [4096]
        >>> info.get(["Memory", 1], "nothing")
        'nothing'
        """
        try:
            return _wrapped(self._find(key), self._origin)
        except PropertyNotFoundError:
            if default is _REQUIRED:
                raise
            return default

    def to_dict(self) -> dict[str, Any]:
        """Return a deep copy as dicts, lists and values.

        Examples
        --------
        >>> import nexus
        >>> nexus.Properties({"Limits": {"MaxGridSize": [1, 2, 3]}}).to_dict()
        {'Limits': {'MaxGridSize': [1, 2, 3]}}
        """
        return {name: _copied(value) for name, value in self._tree.items()}

    def __getitem__(self, key: Key) -> Any:
        return self.get(key)

    def __contains__(self, key: object) -> bool:
        try:
            self._find(key)  # type: ignore[arg-type]
        except (PropertyNotFoundError, TypeError):
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __repr__(self) -> str:
        return f"nexus.Properties({dict(self._tree)!r})"

    def _find(self, key: Key) -> Any:
        path = _path(key)
        if not path:
            raise PropertyNotFoundError(
                "the path of a property is empty", Status.NXS_InvalidProperty
            )
        found: Any = self._tree
        for depth, step in enumerate(path):
            try:
                found = _below(found, step)
            except (KeyError, IndexError, ValueError):
                said = partial(_absent, tuple(path[: depth + 1]), found, self._where())
                raise PropertyNotFoundError(said, Status.NXS_InvalidProperty) from None
        return found

    def _typed(self, key: Key, fits: Callable[[Any], bool], wanted: str) -> Any:
        found = self._find(key)
        if not fits(found):
            raise PropertyTypeError(
                f"property {_shown(_path(key))} is {_kind(found)}, not {wanted}{self._where()}",
                Status.NXS_InvalidProperty,
            )
        return found

    def _list(self, key: Key, fits: Callable[[Any], bool], wanted: str) -> list[Any]:
        found = self._typed(key, _is_list, f"a list of {wanted}")
        for index, item in enumerate(found):
            if not fits(item):
                raise PropertyTypeError(
                    f"property {_shown([*_path(key), index])} is {_kind(item)}; expected a list of "
                    f"{wanted}{self._where()}",
                    Status.NXS_InvalidProperty,
                )
        return list(found)

    def _where(self) -> str:
        return f" (in {self._origin})" if self._origin else ""


def _below(found: Any, step: str | int) -> Any:
    if isinstance(found, Mapping):
        return found[step if isinstance(step, str) else Property(step).name]
    if _is_list(found) and not isinstance(step, str):
        return found[step]
    raise KeyError(step)


def _is_str(value: Any) -> bool:
    return isinstance(value, str)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _wrapped(value: Any, origin: str) -> Any:
    if isinstance(value, Mapping):
        return Properties(value, origin)
    if _is_list(value):
        return [_wrapped(item, origin) for item in value]
    return value


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(item) for name, item in value.items()}
    if _is_list(value):
        return [_copied(item) for item in value]
    return value


def _path(key: Key) -> Sequence[str | int]:
    path: Sequence[str | int] = [key] if isinstance(key, (str, int)) else key
    if isinstance(path, (list, tuple)) and all(isinstance(step, (str, int)) for step in path):
        return path
    raise TypeError(f"expected a name, a number, or a list of names and indexes, got {key!r}")


def _shown(path: Sequence[str | int]) -> str:
    steps = [step.name if isinstance(step, Property) else str(step) for step in path]
    return " -> ".join(steps)


def _absent(path: Sequence[str | int], found: Any, where: str) -> str:
    """Describe a path whose last step does not exist, where `found` is what is there instead."""
    above = _shown(path[:-1]) or "the top"
    return f"there is no property {_shown(path)}: {above} {_about(found, path[-1])}{where}"


def _about(found: Any, step: str | int) -> str:
    """Describe what is there instead of the requested step."""
    if isinstance(found, Mapping):
        keys = list(found)
        more = ", ..." if len(keys) > _SHOWN_KEYS else ""
        near = nearest(step, keys) if isinstance(step, str) else ""
        return f"has {', '.join(keys[:_SHOWN_KEYS]) or 'nothing'}{more}{near}"
    if _is_list(found):
        indexes = f", with the indexes 0 to {len(found) - 1}" if found else ""
        return f"is a list of {len(found)}{indexes}"
    return f"is {_kind(found)}"


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"an object with {', '.join(list(value)[:_SHOWN_KEYS]) or 'nothing'}"
    if _is_list(value):
        return f"a list of {len(value)}"
    names = {str: "a string", bool: "a boolean", int: "an integer", float: "a float"}
    return names.get(type(value), type(value).__name__)
