"""``nexus plugins``: which plugins are used, which are not, and why."""

from __future__ import annotations

import argparse
from typing import Any

import nexus
from nexus.cli import machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import Status
from nexus.cli.tables import Table
from nexus.cli.terminal import say, show_json, show_table


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("plugins", help="list the plugins, and where each was named")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> Status:
    runtimes = machine.runtimes()
    used = [_object(runtime) for runtime in runtimes]
    if options.json:
        show_json({"plugins": used, "refused": machine.refused_as_json(runtimes.refused)})
        return machine.status(runtimes.refused)
    if used:
        heads = ("runtime", "version", "ABI", "devices", "origin", "file")
        rows = [[_shown(head, plugin[head]) for head in heads] for plugin in used]
        show_table(Table(heads, rows, right=("devices",)))
    else:
        say("No plugin is used.")
    absent = [
        (plugin["runtime"], ", ".join(name.removeprefix("nxs") for name in plugin["absent"]))
        for plugin in used
        if plugin["absent"]
    ]
    if absent:
        show_table(Table(("runtime", "lacks"), absent), "Absent functions")
    told = [(plugin["runtime"], plugin["message"]) for plugin in used if plugin["message"]]
    if told:
        show_table(Table(("runtime", "message"), told), "Messages")
    return machine.show_refused(runtimes.refused)


def _object(runtime: nexus.Runtime) -> dict[str, Any]:
    return {
        "runtime": runtime.name,
        "version": _version(runtime),
        "ABI": ".".join(map(str, runtime.api_version)) if _tells(runtime) else None,
        "absent": [member.name for member in nexus.function if not runtime.has(member)],
        "devices": len(runtime),
        "origin": runtime.origin,
        "file": runtime.path,
        "message": runtime.message,
    }


def _tells(runtime: nexus.Runtime) -> bool:
    return runtime.has(nexus.function.nxsGetApiVersion)


def _shown(head: str, value: Any) -> str:
    if head == "ABI":
        return value or "none told"
    return str(value)


def _version(runtime: nexus.Runtime) -> str:
    try:
        return runtime.get_property_str("Version")
    except nexus.PropertyNotFoundError:
        pass
    try:
        return (
            f"{runtime.get_property_int('MajorVersion')}.{runtime.get_property_int('MinorVersion')}"
        )
    except nexus.PropertyNotFoundError:
        return ""
