"""Runtimes that show the same devices, and which these are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from support.compilation import SUFFIX, compile_c
from support.once import made_once
from support.paths import EXAMPLES, TESTS

FIRST = "GPU-5f3b8c1e-0a1b-2c3d-4e5f-60718293a4b5"
SECOND = "GPU-77777777-0a1b-2c3d-4e5f-60718293a4b5"
# What drivers answer that know no UUID, and locations that are no addresses on the PCI bus.
UNKNOWN = [(uuid, "") for uuid in ("00000000-0000-0000-0000-000000000000", "0x0", "-", "gpu-")]
PLACES = [
    ("", place) for place in ("built-in", "3b", "3b:00.8", "1:2:3:4", "3b:001", ":3b:00", ".0")
]

# The devices of runtimes by name, each by its UUID and location.
Runtimes = Mapping[str, Sequence[tuple[str, str]]]

# Runtimes, and the devices of theirs that are the same.
CASES: dict[str, tuple[Runtimes, list[tuple[str, str]]]] = {
    "by UUID": (
        {"left": [(FIRST, ""), (SECOND, "")], "right": [(SECOND.lower()[4:], ""), ("", "")]},
        [("left:1", "right:0")],
    ),
    "by address": (
        {"left": [("", "0000:3B:00.0")], "right": [("", "00000000:3b:00.0"), ("", "3b:01.0")]},
        [("left:0", "right:0")],
    ),
    "by an address of another spelling": (
        {"left": [("", " 00010000:3b:1f.7 ")], "right": [("", "10000:3B:1F.7")]},
        [("left:0", "right:0")],
    ),
    "by address, whatever the UUIDs are": (
        {"left": [(FIRST, "0000:3b:00.0")], "right": [(SECOND, "3b:00")]},
        [("left:0", "right:0")],
    ),
    "by either, once": (
        {"left": [(FIRST, "3b:00.0")], "right": [(FIRST, "3b:00.0")]},
        [("left:0", "right:0")],
    ),
    "in three runtimes": (
        {"left": [(FIRST, "")], "right": [(FIRST, "")], "third": [(FIRST, "")]},
        [("left:0", "right:0"), ("left:0", "third:0"), ("right:0", "third:0")],
    ),
    "UUIDs of zeros": (
        {"left": UNKNOWN, "right": UNKNOWN},
        [],
    ),
    "no answers": ({"left": [("", "")], "right": [("", "")]}, []),
    "other domains": (
        {"left": [("", "0000:3b:00.0")], "right": [("", "0001:3b:00.0")]},
        [],
    ),
    "other functions": (
        {"left": [("", "3b:00.1"), ("", "3b:00.2")], "right": [("", "3b:00"), ("", "3b:00.2")]},
        [("left:1", "right:1")],
    ),
    "places that are no address": (
        {"left": PLACES, "right": PLACES},
        [],
    ),
    # A GPU in slices, whole in the other runtime.
    "slices at one address": (
        {"left": [("MIG-1", "3b:00.0"), ("MIG-2", "3b:00.0")], "right": [("", "3b:00.0")]},
        [],
    ),
    "slices with UUIDs": (
        {"left": [("MIG-1", "3b:00.0"), ("MIG-2", "3b:00.0")], "right": [("MIG-2", "3b:00.0")]},
        [("left:1", "right:0")],
    ),
    "one that fails": (
        {"left": [("!", ""), (FIRST, "")], "right": [(FIRST, ""), ("!", "")]},
        [("left:1", "right:0")],
    ),
}


def environment(request: pytest.FixtureRequest, runtimes: Runtimes) -> dict[str, str]:
    """Return the environment of a process that finds these runtimes."""
    source = TESTS / "support" / "plugins" / "told_devices.c"

    def make(folder: Path) -> None:
        for name in ("left", "right", "third"):
            target = folder / f"lib{name}_plugin{SUFFIX}"
            compile_c(source, target, f"-I{EXAMPLES / 'plugin_c'}", f'-DTOLD_NAME="{name}"')

    folder = made_once(request, "told_devices", make)
    paths = [str(folder / f"lib{name}_plugin{SUFFIX}") for name in runtimes]
    told = {
        f"TOLD_{name}": "".join(f"{uuid},{location};" for uuid, location in devices)
        for name, devices in runtimes.items()
    }
    return {"NEXUS_PLUGIN_PATH": os.pathsep.join(paths), **told}
