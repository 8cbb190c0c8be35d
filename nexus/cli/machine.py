"""The devices of this machine, as the commands name them."""

from __future__ import annotations

import warnings
from typing import Any

import nexus
from nexus._objects.names import nearest
from nexus.cli.failure import CommandError, Status
from nexus.cli.tables import Table
from nexus.cli.terminal import show_table


def runtimes() -> nexus.Runtimes:
    """Return the runtimes; what is not used is in their ``refused``, and no warning tells it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nexus.PluginWarning)
        return nexus.get_runtimes()


def devices() -> list[nexus.Device]:
    """Return the devices of all runtimes."""
    return [device for runtime in runtimes() for device in runtime.get_devices()]


def identify(device: nexus.Device) -> str:
    """Return what a device is called on the command line, such as ``cpu:0``."""
    return f"{device.runtime.name}:{device.index}"


def ask_int(device: nexus.Device, name: str) -> int | None:
    """Return a property, None where the device does not answer it."""
    try:
        return device.get_property_int(name)
    except nexus.PropertyNotFoundError:
        return None


def ask_str(device: nexus.Device, name: str) -> str:
    """Return a property, an empty text where the device does not answer it."""
    try:
        return device.get_property_str(name)
    except nexus.PropertyNotFoundError:
        return ""


def select(which: str | None) -> nexus.Device:
    """Return a device.

    Parameters
    ----------
    which : str, optional
        ``cpu:0``; a runtime, for its first device; a number in the list of all devices; or a
        device's name. The first of all where it is not given.

    Raises
    ------
    CommandError
        If there is none, or a name that several devices have.
    """
    found = devices()
    if not found:
        raise CommandError("there is no device on this machine", Status.WRONG)
    if which is None:
        return found[0]
    key = which.strip().lower()
    if key.isascii() and key.isdigit() and int(key) < len(found):
        return found[int(key)]
    by_id = {identify(device).lower(): device for device in found}
    if key in by_id:
        return by_id[key]
    if f"{key}:0" in by_id:
        return by_id[f"{key}:0"]
    products = {name: _product(device) for name, device in by_id.items()}
    named = [name for name, product in products.items() if product.lower() == key]
    if len(named) == 1:
        return by_id[named[0]]
    if named:
        raise CommandError(f"{which!r} is the name of {', '.join(named)}: say which")
    known = ", ".join(f"{name} ({product})" for name, product in products.items())
    near = nearest(which, [*products, *products.values()])
    raise CommandError(f"there is no device {which!r}; there is {known}{near}")


def _product(device: nexus.Device) -> str:
    try:
        return ask_str(device, "Name")
    except nexus.NexusError as error:
        # The others are still found; ``nexus devices`` tells the whole error.
        return type(error).__name__


def show_refused(refused: tuple[Any, ...]) -> Status:
    """Print which plugins are not used and why, and return whether any of them is wrong."""
    if refused:
        rows = [(plugin.path, plugin.origin, plugin.reason) for plugin in refused]
        show_table(Table(("plugin", "origin", "reason"), rows), "Plugins that are not used")
    return status(refused)


def status(refused: tuple[Any, ...]) -> Status:
    """Return whether any of the plugins that are not used is wrong."""
    return Status.OK if all(plugin.shadowed for plugin in refused) else Status.WRONG


def refused_as_json(refused: tuple[Any, ...]) -> list[dict[str, str]]:
    """Return the same for a program."""
    return [
        {"plugin": plugin.path, "origin": plugin.origin, "reason": plugin.reason}
        for plugin in refused
    ]
