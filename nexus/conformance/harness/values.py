"""Values from a plugin: statuses by name, and properties as Python values."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from nexus._enums import PROPERTY_TYPES, property_type, status
from nexus._enums import property as Property
from nexus.conformance.harness.call_arguments import Out, SizeT
from nexus.conformance.harness.worker import Worker

STATUSES = frozenset(member.name.removeprefix("NXS_") for member in status if member < 0)

# Bits of an element of each data type.
BITS = {
    **dict.fromkeys(("Undefined", "F8", "BF8", "I8", "U8", "Bool"), 8),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F4", "BF4", "I4", "U4"), 4),
}

# Bytes for a value whose size the plugin does not return.
_BLIND = 4096


class WrongStatus(AssertionError):  # noqa: N818  (a plugin's failure, not an error of the kit)
    """A call returned a wrong status.

    Attributes
    ----------
    wanted : frozenset of str
        The right statuses; empty for success.
    """

    def __init__(self, message: str, wanted: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.wanted = frozenset(wanted)


def status_name(value: int) -> str:
    """Return the name of a status without its prefix, or its number if it has none."""
    try:
        return status(value).name.removeprefix("NXS_")
    except ValueError:
        return str(value)


def decoded(data: bytes, kind: property_type) -> Any:
    """Return the value of a property.

    Raises
    ------
    AssertionError
        If the bytes are not a value of the type.
    """
    if kind == property_type.str:
        assert data.endswith(b"\0"), f"the text {data!r} does not end in a NUL"
        return data[:-1].decode()
    if kind == property_type.str_vec:
        assert data.endswith(b"\0"), f"the texts {data!r} do not end in a NUL"
        return [part.decode() for part in data.split(b"\0") if part]
    letter = "d" if kind in (property_type.flt, property_type.flt_vec) else "q"
    assert len(data) % 8 == 0, f"{len(data)} bytes are not whole numbers"
    values = list(struct.unpack(f"={len(data) // 8}{letter}", data))
    if kind in (property_type.int, property_type.flt):
        assert len(values) == 1, f"a number was asked for and {len(values)} came"
        return values[0]
    return values


def queried_blindly(worker: Worker, get: str, place: Sequence[Any], key: int) -> bytes | int:
    """Return the bytes of a property, or a status, of a plugin that does not return sizes.

    Such plugins do not change the size. A text ends at its NUL; for other types, the bytes in which
    two queries into differently filled memory agree were written.
    """
    first, second = (
        worker.call(get, *place, key, Out(_BLIND, fill=fill), SizeT(_BLIND)) for fill in (0, 0xFF)
    )
    if first.value != 0:
        return int(first.value)
    data = first.outs[0]
    kind = PROPERTY_TYPES.get(Property(key))
    if kind == property_type.str:
        return data[: data.find(b"\0") + 1]
    if first.sizes[0] != _BLIND:
        return data[: first.sizes[0]]
    if kind in (property_type.int, property_type.flt):
        return data[:8]
    written = (a == b for a, b in zip(reversed(data), reversed(second.outs[0]), strict=True))
    return data[: _BLIND - next((place for place, same in enumerate(written) if same), _BLIND)]
