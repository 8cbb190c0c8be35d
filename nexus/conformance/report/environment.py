"""When and where a run was made."""

from __future__ import annotations

import platform
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import nexus


def environment() -> dict[str, str]:
    """Return date, versions, system and processor, by name.

    Examples
    --------
    >>> from nexus.conformance.report.environment import environment
    >>> list(environment())
    ['Date', 'Nexus', 'Python', 'System', 'Processor']
    """
    return {
        "Date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "Nexus": _version(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "System": platform.platform(),
        "Processor": _processor(),
    }


def _version() -> str:
    try:
        return str(nexus.__version__)
    except PackageNotFoundError:
        # The package is imported from a folder that it was not installed to.
        return "not installed"


def _processor() -> str:
    """Return the processor's name and machine; Python has only the latter on Linux."""
    name, info = platform.processor(), Path("/proc/cpuinfo")
    if info.exists():
        facts = (line.partition(":") for line in info.read_text().splitlines())
        name = next((value for key, _, value in facts if key.strip() == "model name"), name)
    return f"{name.strip()} ({platform.machine()})".strip()
