"""What is known about a device: its record, completed and corrected by the device itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nexus.device_db import database, documents
from nexus.device_db.overlay import lay_over, retotal
from nexus.errors import PropertyNotFoundError, RecordError
from nexus.properties import Properties

Ask = Callable[[str], Any]


def record_of(ask: Ask, device: str) -> Properties | None:
    """Return the completed record of a device; None if nothing is known about it.

    Parameters
    ----------
    ask : callable
        Returns a property of the device's plugin by name, or raises PropertyNotFoundError.
    device : str
        The device, for messages.

    Raises
    ------
    RecordError
        If there is a record that cannot be used, or the device's own cannot.
    """
    record, told = in_database(ask), told_by(ask, device)
    if record is None and not told:
        return None
    tree = {} if record is None else record.to_dict()
    _fill(tree, ask)
    lay_over(tree, told)
    if isinstance(tree.get("CoreSubsystem"), dict):
        _recount(tree["CoreSubsystem"], 1)
    return Properties(tree, device if record is None else record.origin)


def in_database(ask: Ask) -> Properties | None:
    """Return the device's record in the database, None if it has none; see `record_of`."""
    answers = {key: _asked(key, ask) for key in ("Vendor", "Type", "Architecture", "Name")}
    if not answers["Vendor"] or not answers["Type"]:
        return None
    return database.database().find(*answers.values())


def _asked(key: str, ask: Ask) -> str:
    try:
        return str(ask(key))
    except PropertyNotFoundError:
        return ""


def told_by(ask: Ask, device: str) -> dict[str, Any]:
    """Return what the device tells with its property Record; see `record_of`."""
    try:
        text = ask("Record")
    except PropertyNotFoundError:
        return {}
    return documents.parse(f"property Record of {device}", text, RecordError)


def _fill(value: Any, ask: Ask) -> None:
    """Insert sizes and counts of this device where the record names a property for them."""
    if isinstance(value, list):
        for item in value:
            _fill(item, ask)
    elif isinstance(value, dict):
        for item in value.values():
            _fill(item, ask)
        answered = [_answer(value, key, ask) for key in ("Size", "Count")]
        if any(answered):
            retotal(value)


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
