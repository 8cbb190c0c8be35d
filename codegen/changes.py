"""Compares two revisions of headers: what has changed, and what of it breaks plugins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codegen.api import Api, Enum, Function, Struct

# Counts and bounds follow what they count, so a new value of them breaks nothing by itself.
COUNTS = ("_CNT", "_COUNT", "_MIN", "_MAX", "_LAST")

# A smaller one leaves no room for what plugins were written for.
ROOM = ("MAX_DIMS", "KERNEL_MAX_ARGS", "KERNEL_MAX_CONSTS")


@dataclass(frozen=True)
class Change:
    """A difference between two revisions.

    Attributes
    ----------
    text : str
        What has changed.
    breaks : bool
        Whether a plugin or program that was compiled against the old headers fails with the new.
    """

    text: str
    breaks: bool

    def __str__(self) -> str:
        return f"{'breaks' if self.breaks else 'keeps '}  {self.text}"


def compare(old: Api, new: Api) -> list[Change]:
    """Return what has changed from one revision to another."""
    return [
        *_functions(old, new),
        *_enums(old, new),
        *_structs(old, new),
        *_limits(old, new),
    ]


def _described(function: Function) -> str:
    """Return a signature in the types that calls use, so that other names of them do not count."""
    types = ", ".join(item.c_type.cname for item in function.parameters)
    return f"{function.result_type.cname}({types or 'void'})"


def _functions(old: Api, new: Api) -> Iterator[Change]:
    before = {f"nxs{item.name}": item for item in old.functions}
    after = {f"nxs{item.name}": item for item in new.functions}
    for name in before:
        if name not in after:
            yield Change(f"function {name} removed", True)
            continue
        signatures = _described(before[name]), _described(after[name])
        if signatures[0] != signatures[1]:
            yield Change(f"function {name}: {signatures[0]} is now {signatures[1]}", True)
        numbers = old.numbers[name], new.numbers[name]
        if numbers[0] != numbers[1]:
            yield Change(f"function {name}: number {numbers[0]} is now {numbers[1]}", True)
    for name in after:
        if name not in before:
            yield Change(f"function {name} added: {_described(after[name])}", False)


def _kind(enum: Enum) -> str:
    return "property" if enum.name == "nxs_property" else "value"


def _enums(old: Api, new: Api) -> Iterator[Change]:
    after_values = {
        member.name: member.value
        for members in (*(enum.members for enum in new.enums.values()), new.constants)
        for member in members
    }
    before_names = {member.name for enum in old.enums.values() for member in enum.members}
    before_names |= {member.name for member in old.constants}
    olds = [*old.enums.values(), Enum("", "", old.constants)]
    for enum in olds:
        for member in enum.members:
            # The functions have been compared by their names.
            if member.name.startswith("NF_nxs"):
                continue
            value = after_values.get(member.name)
            what = f"{_kind(enum)} {member.name}"
            if value is None:
                yield Change(f"{what} removed", True)
            elif value != member.value:
                breaks = not member.name.endswith(COUNTS)
                yield Change(f"{what}: {member.value} is now {value}", breaks)
    for enum in [*new.enums.values(), Enum("", "", new.constants)]:
        for member in enum.members:
            if member.name not in before_names and not member.name.startswith("NF_nxs"):
                yield Change(f"{_kind(enum)} {member.name} added: {member.value}", False)


def _structs(old: Api, new: Api) -> Iterator[Change]:
    for name, before in old.structs.items():
        after = new.structs.get(name)
        if after is None:
            yield Change(f"struct {name} removed", True)
            continue
        yield from _fields(name, before, after)
        for what in ("size", "alignment"):
            numbers = getattr(before, what), getattr(after, what)
            if numbers[0] != numbers[1]:
                yield Change(f"struct {name}: {what} {numbers[0]} is now {numbers[1]}", True)
    for name in new.structs:
        if name not in old.structs:
            yield Change(f"struct {name} added", False)


def _fields(name: str, before: Struct, after: Struct) -> Iterator[Change]:
    olds = {item.name: item for item in before.fields}
    news = {item.name: item for item in after.fields}
    for field, item in olds.items():
        what = f"struct {name}, field {field}"
        if field not in news:
            yield Change(f"{what} removed", True)
            continue
        if item.c_type != news[field].c_type:
            yield Change(f"{what}: {item.c_type} is now {news[field].c_type}", True)
        if item.offset != news[field].offset:
            yield Change(f"{what}: offset {item.offset} is now {news[field].offset}", True)
    for field in news:
        if field not in olds:
            yield Change(f"struct {name}, field {field} added", True)


def _limits(old: Api, new: Api) -> Iterator[Change]:
    for name in {**old.limits, **new.limits}:
        before, after = old.limits.get(name), new.limits.get(name)
        if before == after:
            continue
        if before is None or after is None:
            word = "added" if before is None else "removed"
            yield Change(f"limit {name} {word}", False)
        elif name in ROOM:
            yield Change(f"limit {name}: {before} is now {after}", after < before)
        else:
            major = before >> 16 != after >> 16
            yield Change(f"version {_version(before)} is now {_version(after)}", major)


def _version(packed: int) -> str:
    return f"{packed >> 16}.{packed >> 8 & 255}.{packed & 255}"
