"""Reads lists of checks that a plugin is known to fail."""

from __future__ import annotations

from pathlib import Path

from nexus.conformance.harness.registry import all_checks
from nexus.conformance.runner import LOADS


class KnownFailuresError(Exception):
    """A file of known failures cannot be used."""


def read(path: str | None) -> dict[str, str]:
    """Return the reasons by the checks' ids, from lines of the form ``ID: REASON``.

    Empty lines, and lines that begin with ``#``, are left out.

    Raises
    ------
    KnownFailuresError
        If the file cannot be read, or a line has no reason, or no check has that id.
    """
    if path is None:
        return {}
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnownFailuresError(f"{path} cannot be read: {error}") from error
    ids = {LOADS.id, *(check.id for check in all_checks())}
    reasons: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        id, _, reason = map(str.strip, line.partition(":"))
        if not reason:
            raise KnownFailuresError(f"{path}:{number}: {line!r} is not of the form ID: REASON")
        # Findings of the fuzzers cannot be known beforehand.
        if id not in ids and not id.startswith("fuzz."):
            raise KnownFailuresError(f"{path}:{number}: there is no check {id!r}")
        reasons[id] = reason
    return reasons
