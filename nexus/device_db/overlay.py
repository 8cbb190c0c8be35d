"""Lays what a device tells about itself over its record."""

from __future__ import annotations

from typing import Any, TypeGuard

Tree = dict[str, Any]

# What the types of main memories begin with. "Main" is one of an unknown kind.
_MAIN_MEMORIES = ("Main", "DDR", "GDDR", "HBM", "LPDDR")
_UNKNOWN = "Main"


def lay_over(record: Tree, told: Tree) -> None:
    """Change a record to what a device tells, where that is more.

    Objects are merged. Lists of parts, which have a ``Type``, are merged by type: first the parts
    that the device tells, in its order, then the others of the record. All other values of the
    device replace those of the record.

    Parameters
    ----------
    record : dict
        The record, which is changed.
    told : dict
        The device's own facts, in the same structure.

    Examples
    --------
    >>> from nexus.device_db.overlay import lay_over
    >>> memories = [{"Type": "HBM3", "BusWidth": 5120}, {"Type": "L2", "Size": 50, "LineSize": 128}]
    >>> record = {"MemorySubsystem": {"MemoryTypes": memories}}
    >>> told = [{"Type": "Main", "Size": 900}, {"Type": "L2", "Size": 40}]
    >>> lay_over(record, {"MemorySubsystem": {"MemoryTypes": told}})
    >>> for memory in record["MemorySubsystem"]["MemoryTypes"]:
    ...     print(memory)
    {'Type': 'HBM3', 'BusWidth': 5120, 'Size': 900}
    {'Type': 'L2', 'Size': 40, 'LineSize': 128}
    """
    for name, value in told.items():
        known = record.get(name)
        if isinstance(value, dict) and isinstance(known, dict):
            lay_over(known, value)
        elif _are_parts(known) and _are_parts(value):
            record[name] = _merged(known, value)
        elif not (value == [_UNKNOWN] and known):
            record[name] = value
        # The property that would replace the value has been asked by the device itself.
        record.pop(name + "Property", None)
    if "TotalSize" not in told and not told.keys().isdisjoint(("Size", "Count")):
        retotal(record)


def retotal(memory: Tree) -> None:
    """Recompute TotalSize, if there is one, after Size or Count changed; remove it if unknown."""
    if "TotalSize" in memory:
        if "Size" in memory and "Count" in memory:
            memory["TotalSize"] = memory["Size"] * memory["Count"]
        else:
            del memory["TotalSize"]


def _are_parts(value: Any) -> TypeGuard[list[Tree]]:
    return isinstance(value, list) and all(
        isinstance(part, dict) and isinstance(part.get("Type"), str) for part in value
    )


def _merged(known: list[Tree], told: list[Tree]) -> list[Tree]:
    rest = list(known)
    found = []
    for part in told:
        place = next((i for i, other in enumerate(rest) if _same(part, other)), None)
        if place is None:
            found.append(part)
            continue
        own = rest.pop(place)
        kind = own["Type"] if part["Type"] == _UNKNOWN else part["Type"]
        lay_over(own, {**part, "Type": kind})
        found.append(own)
    return found + rest


def _same(one: Tree, other: Tree) -> bool:
    kinds: list[str] = [one["Type"], other["Type"]]
    if _UNKNOWN in kinds:
        return all(kind.startswith(_MAIN_MEMORIES) for kind in kinds)
    return kinds[0] == kinds[1]
