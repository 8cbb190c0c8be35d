"""Property queries: what such a plugin wrote, told apart from what it left as it was."""

from __future__ import annotations

import struct
from typing import Any

from nexus._enums import PROPERTY_TYPES, property_type
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi
from nexus.field_plugins.refusal import Original, RefusedError

_NULL = ffi.NULL
_SHORT = (Status.NXS_InvalidArgSize, Status.NXS_InvalidArgValue)
_FIRST_CAPACITY, _LAST_CAPACITY = 256, 1 << 20
# Such plugins write a byte or two beyond the end.
_MARGIN = 64
# Two values for bytes that the plugin does not write.
_PATTERNS = (b"\xa5", b"\x5a")
_KINDS = {int(member): kind for member, kind in PROPERTY_TYPES.items()}


def answer(raw: bytes, value: Any, size: Any) -> None:
    """Answer a query as the contract says: the value, or its size.

    Raises
    ------
    RefusedError
        If the caller's memory is too small.
    """
    if value == _NULL and size == _NULL:
        raise RefusedError(Status.NXS_InvalidArgValue, "neither a value nor a size is asked for")
    if size == _NULL:
        raise RefusedError(Status.NXS_InvalidArgSize, "the size is NULL")
    capacity, size[0] = size[0], len(raw)
    if value == _NULL:
        return
    if capacity < len(raw):
        raise RefusedError(Status.NXS_InvalidArgSize, f"the value takes {len(raw)} bytes")
    ffi.memmove(value, raw, len(raw))


def value_of(original: Original, function: str, handle: tuple[int, ...], number: int) -> bytes:
    """Return a property's value.

    Parameters
    ----------
    original : Original
        The plugin's functions.
    function : str
        The query, such as ``"GetDeviceProperty"``.
    handle : tuple of int
        The object's handle; empty for the runtime.
    number : int
        The property.

    Raises
    ------
    RefusedError
        If the plugin does not know it. Some answer Success to everything, and write nothing.
    """
    first = _written(original, function, handle, number, _PATTERNS[0])
    kind = _KINDS.get(number)
    if kind in (property_type.int, property_type.flt):
        if first[:8] == _PATTERNS[0] * 8:
            first = _written(original, function, handle, number, _PATTERNS[1])
        length = 0 if first[:8] == _PATTERNS[1] * 8 else 8
    else:
        second = _written(original, function, handle, number, _PATTERNS[1])
        length = _common(first, second)
    if length == 0:
        raise RefusedError(Status.NXS_InvalidProperty, "the plugin answers with nothing")
    raw = first[:length]
    if kind is property_type.str:
        return raw.partition(b"\0")[0] + b"\0"
    return raw


def _written(
    original: Original, function: str, handle: tuple[int, ...], number: int, pattern: bytes
) -> bytes:
    """Return memory that was filled with a pattern, after the plugin has written to it."""
    capacity = _FIRST_CAPACITY
    while True:
        memory = ffi.new("char[]", pattern * (capacity + _MARGIN))
        result = original.call(function, *handle, number, memory, ffi.new("size_t *", capacity))
        if result >= 0:
            return bytes(ffi.buffer(memory, capacity))
        if result not in _SHORT or capacity >= _LAST_CAPACITY:
            raise RefusedError(result)
        capacity *= 4


def _common(first: bytes, second: bytes) -> int:
    """Return how many bytes are alike at the start: those that were written."""
    for length, (one, other) in enumerate(zip(first, second, strict=True)):
        if one != other:
            return length
    return len(first)


class Queries:
    """The property functions."""

    original: Original

    def GetRuntimeProperty(self, number: int, value: Any, size: Any) -> None:  # noqa: N802
        answer(value_of(self.original, "GetRuntimeProperty", (), number), value, size)

    def GetDeviceProperty(self, device: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        answer(value_of(self.original, "GetDeviceProperty", (device,), number), value, size)

    def _answer(
        self, function: str, handle: int, number: int, known: dict[Property, int], memory: Any
    ) -> None:
        """Answer from the plugin, or from what is known where it lacks the function."""
        if self.original.has(function):
            raw = value_of(self.original, function, (handle,), number)
        else:
            raw = _packed(number, known)
        answer(raw, *memory)


def _packed(number: int, known: dict[Property, int]) -> bytes:
    if number == Property.Keys and known:
        numbers = [*map(int, sorted(known)), int(Property.Keys)]
        return struct.pack(f"{len(numbers)}q", *numbers)
    for key, value in known.items():
        if key == number:
            return struct.pack("q", value)
    raise RefusedError(Status.NXS_InvalidProperty, "the plugin has no properties of such objects")
