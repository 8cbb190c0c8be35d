"""Properties of exceptions."""

from __future__ import annotations

import pytest

import nexus


def status_of(caught: pytest.ExceptionInfo[nexus.NexusError]) -> str:
    """Return the name of a plugin's status, without its prefix."""
    return caught.value.status.name.removeprefix("NXS_")
