"""``nexus devices``: a line for each device."""

from __future__ import annotations

import argparse
import os
from typing import Any

import nexus
from nexus._objects.same_device import same_devices
from nexus.cli import machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import Status
from nexus.cli.tables import Table
from nexus.cli.terminal import say, show_json, show_table
from nexus.device_db.units import size

_HEADS = (
    *("id", "runtime", "device", "architecture", "memory", "cores", "plugin"),
    "same device as",
)


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "devices", help="list the devices, and the plugins that did not load"
    )
    parser.add_argument(
        "--json", action="store_true", help="machine-readable output with exact values"
    )
    parser.set_defaults(command=_run)


def show(runtimes: nexus.Runtimes) -> Status:
    """Print the table of the devices, and return whether one of them failed."""
    found = _objects(runtimes)
    heads: tuple[str, ...] = _HEADS
    rows = [_row(about) for about in found]
    # Shows users who miss a device that its runtime has loaded.
    rows += [
        ("none", runtime.name, "", "", "", "", os.path.basename(runtime.path), "")
        for runtime in machine.without_devices(runtimes)
    ]
    if not any(row[-1] for row in rows):
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    if rows:
        show_table(Table(heads, rows, right=("memory", "cores")))
    if not found:
        say("There is no device on this machine.")
    failed = [(about["id"], about["error"]) for about in found if "error" in about]
    if failed:
        show_table(Table(("id", "error"), failed), "Devices that failed")
    return _status(found)


def _run(options: argparse.Namespace) -> Status:
    runtimes = machine.runtimes()
    refused = runtimes.refused
    told = [(runtime.name, runtime.message) for runtime in machine.without_devices(runtimes)]
    if options.json:
        devices = _objects(runtimes)
        without = [{"runtime": name, "message": message} for name, message in told]
        show_json(
            {
                "devices": devices,
                "without_devices": without,
                "refused": machine.refused_as_json(refused),
            }
        )
        return max(_status(devices), machine.status(refused))
    shown = show(runtimes)
    if any(message for _, message in told):
        show_table(Table(("runtime", "reason"), told), "Runtimes without devices")
    unused = tuple(plugin for plugin in refused if not plugin.shadowed)
    return max(shown, machine.show_refused(unused))


def _status(devices: list[dict[str, Any]]) -> Status:
    return Status.WRONG if any("error" in about for about in devices) else Status.OK


def _objects(runtimes: nexus.Runtimes) -> list[dict[str, Any]]:
    devices = [device for runtime in runtimes for device in runtime.get_devices()]
    same = same_devices(devices)
    return [
        _object(device, [machine.identify(other) for other in same[device]]) for device in devices
    ]


def _object(device: nexus.Device, same_as: list[str]) -> dict[str, Any]:
    about = {
        "id": machine.identify(device),
        "runtime": device.runtime.name,
        "plugin": device.runtime.path,
    }
    try:
        return about | {
            "device": machine.ask_str(device, "Name"),
            "type": device.type,
            "architecture": machine.ask_str(device, "Architecture"),
            "memory": machine.ask_int(device, "GlobalMemorySize"),
            "cores": machine.ask_int(device, "Count"),
            "same_as": same_as,
        }
    except nexus.NexusError as error:
        # The other devices are still listed.
        return about | {"error": f"{type(error).__name__}: {error}"}


def _row(about: dict[str, Any]) -> tuple[str, ...]:
    memory, cores = about.get("memory"), about.get("cores")
    return (
        about["id"],
        about["runtime"],
        about.get("device", "failed"),
        about.get("architecture", ""),
        "" if memory is None else size(memory),
        "" if cores is None else str(cores),
        os.path.basename(about["plugin"]),
        ", ".join(about.get("same_as", ())),
    )
