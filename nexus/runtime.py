"""Runtimes: one per plugin, with its devices."""

from __future__ import annotations

from typing import Any

from nexus._enums import function as Function
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus._objects.checked_numbers import integer
from nexus._objects.plugin import Plugin
from nexus._objects.property_access import PropertyAccess
from nexus.device import Device
from nexus.errors import DeviceIndexError, PropertyNotFoundError
from nexus.properties import Properties


class Runtime(PropertyAccess):
    """A plugin at work: its name and its devices."""

    __slots__ = ("_devices", "_handle", "_plugin", "_table")

    _instead = (
        "there is one object for each runtime; in another process, get its own with "
        "nexus.get_runtime(name)"
    )
    _plugin: Plugin

    _query = lib.nxs_GetRuntimeProperty
    _query_int = staticmethod(
        lambda table, _, number: lib.nxs_GetRuntimeProperty_int(table, number)
    )
    _query_name = "nxsGetRuntimeProperty"

    def __init__(self, opened: Plugin) -> None:
        self._handle = 0
        self._plugin = opened
        self._table = opened.table
        self._devices: tuple[Device, ...] = ()
        opened.name = self.get_property_str(Property.Name)
        count = self.get_property_int(Property.Size)
        self._devices = tuple(Device(self, index) for index in range(count))

    @property
    def name(self) -> str:
        """str: Short name, such as ``'cpu'``."""
        return self._plugin.name

    @property
    def path(self) -> str:
        """str: The plugin's file."""
        return self._plugin.path

    @property
    def origin(self) -> str:
        """str: Where the file was found: ``NEXUS_PLUGIN_PATH``, an entry point, or ``bundled``."""
        return self._plugin.origin

    @property
    def unified_memory(self) -> bool:
        """bool: Whether all its devices share one address space."""
        try:
            return self.get_property_int(Property.UnifiedMemory) == 1
        except PropertyNotFoundError:
            return False

    @property
    def api_version(self) -> tuple[int, int, int]:
        """Version of the plugin ABI that the plugin was compiled against."""
        return self._plugin.api_version

    def has(self, function: Function) -> bool:
        """Return whether the plugin has a function.

        Parameters
        ----------
        function : nexus.function
            The function, such as ``nexus.function.nxsLaunch``.

        Examples
        --------
        >>> import nexus
        >>> nexus.get_runtime("cpu").has(nexus.function.nxsCreateBuffer)
        True
        """
        return self._plugin.has(function)

    @property
    def message(self) -> str:
        """str: What the plugin reports, such as why it has no devices; may be empty."""
        try:
            return self.get_property_str(Property.Message)
        except PropertyNotFoundError:
            return ""

    def describe(self) -> str:
        """Return how many devices there are, and what the plugin reports, for messages.

        Examples
        --------
        >>> import nexus
        >>> nexus.get_runtime("cpu").describe()
        "runtime 'cpu' has 1 device"
        """
        count = len(self._devices)
        counted = "1 device" if count == 1 else f"{count or 'no'} devices"
        message = self.message
        return f"runtime {self.name!r} has {counted}{message and f': {message}'}"

    def get_devices(self) -> list[Device]:
        """Return its devices, in the plugin's order."""
        return list(self._devices)

    def get_device(self, index: int) -> Device:
        """Return one device.

        Parameters
        ----------
        index : int
            Position in `get_devices`, from 0.

        Raises
        ------
        NotFoundError
            If it is out of range; also an IndexError. The message has the runtime's `message`.
        """
        number = integer(index, "index", None)
        if not 0 <= number < len(self._devices):
            raise DeviceIndexError(
                f"device index {number} is out of range: {self.describe()}",
                Status.NXS_DeviceNotFound,
            )
        return self._devices[number]

    def get_info(self) -> Properties:
        """Return all properties of the runtime."""
        return Properties(self.properties())

    def __len__(self) -> int:
        return len(self._devices)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<nexus.Runtime {self.name!r}, {len(self._devices)} devices>"

    def _ask(self, number: int, value: Any, size: Any) -> int:
        return lib.nxs_GetRuntimeProperty(self._table, number, value, size)
