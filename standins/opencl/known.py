"""Finds the file that lists what a driver is known to do wrong."""

from __future__ import annotations

from pathlib import Path

from .platforms import Driver

FOLDER = Path(__file__).parent / "known_failures"


def known_failures(driver: Driver, of: str) -> Path | None:
    """Return the file with the known failures of a driver, if it has any.

    Parameters
    ----------
    driver : Driver
        The driver. A file is named after it and the beginning of its version.
    of : str
        ``conformance`` or ``gpu``, what fails: checks of the kit or tests in tests/gpu.
    """
    for path in FOLDER.glob(f"{driver.name}-*-{of}.txt"):
        version = path.name.removeprefix(f"{driver.name}-").removesuffix(f"-{of}.txt")
        if driver.version.startswith(version):
            return path
    return None
