"""``nexus top``: shows periodically how busy the devices are."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import nexus
from nexus.cli import keyboard, machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import Status
from nexus.cli.tables import Share, Table
from nexus.cli.terminal import is_live, say, screen, show_table
from nexus.device_db.units import size

# Plugins report the load since the previous query; this interval gives a useful first figure.
_FIRST_SECONDS = 0.25
_LEAST_SECONDS, _MOST_SECONDS = 0.1, 86_400
_HEADS = ("id", "device", "cores busy", "memory in use", "of")


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("top", help="show how busy the devices are, until q or Ctrl-C")
    parser.add_argument(
        "--interval",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help=f"between two updates, from {_LEAST_SECONDS} to {_MOST_SECONDS}; by default 1",
    )
    parser.add_argument("--once", action="store_true", help="print one table and exit")
    parser.set_defaults(command=_run)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds from {_LEAST_SECONDS} to {_MOST_SECONDS}"
        )
    return seconds


def _run(options: argparse.Namespace) -> Status:
    devices = machine.devices()
    if not devices:
        raise machine.no_device()
    if options.once:
        _begin(devices)
        show_table(_table(devices))
        return Status.OK
    with _terminated_in_order():
        try:
            _begin(devices)
            if is_live():
                _watch(devices, options.interval)
            else:
                _report(devices, options.interval)
        except KeyboardInterrupt:
            pass
    return Status.OK


def _begin(devices: list[nexus.Device]) -> None:
    """Wait for the interval that the first figures describe."""
    _table(devices)
    time.sleep(_FIRST_SECONDS)


def _watch(devices: list[nexus.Device], interval: float) -> None:
    with keyboard.keys() as pressed, screen() as draw:
        while True:
            title = f"nexus top   {time.strftime('%H:%M:%S')}   every {interval:g} s   q quits"
            draw(title, _table(devices))
            if pressed(interval) in ("q", "Q"):
                return


def _report(devices: list[nexus.Device], interval: float) -> None:
    while True:
        say(time.strftime("%Y-%m-%d %H:%M:%S"))
        show_table(_table(devices))
        say("")
        sys.stdout.flush()
        time.sleep(interval)


def _table(devices: list[nexus.Device]) -> Table:
    rows = [_row(device) for device in devices]
    return Table(_HEADS, rows)


def _row(device: nexus.Device) -> tuple[str | Share, ...]:
    name = ""
    try:
        name = machine.ask_str(device, "Name")
        cores = machine.ask_int(device, "CoreUtilization")
        used = machine.ask_int(device, "MemoryUtilization")
        memory = machine.ask_int(device, "GlobalMemorySize")
    except nexus.NexusError as error:
        # A lost device, for which ``nexus devices`` shows more; the others are still shown.
        return machine.identify(device), name, type(error).__name__, "", ""
    return (
        machine.identify(device),
        name,
        "unknown" if cores is None else Share(cores),
        "unknown" if used is None else Share(used),
        "unknown" if memory is None else size(memory),
    )


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    """End the view at SIGTERM as at Ctrl-C, so that the terminal is restored."""

    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
