"""``nexus info``: all known properties of a device."""

from __future__ import annotations

import argparse

from nexus._objects.same_device import same_devices
from nexus.cli import machine
from nexus.cli.arguments import Commands, complete_with
from nexus.cli.failure import Status
from nexus.cli.terminal import show_json, show_tree
from nexus.device_db.outline import nodes
from nexus.device_db.trees import Node

# Marks facts from the record of a level, which do not come from the device itself.
_MARK = "*"


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("info", help="show all known properties of a device")
    device = parser.add_argument(
        "device",
        nargs="?",
        help="'cpu:0', a runtime, a position in the list, or a name; by default the first",
    )
    complete_with(device, "devices")
    parser.add_argument(
        "--json", action="store_true", help="machine-readable output with exact values"
    )
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> Status:
    device = machine.select(options.device)
    info = device.get_info()
    if options.json:
        show_json(info.to_dict())
        return Status.OK
    runtime = device.runtime
    about = [
        Node("Runtime", runtime.name),
        Node("Plugin", f"{runtime.path} ({runtime.origin})"),
    ]
    if same := [machine.identify(other) for other in same_devices(machine.devices())[device]]:
        about.append(Node("Same device as", ", ".join(same)))
    facts = nodes(info.to_dict())
    sources = device.get_sources()
    if sources.record is not None:
        about.append(Node("Record", sources.record.origin))
        if sources.record["Vendor"] == "generic":
            architecture = sources.record["Architecture"]
            about.append(
                Node(
                    _MARK, f"marks facts of the record, which holds for every {architecture} device"
                )
            )
            _mark(facts, nodes(sources.device.to_dict()))
    show_tree(Node(machine.identify(device), "", [*about, *facts]))
    return Status.OK


def _mark(facts: list[Node], own: list[Node]) -> None:
    """Mark the facts that the device does not tell of itself."""
    told = {node.name: node.children for node in own}
    for fact in facts:
        if fact.name not in told:
            fact.name += f" {_MARK}"
        elif fact.children:
            _mark(fact.children, told[fact.name])
