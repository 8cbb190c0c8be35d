"""Which devices of different runtimes are the same piece of hardware."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from nexus.errors import NexusError, PropertyNotFoundError

_PCI = re.compile(r"(?:([0-9a-f]+):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?")


def identifiers(device: Any) -> set[str]:
    """Return what names the hardware of a device: its UUID, and its address on the PCI bus.

    They are spelled alike for all runtimes: ``GPU-`` before a UUID and a PCI domain or function of
    0 make no difference. UUIDs of zeros only, which drivers answer that know none, and locations
    that are no PCI addresses name nothing.
    """
    uuid = _told(device, "UUID").lower().removeprefix("gpu-").replace("-", "")
    place = _PCI.fullmatch(_told(device, "Location").strip().lower())
    found = {f"uuid {uuid}"} if uuid.strip("0x") else set()
    if place:
        found.add(":".join(["pci", *(str(int(part or "0", 16)) for part in place.groups())]))
    return found


def same_devices(devices: Iterable[Any]) -> dict[Any, list[Any]]:
    """Return, for each device, those of other runtimes that are the same hardware.

    What several devices of one runtime have in common, as the slices of a GPU have its address,
    tells which GPU it is and not which of these devices, and is ignored. So are devices that fail.

    Parameters
    ----------
    devices : iterable of nexus.Device
        All devices of the runtimes in question.
    """
    # Devices by identifier and runtime.
    named: dict[str, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    same: dict[Any, list[Any]] = {device: [] for device in devices}
    for device in same:
        try:
            found = identifiers(device)
        except NexusError:
            # What uses the device reports it.
            continue
        for identifier in found:
            named[identifier][device.runtime].append(device)
    for runtimes in named.values():
        alone = [owners[0] for owners in runtimes.values() if len(owners) == 1]
        for device in alone:
            same[device] += [
                other for other in alone if other is not device and other not in same[device]
            ]
    order = list(same)
    return {device: sorted(others, key=order.index) for device, others in same.items()}


def _told(device: Any, name: str) -> str:
    try:
        # Of the driver: a record in the database is about all devices of a kind.
        return str(device._ask_plugin(name))
    except PropertyNotFoundError:
        return ""
