"""``nexus devices``: a line for each device."""

from __future__ import annotations

import argparse
import os
from typing import Any

import nexus
from nexus.cli import machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import Status
from nexus.cli.layout import Table
from nexus.cli.terminal import say, show_json, show_table
from nexus.cli.units import size


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("devices", help="list the devices, and plugins that did not load")
    parser.add_argument("--json", action="store_true", help="for programs: exact values")
    parser.set_defaults(command=_run)


def show(runtimes: nexus.Runtimes) -> None:
    """Print the table of the devices."""
    found = [device for runtime in runtimes for device in runtime.get_devices()]
    heads = ("id", "runtime", "device", "architecture", "memory", "cores", "plugin")
    rows = [_row(device) for device in found]
    # A runtime without devices has loaded, which is worth to know where one looks for its devices.
    rows += [
        ("none", runtime.name, "", "", "", "", os.path.basename(runtime.path))
        for runtime in runtimes
        if not runtime.get_devices()
    ]
    if rows:
        show_table(Table(heads, rows, right=("memory", "cores")))
    if not found:
        say("There is no device on this machine.")


def _run(options: argparse.Namespace) -> Status:
    runtimes = machine.runtimes()
    refused = runtimes.refused
    if options.json:
        devices = [_object(device) for runtime in runtimes for device in runtime.get_devices()]
        show_json({"devices": devices, "refused": machine.refused_as_json(refused)})
        return Status.OK if all(plugin.shadowed for plugin in refused) else Status.WRONG
    show(runtimes)
    return machine.show_refused(tuple(plugin for plugin in refused if not plugin.shadowed))


def _object(device: nexus.Device) -> dict[str, Any]:
    return {
        "id": machine.identify(device),
        "runtime": device.runtime.name,
        "device": machine.ask_str(device, "Name"),
        "type": device.type,
        "architecture": machine.ask_str(device, "Architecture"),
        "memory": machine.ask_int(device, "GlobalMemorySize"),
        "cores": machine.ask_int(device, "Count"),
        "plugin": device.runtime.path,
    }


def _row(device: nexus.Device) -> tuple[str, ...]:
    about = _object(device)
    memory, cores = about["memory"], about["cores"]
    return (
        about["id"],
        about["runtime"],
        about["device"],
        about["architecture"],
        "" if memory is None else size(memory),
        "" if cores is None else str(cores),
        os.path.basename(about["plugin"]),
    )
