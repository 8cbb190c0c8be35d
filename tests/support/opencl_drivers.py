"""Real OpenCL drivers for tests, and what those are known to do wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping

import pytest

from standins.opencl import Driver, NoDriverError, environment, known_failures
from support.paths import ROOT


def on(*names: str) -> dict[str, str]:
    """Return the environment of processes on these drivers and no others; skip without one."""
    try:
        return environment(*names)
    except NoDriverError as error:
        pytest.skip(str(error))


def drivers_of(settings: Mapping[str, str] | None = None) -> list[Driver]:
    """Return the drivers that a process with these variables finds; by default, of this process.

    Asks in a process of its own, since drivers replace the handlers of signals.
    """
    command = [sys.executable, "-m", "standins.opencl"]
    said = subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, check=True
    )
    return [Driver(*line.rsplit(maxsplit=1)) for line in said.stdout.splitlines()]


def driver_of_opencl(name: str) -> Driver:
    """Return the driver of this process, which has to have that name."""
    found = drivers_of()
    if [driver.name for driver in found] != [name]:
        names = ", ".join(driver.name for driver in found) or "none"
        raise pytest.UsageError(
            f"the tests are to run on {name}, and the OpenCL loader finds {names}: "
            f'eval "$(python -m standins.opencl {name})" first'
        )
    return found[0]


def reasons(driver: Driver) -> dict[str, str]:
    """Return the reasons of the tests in tests/gpu that a driver is known to fail, by their ids."""
    path = known_failures(driver, "gpu")
    lines = path.read_text().splitlines() if path else []
    each = [line.partition(": ") for line in lines if line and not line.startswith("#")]
    return {id: reason for id, _, reason in each}


def mark(items: Iterable[pytest.Item], known: Mapping[str, str]) -> None:
    """Mark the known failures, each of which must fail."""
    left = dict.fromkeys(known)
    for item in items:
        whole = f"{item.path.stem}/{item.name}"
        for id in (whole, whole.partition("[")[0]):
            if id in known:
                left.pop(id, None)
                runs = not known[id].startswith("ends the process")
                item.add_marker(pytest.mark.xfail(reason=known[id], strict=True, run=runs))
    # Where the whole suite runs, each line must name a test of it.
    if left and len({item.path for item in items}) > 5:
        raise pytest.UsageError(f"known failures that name no test: {', '.join(left)}")
