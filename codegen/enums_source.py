"""Emits ``nexus/_enums.py``: the names and numbers of the C ABI."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from codegen.api import Api, Enum, Enumerator
from codegen.notice import NOTICE

# Python programs write nexus.status.NXS_Success: these names keep their prefix.
KEEPS_PREFIX = {"nxs_status"}

# Classes with more than the members.
BASES = {"property": "_Property"}

# Only feeds PROPERTY_TYPES.
TYPE_MAP = "nxs_property_type_map"

ENUMS_HEADER = '''\
"""The names and numbers of the C ABI.

{notice}
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class _Enum(IntEnum):
    def __new__(cls, value: int, doc: str = "") -> _Enum:
        member = int.__new__(cls, value)
        member._value_ = value
        member.__doc__ = doc
        return member


class _Property(_Enum):
    """The lookups of ``nexus.property``."""

    @classmethod
    def get_count(cls) -> int:
        """Return how many properties there are; their numbers are 0 to that less one."""
        return len(cls)

    @classmethod
    def get_name(cls, number: int) -> str:
        """Return the name of a property; raise ValueError for a number that is none's."""
        return cls(number).name

    @classmethod
    def get_enum(cls, name: str) -> property:
        """Return the property of a name; raise KeyError for a name that is none's."""
        if name not in cls.__members__:
            raise KeyError(f"there is no property {{name!r}}; list(nexus.property) has them all")
        return property(cls[name])

    @classmethod
    def get(cls, key: str | int) -> property:
        """Return the property of a name or a number; raise as `get_enum` and `get_name` do."""
        return cls.get_enum(key) if isinstance(key, str) else property(key)

    @classmethod
    def get_type(cls, key: str | int) -> property_type:
        """Return the type of the values of a property, given as for `get`."""
        return PROPERTY_TYPES[cls.get(key)]


class _Flag(IntFlag):
    def __new__(cls, value: int, doc: str = "") -> _Flag:
        member = int.__new__(cls, value)
        member._value_ = value
        member.__doc__ = doc
        return member
'''


def _members(enum: Enum) -> Iterator[tuple[str, Enumerator]]:
    """Yield the enumerators with their Python names; skip those with another prefix."""
    first = enum.members[0].name
    prefix = first[: first.rindex("_") + 1]
    for member in enum.members:
        if member.name.startswith(prefix):
            kept = enum.name in KEEPS_PREFIX
            yield member.name if kept else member.name.removeprefix(prefix), member


def _string(text: str, indent: str) -> list[str]:
    """Return a string literal, split over several lines if it is long."""
    if not text:
        return [indent + '""']
    pieces = textwrap.wrap(text, 80, drop_whitespace=False, replace_whitespace=False)
    return [f'{indent}"{piece}"' for piece in map(_escape, pieces)]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _enum_class(enum: Enum) -> Iterator[str]:
    name = enum.name.removeprefix("nxs_")
    base = "_Flag" if name.endswith("_settings") else BASES.get(name, "_Enum")
    yield ""
    yield ""
    yield f"class {name}({base}):"
    yield textwrap.indent(textwrap.fill(f'"""{enum.doc}"""', 96), "    ")
    yield ""
    for member_name, member in _members(enum):
        lines = _string(member.doc, "        ")
        if len(lines) == 1 and len(member_name) + len(lines[0]) < 85:
            yield f"    {member_name} = {member.value}, {lines[0].strip()}"
        else:
            yield f"    {member_name} = (\n        {member.value},"
            yield from lines
            yield "    )"


def enums_source(api: Api) -> str:
    """Return the text of ``nexus/_enums.py``."""
    lines = [ENUMS_HEADER.format(notice=NOTICE).rstrip()]
    for enum in api.enums.values():
        if enum.name != TYPE_MAP:
            lines.extend(_enum_class(enum))
    names = {member.value: name for name, member in _members(api.enums["nxs_property_type"])}
    lines += ["", "", "PROPERTY_TYPES = {"]
    for name, member in _members(api.enums[TYPE_MAP]):
        lines.append(f"    property.{name}: property_type.{names[member.value]},")
    core = {member.name: member.value for member in api.enums["nxs_function"].members}
    lines += ["}", "", f"FUNCTION_CORE_COUNT = {core['NXS_FUNCTION_CORE_CNT']}"]
    lines += [f"{name} = {value}" for name, value in api.limits.items()]
    return "\n".join(lines) + "\n"
