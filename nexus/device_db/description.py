"""The record of a device, completed with properties of its plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nexus.device_db import database
from nexus.errors import PropertyNotFoundError
from nexus.properties import Properties

Ask = Callable[[str], Any]


def record_of(ask: Ask) -> Properties | None:
    """Return the completed record of a device; None if it has no record.

    Parameters
    ----------
    ask : callable
        Returns a property of the device's plugin by name, or raises PropertyNotFoundError.

    Raises
    ------
    RecordError
        If there is a record that cannot be used.
    """
    try:
        vendor, kind, architecture = (ask(key) for key in ("Vendor", "Type", "Architecture"))
    except PropertyNotFoundError:
        return None
    try:
        product = ask("Name")
    except PropertyNotFoundError:
        product = ""
    record = database.database().find(vendor, kind, architecture, product)
    if record is None:
        return None
    tree = record.to_dict()
    _fill(tree, ask)
    _recount(tree.get("CoreSubsystem", {}), 1)
    return Properties(tree, record.origin)


def _fill(value: Any, ask: Ask) -> None:
    """Insert sizes and counts of this device where the record names a property for them."""
    if isinstance(value, list):
        for item in value:
            _fill(item, ask)
    elif isinstance(value, dict):
        for item in value.values():
            _fill(item, ask)
        answered = [_answer(value, key, ask) for key in ("Size", "Count")]
        if any(answered) and "TotalSize" in value:
            if "Size" in value and "Count" in value:
                value["TotalSize"] = value["Size"] * value["Count"]
            else:
                del value["TotalSize"]


def _answer(value: dict[str, Any], key: str, ask: Ask) -> bool:
    if key + "Property" not in value:
        return False
    try:
        value[key] = ask(value[key + "Property"])
    except PropertyNotFoundError:
        return False
    return True


def _recount(parent: dict[str, Any], total: int | None) -> None:
    """Recompute TotalCount from the counts."""
    for unit in parent.get("SubUnits", []):
        count = unit.get("Count")
        of_all = None if total is None or count is None else total * count
        if of_all is not None and "TotalCount" in unit:
            unit["TotalCount"] = of_all
        _recount(unit, of_all)
