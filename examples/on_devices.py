"""What the examples for all devices share: the option --device, sizes of grids, and a clock."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nexus
from nexus.cli import machine
from nexus.cli.failure import CommandError
from nexus.demo import takes_kernels

KERNELS = Path(__file__).with_name("kernels")


def main(run: Callable[..., str], description: str, **options: tuple[Any, str]) -> None:
    """Run an example on the devices of the command line, and print what it returns.

    Parameters
    ----------
    run : callable
        The example: takes a device, and the options by name.
    description : str
        The text of ``--help``.
    **options : tuple
        More options of the command line, each with a default and a text for ``--help``.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--device", help="such as cuda:0, cuda, or all; the first by default")
    for name, (default, meaning) in options.items():
        text = f"{meaning}; {default} by default"
        parser.add_argument(f"--{name}", type=type(default), default=default, help=text)
    values = vars(parser.parse_args())
    try:
        devices = chosen(values.pop("device"))
    except CommandError as error:
        parser.error(str(error))
    for device in devices:
        print(f"{machine.identify(device)} ({device.name}): {run(device, **values)}")


def chosen(which: str | None) -> list[nexus.Device]:
    """Return the devices with a name of the command line; those that take kernels for ``all``."""
    if which != "all":
        return [machine.select(which)]
    found = [device for device in machine.devices() if takes_kernels(device)]
    if not found:
        raise CommandError("no device of this machine takes kernels of nxs_kernel.h")
    return found


def whole_groups(count: int, group: int) -> int:
    """Return the items of the groups that `count` items need; kernels leave out the others."""
    return -(-count // group) * group


def milliseconds(launch: Callable[[], object], times: int = 5) -> float:
    """Return the duration of the fastest of several launches, measured by the host."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        launch()
        seconds.append(time.perf_counter() - begin)
    return min(seconds) * 1e3
