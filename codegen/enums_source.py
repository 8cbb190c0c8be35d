"""Emits ``nexus/_enums.py``: the names and numbers of the C ABI."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from codegen.api import Api, Enum, Enumerator
from codegen.notice import NOTICE
from codegen.python_names import python_name

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


def _prefix(enum: Enum) -> str:
    """Return what the names of the enumerators begin with: that of the first, or of all."""
    names = [member.name for member in enum.members]
    first = names[0][: names[0].rfind("_") + 1]
    if 2 * sum(name.startswith(first) for name in names) >= len(names):
        return first
    least, most = min(names), max(names)
    end = next((i for i, letter in enumerate(least) if not most.startswith(letter, i)), len(least))
    return least[: least.rfind("_", 0, end) + 1]


def _members(enum: Enum) -> Iterator[tuple[str, Enumerator]]:
    """Yield the enumerators with their Python names; skip those with another prefix."""
    prefix = _prefix(enum)
    for member in enum.members:
        if member.name.startswith(prefix):
            kept = enum.name in KEEPS_PREFIX
            yield python_name(member.name if kept else member.name.removeprefix(prefix)), member


def _string(text: str, indent: str) -> list[str]:
    """Return a string literal, split over several lines if it is long."""
    if not text:
        return [indent + '""']
    pieces = textwrap.wrap(text, 80, drop_whitespace=False, replace_whitespace=False)
    return [f'{indent}"{piece}"' for piece in map(_escape, pieces)]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _enum_class(enum: Enum) -> Iterator[str]:
    name = python_name(enum.name.removeprefix("nxs_"))
    is_flag = name.endswith("_settings") and all(member.value >= 0 for member in enum.members)
    base = "_Flag" if is_flag else BASES.get(name, "_Enum")
    yield ""
    yield ""
    yield f"class {name}({base}):"
    doc = enum.doc.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    # A quotation mark at the end would be part of the closing ones.
    doc = f"{doc} " if doc.endswith('"') else doc
    yield textwrap.indent(textwrap.fill(f'"""{doc}"""', 96), "    ")
    yield ""
    for member_name, member in _members(enum):
        lines = _string(member.doc, "        ")
        if len(lines) == 1 and len(member_name) + len(lines[0]) < 85:
            yield f"    {member_name} = {member.value}, {lines[0].strip()}"
        else:
            yield f"    {member_name} = (\n        {member.value},"
            yield from lines
            yield "    )"


def _functions(api: Api) -> Enum:
    """Return the numbers of the functions of headers that have no enum of them."""
    members = [Enumerator(f"NF_{name}", value, "") for name, value in api.numbers.items()]
    return Enum("nxs_function", "The function numbers.", tuple(members))


def _property_types(api: Api) -> Iterator[str]:
    """Yield the lines of the dict of the properties' types; empty where no enum tells them."""
    type_map, types = api.enums.get(TYPE_MAP), api.enums.get("nxs_property_type")
    yield "PROPERTY_TYPES = {"
    if type_map is not None and types is not None:
        names = {member.value: name for name, member in _members(types)}
        for name, member in _members(type_map):
            yield f"    property.{name}: property_type.{names[member.value]},"
    yield "}"


def enums_source(api: Api) -> str:
    """Return the text of ``nexus/_enums.py``."""
    enums = [enum for enum in api.enums.values() if enum.name != TYPE_MAP]
    if not api.numbers_declared and api.numbers:
        enums.append(_functions(api))
    lines = [ENUMS_HEADER.format(notice=NOTICE).rstrip()]
    for enum in enums:
        lines.extend(_enum_class(enum))
    lines += ["", "", *_property_types(api)]
    values = {member.name: member.value for enum in enums for member in enum.members}
    core = values.get("NXS_FUNCTION_CORE_CNT", len(api.numbers))
    lines += ["", f"FUNCTION_CORE_COUNT = {core}"]
    lines += [f"{name} = {value}" for name, value in api.limits.items()]
    lines += [f"{python_name(item.name)} = {item.value}" for item in api.constants]
    return "\n".join(lines) + "\n"
