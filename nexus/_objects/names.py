"""Names of properties: what identifies one, and suggestions for a misspelt name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from nexus._enums import property as Property

Key: TypeAlias = "str | int | Sequence[str | int]"

PROPERTY_NUMBERS: dict[str, int] = {member.name: int(member) for member in Property}


def nearest(name: str, among: Iterable[str] = PROPERTY_NUMBERS) -> str:
    """Return a suggestion to append to an error about an unknown name; empty if none is close."""
    from difflib import get_close_matches

    lower = {known.lower(): known for known in among}
    near = [lower[match] for match in get_close_matches(name.lower(), lower)]
    return f"; did you mean {' or '.join(near)}?" if near else ""
