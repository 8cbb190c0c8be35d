"""The property protocol, which all objects share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

from nexus._enums import PROPERTY_TYPES, property_type
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi
from nexus._objects.identity import Identity
from nexus._objects.names import PROPERTY_NUMBERS, Key, nearest
from nexus._objects.plugin import Plugin
from nexus.errors import NexusError, PropertyNotFoundError, PropertyTypeError, fail

_T = TypeVar("_T")

_BY_ID: dict[int, Property] = {int(member): member for member in Property}
# Names and members of the int properties only, so that one lookup finds the number and checks the
# type. Plain numbers are found too, since they equal the members.
INTS: dict[Any, int] = {
    key: int(member)
    for member, kind in PROPERTY_TYPES.items()
    if kind is property_type.int
    for key in (member.name, member)
}
_NO_INT = -(2**63)
_FIRST_CAPACITY = 256
_LAST_CAPACITY = 1 << 24
_LAST_EXACT = 1 << 13


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")


def _texts(raw: bytes) -> list[str]:
    texts = []
    for part in raw.split(b"\0"):
        if not part:
            break
        texts.append(part.decode("utf-8", "replace"))
    return texts


def _vector(ctype: str) -> Callable[[bytes], list[Any]]:
    def decode(raw: bytes) -> list[Any]:
        return list(ffi.unpack(ffi.cast(f"{ctype} *", ffi.from_buffer(raw)), len(raw) // 8))

    return decode


_ints, _floats = _vector("int64_t"), _vector("double")


def _scalar(decode: Callable[[bytes], list[_T]]) -> Callable[[bytes], _T]:
    def first(raw: bytes) -> _T:
        values = decode(raw)
        if not values:
            raise NexusError(f"the plugin returned {len(raw)} bytes for a property of 8 bytes")
        return values[0]

    return first


_DECODERS: dict[property_type, Callable[[bytes], Any]] = {
    property_type.str: _text,
    property_type.int: _scalar(_ints),
    property_type.flt: _scalar(_floats),
    property_type.str_vec: _texts,
    property_type.int_vec: _ints,
    property_type.flt_vec: _floats,
}


class PropertyAccess(Identity):
    """The ``get_property_...`` methods, for subclasses that name their query function."""

    __slots__ = ()

    _handle: int
    _parent: Any
    _table: Any
    _query: ClassVar[Callable[..., int]]
    _query_int: ClassVar[Callable[..., int]]
    _query_name: ClassVar[str]

    @property
    def _plugin(self) -> Plugin:
        plugin: Plugin = self._parent._plugin
        return plugin

    def get_property_int(self, key: Key) -> int:
        """Return an integer property.

        Parameters
        ----------
        key : str, nexus.property, or a path
            The property's name, its number, or a list of names and indexes.

        Returns
        -------
        int
            The value, in the unit that ``nexus.property`` documents, such as bytes or MHz.

        Raises
        ------
        PropertyNotFoundError
            If the property does not exist, or this object does not have it.
        PropertyTypeError
            If it is of another type.

        Examples
        --------
        >>> import nexus
        >>> buffer = nexus.create_buffer(64)
        >>> buffer.get_property_int("Size"), buffer.get_property_int(nexus.property.Size)
        (64, 64)
        """
        try:
            value: int = self._query_int(self._table, self._handle, INTS[key])
        except (KeyError, TypeError):
            value = _NO_INT
        if value > _NO_INT:
            return value
        return int(self._get(key, property_type.int))

    def get_property_str(self, key: Key) -> str:
        """Return a string property; see `get_property_int`."""
        return str(self._get(key, property_type.str))

    def get_property_flt(self, key: Key) -> float:
        """Return a float property; see `get_property_int`."""
        return float(self._get(key, property_type.flt))

    def get_property_str_vec(self, key: Key) -> list[str]:
        """Return a list of strings; see `get_property_int`."""
        return list(self._get(key, property_type.str_vec))

    def get_property_int_vec(self, key: Key) -> list[int]:
        """Return a list of integers; see `get_property_int`."""
        return list(self._get(key, property_type.int_vec))

    def get_property_flt_vec(self, key: Key) -> list[float]:
        """Return a list of floats; see `get_property_int`."""
        return list(self._get(key, property_type.flt_vec))

    def properties(self) -> dict[str, Any]:
        """Return all properties of the object, by name.

        Returns
        -------
        dict
            Maps names to int, float, str, or lists of these.

        Examples
        --------
        >>> import nexus
        >>> nexus.create_buffer(64).properties()["Size"]
        64
        """
        answers = {}
        listed = self._keys()
        for member in Property if listed is None else listed:
            kind = PROPERTY_TYPES[member]
            if kind is property_type.obj_vec or member is Property.Keys:
                continue
            try:
                # Only from the plugin, not from where a subclass looks too.
                answers[member.name] = PropertyAccess._get(self, member, kind)
            except PropertyNotFoundError:
                continue
        return answers

    def get_property_keys(self) -> list[Property]:
        """Return the properties that the object answers.

        Returns
        -------
        list of nexus.property
            Numbers that have a name; a key for each of the other methods.

        Raises
        ------
        InvalidHandleError
            If the object is closed.

        Examples
        --------
        >>> import nexus
        >>> nexus.property.Size in nexus.create_buffer(64).get_property_keys()
        True
        """
        listed = self._keys()
        # A plugin without Keys: what it answers is found by asking.
        return [Property[name] for name in self.properties()] if listed is None else listed

    def _keys(self) -> list[Property] | None:
        """Return the properties that the plugin lists; None where it lists none."""
        try:
            numbers = self.get_property_int_vec(Property.Keys)
        except PropertyNotFoundError:
            return None
        return [_BY_ID[number] for number in numbers if number in _BY_ID]

    def _get(self, key: Key, wanted: property_type) -> Any:
        if isinstance(key, (list, tuple)):
            if len(key) != 1:
                return self._get_path(key, wanted)
            key = key[0]
        number = _number(key)
        member = _BY_ID.get(number)
        kind = wanted if member is None else PROPERTY_TYPES[member]
        if kind is property_type.obj_vec:
            self._missing(self._about(number))
        if kind is not wanted:
            raise PropertyTypeError(
                f"{self._about(number)} is of type {kind.name}: ask with "
                f"get_property_{kind.name}, not get_property_{wanted.name}",
                Status.NXS_InvalidProperty,
                self._query_name,
            )
        raw = self._raw(number, exact=kind is not property_type.str)
        return _DECODERS[wanted](raw)

    def _get_path(self, path: Sequence[str | int], wanted: property_type) -> Any:
        """Return the value at a path of several steps, or of none."""
        self._missing(f"property path {list(path)!r} of {self!r}")

    def _missing(self, about: str) -> NoReturn:
        raise PropertyNotFoundError(
            f"{about} is not known", Status.NXS_InvalidProperty, self._query_name
        )

    def _about(self, number: int) -> str:
        member = _BY_ID.get(number)
        return f"property {number if member is None else member.name} of {self!r}"

    def _raw(self, number: int, exact: bool) -> bytes:
        """Return the bytes of a property.

        Plugins of version 1.0 and older may return InvalidArgValue for a short buffer, and report
        neither the size they need nor the size they wrote. So the buffer grows until it is large
        enough; with `exact`, for values without an end mark, by one number at a time.
        """
        self._require_open(self._query_name)
        size = ffi.new("size_t *")
        capacity = _FIRST_CAPACITY
        if exact:
            result = self._ask(number, ffi.NULL, size)
            if result < 0 and result != Status.NXS_InvalidArgValue:
                fail(self._plugin, result, self._query_name, self._about(number))
            capacity = size[0] if result >= 0 else 0
        while True:
            value = ffi.new("char[]", capacity or 1)
            size[0] = capacity
            result = self._ask(number, value, size)
            if result >= 0:
                return bytes(ffi.buffer(value, min(size[0], capacity)))
            short = result in (Status.NXS_InvalidArgSize, Status.NXS_InvalidArgValue)
            if not short or capacity >= (_LAST_EXACT if exact else _LAST_CAPACITY):
                fail(self._plugin, result, self._query_name, self._about(number))
            larger = capacity + 8 if exact else capacity * 4
            capacity = size[0] if size[0] > capacity else larger

    def _ask(self, number: int, value: Any, size: Any) -> int:
        return self._query(self._table, self._handle, number, value, size)

    def _require_open(self, function: str) -> None:
        """Raise for a closed object; by default an object cannot be closed."""


def _number(key: Any) -> int:
    if isinstance(key, str):
        number = PROPERTY_NUMBERS.get(key)
        if number is None:
            raise PropertyNotFoundError(
                lambda: f"there is no property {key!r}{nearest(key)}", Status.NXS_InvalidProperty
            )
        return number
    if isinstance(key, int):
        if not 0 <= key < 2**32:
            raise PropertyNotFoundError(
                f"there is no property number {int(key)}", Status.NXS_InvalidProperty
            )
        return key
    raise TypeError(f"expected the name, number or path of a property, got {type(key).__name__}")
