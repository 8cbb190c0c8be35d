"""Reads and validates records of the device database."""

from __future__ import annotations

import os
from typing import Any

from nexus.device_db import documents
from nexus.errors import RecordError

MAX_SIZE = 1 << 20
_SCHEMA = "gpu_architecture_schema"
_NAMED_BY = ("Vendor", "Type", "Architecture")


def read(path: str, folder: str | None = None) -> dict[str, Any]:
    """Return a record.

    Parameters
    ----------
    path : str
        Path of the file, at most 1 MiB.
    folder : str, optional
        Folder that has to contain the file after all symbolic links are resolved. If given, the
        record is also validated against the schema.

    Raises
    ------
    RecordError
        If it cannot be read, is not a JSON object, its file name does not match its contents, or
        it violates the schema.
    ImportError
        If it has to be validated, and ``jsonschema`` is not installed.
    """
    record = documents.read(path, MAX_SIZE, RecordError, folder)
    for place, reason in _named_wrongly(path, record) if folder is None else problems(path, record):
        raise RecordError(path, place, reason)
    return record


def check(path: str) -> list[tuple[str, str]]:
    """Return the errors of a record.

    Parameters
    ----------
    path : str
        Path of the file.

    Returns
    -------
    list of tuple
        Place (line and column, a JSON path, or empty for the whole file) and reason of each error;
        empty for a valid record.

    Raises
    ------
    ImportError
        If ``jsonschema`` is not installed.

    Examples
    --------
    >>> from nexus.device_db import records
    >>> records.check("acme-gpu-anvil9.json")
    [('', 'it cannot be read: No such file or directory')]
    """
    try:
        record = documents.read(path, MAX_SIZE, RecordError)
    except RecordError as error:
        return [(error.place, error.reason)]
    return problems(path, record)


def problems(path: str, record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return place and reason of each error in a record that was read from a file."""
    from nexus.device_db.validation import validate

    return validate(record, _SCHEMA) or _named_wrongly(path, record)


def _named_wrongly(path: str, record: dict[str, Any]) -> list[tuple[str, str]]:
    for key in ("Name", *_NAMED_BY):
        if not isinstance(record.get(key), str):
            return [("$", f"{key!r} is a required property, and a string")]
    name = "-".join(record[key] for key in _NAMED_BY) + ".json"
    if os.path.basename(path) != name:
        return [("$", f"its contents belong in a file named {name}")]
    return []
