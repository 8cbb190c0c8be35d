"""The devices of this machine, and their names on the command line."""

from __future__ import annotations

import warnings
from typing import Any

import nexus
from nexus._objects.names import nearest
from nexus.cli.failure import CommandError, Status
from nexus.cli.tables import Table
from nexus.cli.terminal import show_table


def runtimes() -> nexus.Runtimes:
    """Return the runtimes, without warnings; unused plugins are in their ``refused``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nexus.PluginWarning)
        return nexus.get_runtimes()


def devices() -> list[nexus.Device]:
    """Return the devices of all runtimes."""
    return [device for runtime in runtimes() for device in runtime.get_devices()]


def identify(device: nexus.Device) -> str:
    """Return the name of a device on the command line, such as ``cpu:0``."""
    return f"{device.runtime.name}:{device.index}"


def ask_int(device: nexus.Device, name: str) -> int | None:
    """Return a property, None if the device does not have it."""
    try:
        return device.get_property_int(name)
    except nexus.PropertyNotFoundError:
        return None


def ask_str(device: nexus.Device, name: str) -> str:
    """Return a property, an empty text if the device does not have it."""
    try:
        return device.get_property_str(name)
    except nexus.PropertyNotFoundError:
        return ""


def select(which: str | None) -> nexus.Device:
    """Return a device.

    Parameters
    ----------
    which : str, optional
        ``cpu:0``; a runtime, for its first device; a position in the list of all devices; or a
        device's name. By default the first device.

    Raises
    ------
    CommandError
        If there is no such device, or several devices have the name.
    """
    found = devices()
    if not found:
        raise no_device()
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
    for runtime in without_devices(runtimes()):
        if runtime.name.lower() == key.partition(":")[0]:
            raise CommandError(runtime.describe(), Status.WRONG)
    products = {name: _product(device) for name, device in by_id.items()}
    named = [name for name, product in products.items() if product.lower() == key]
    if len(named) == 1:
        return by_id[named[0]]
    if named:
        raise CommandError(f"{which!r} is the name of {', '.join(named)}: say which")
    known = ", ".join(f"{name} ({product})" for name, product in products.items())
    near = nearest(which, [*products, *products.values()])
    raise CommandError(f"there is no device {which!r}; there is {known}{near}")


def no_device() -> CommandError:
    """Return the error of a command that needs a device, with what the runtimes report."""
    reasons = [runtime.describe() for runtime in without_devices(runtimes())]
    return CommandError("\n".join(["there is no device on this machine", *reasons]), Status.WRONG)


def _product(device: nexus.Device) -> str:
    try:
        return ask_str(device, "Name")
    except nexus.NexusError as error:
        # The other devices are still found; ``nexus devices`` shows the whole error.
        return type(error).__name__


def without_devices(runtimes: nexus.Runtimes) -> list[nexus.Runtime]:
    """Return the runtimes that have no devices."""
    return [runtime for runtime in runtimes if not runtime.get_devices()]


def show_refused(refused: tuple[Any, ...]) -> Status:
    """Print which plugins are not used and why, and return whether any of them has an error."""
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
