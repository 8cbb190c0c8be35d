"""Which builds of a library a device runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from nexus.errors import PropertyNotFoundError
from nexus.properties import Properties

_NVIDIA = re.compile(r"sm_(\d+)(\d)")
# The earliest virtual architecture that any compiler of CUDA C++ still knows.
_FIRST_VIRTUAL = 20
_SYSTEMS = {"darwin": "macos"}
# Runtimes whose drivers take binaries in formats of their own only, whatever the architecture.
_OWN_FORMATS = ("opencl",)


def names_of(device: Any) -> list[str]:
    """Return the architectures whose code a device runs, in lower case, the best one first.

    Its own comes first, with the settings of features that it has, then its aliases, those that its
    record lists as compatible, and those that the vendor's rule makes compatible. None for a device
    of OpenCL, whose driver takes no binaries of other compilers.
    """
    if device.runtime.name in _OWN_FORMATS:
        return []
    info = device.get_info()
    own = str(info.get("Architecture", ""))
    compatible = info.get(["KernelModel", "CompatibleArchitectures"], [])
    names = [
        *_with_features(own, _answer(device, "Features")),
        own,
        *info.get("Aliases", []),
        *compatible,
        *_by_rule(own.lower()),
    ]
    return list(dict.fromkeys(name.lower() for name in names if name))


def _with_features(own: str, features: str) -> list[str]:
    """Return a device's targets with settings of features, as AMD's such as gfx90a:xnack-."""
    base, *settings = features.split(":")
    if base != own.lower():
        return []
    counts = range(len(settings), 0, -1)
    return [":".join((base, *some)) for n in counts for some in combinations(settings, n)]


def _by_rule(own: str) -> list[str]:
    """Return the architectures that a vendor promises to be compatible.

    NVIDIA: cubins of the same major and an earlier minor number, PTX of all earlier ones. AMD: what
    was compiled without features such as ``:xnack-`` runs with any.
    """
    base, colon, _ = own.partition(":")
    if colon:
        return [base]
    if not (found := _NVIDIA.fullmatch(own)):
        return []
    major, minor = int(found[1]), int(found[2])
    cubins = [f"sm_{major}{earlier}" for earlier in range(minor - 1, -1, -1)]
    virtual = range(10 * major + minor, _FIRST_VIRTUAL - 1, -1)
    return [*cubins, *(f"compute_{number}" for number in virtual)]


def best_entry(device: Any, names: Sequence[str], entries: Sequence[Properties]) -> int | None:
    """Return the index of the entry of a library that a device takes; None if it takes none.

    Parameters
    ----------
    device : nexus.Device
        The device.
    names : sequence of str
        What `names_of` returns for it.
    entries : sequence of Properties
        The entries, each for one architecture.
    """
    for name in names:
        for index, entry in enumerate(entries):
            if entry["Architecture"].lower() == name and _fits(device, entry):
                return index
    return None


def _fits(device: Any, entry: Properties) -> bool:
    named = all(
        entry.get(key, "").lower() in ("", _answer(device, key)) for key in ("Vendor", "Type")
    )
    return named and entry.get("System", "") in ("", _SYSTEMS.get(sys.platform, sys.platform))


def _answer(device: Any, key: str) -> str:
    try:
        return str(device.get_property_str(key)).lower()
    except PropertyNotFoundError:
        return ""
