"""One Python API for every accelerator.

>>> import nexus
>>> device = nexus.get_runtimes()[0].get_devices()[0]
>>> buffer = device.create_buffer(1024)
>>> buffer.get_property_int("Size")
1024
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

try:
    import nexus._ffi as _ffi  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "nexus._ffi":
        raise
    raise ImportError(
        f"the source folder {os.path.dirname(os.path.dirname(os.path.abspath(__file__)))} is not "
        "built: run 'pip install -e .' there, or Python elsewhere, to import what is installed"
    ) from error

from nexus._enums import (
    buffer_settings,
    command_type,
    data_type,
    event_command_settings,
    event_status,
    event_type,
    execution_settings,
    function,
    library_settings,
    property,
    status,
    stream_settings,
)
from nexus._objects import log
from nexus.arrays.dtypes import resolve as get_data_type
from nexus.arrays.layout import Layout
from nexus.buffer import Buffer
from nexus.command import Command
from nexus.device import Device
from nexus.errors import (
    CatalogError,
    CompilerNotAvailableError,
    DeviceNotAvailableError,
    DocumentError,
    InvalidHandleError,
    LibraryError,
    NexusError,
    NotFoundError,
    NotSupportedError,
    OutOfMemoryError,
    PluginWarning,
    PropertyNotFoundError,
    PropertyTypeError,
    RecordError,
    WaitTimeoutError,
)
from nexus.event import Event
from nexus.kernel import Kernel
from nexus.kernel_argument import KernelArgument
from nexus.library import Library
from nexus.properties import Properties
from nexus.runtime import Runtime
from nexus.runtimes import Runtimes, create_buffer, get_runtime, get_runtimes
from nexus.schedule import Schedule
from nexus.stream import Stream

if TYPE_CHECKING:
    from nexus.device_db.catalog import Catalog, load_catalog
    from nexus.device_db.catalog_folders import get_catalogs
    from nexus.device_db.database import get_device_info, lookup_device_info
    from nexus.device_db.outline import format_device_info

    __version__: str
    version_info: tuple[int, ...]

# Public names whose modules are imported at first use, since few programs need them.
_LATER = {
    "Catalog": "nexus.device_db.catalog",
    "format_device_info": "nexus.device_db.outline",
    "get_catalogs": "nexus.device_db.catalog_folders",
    "get_device_info": "nexus.device_db.database",
    "load_catalog": "nexus.device_db.catalog",
    "lookup_device_info": "nexus.device_db.database",
}

__all__ = [
    "Buffer",
    "Catalog",
    "CatalogError",
    "Command",
    "CompilerNotAvailableError",
    "Device",
    "DeviceNotAvailableError",
    "DocumentError",
    "Event",
    "InvalidHandleError",
    "Kernel",
    "KernelArgument",
    "Layout",
    "Library",
    "LibraryError",
    "NexusError",
    "NotFoundError",
    "NotSupportedError",
    "OutOfMemoryError",
    "PluginWarning",
    "Properties",
    "PropertyNotFoundError",
    "PropertyTypeError",
    "RecordError",
    "Runtime",
    "Runtimes",
    "Schedule",
    "Stream",
    "WaitTimeoutError",
    "buffer_settings",
    "command_type",
    "create_buffer",
    "data_type",
    "event_command_settings",
    "event_status",
    "event_type",
    "execution_settings",
    "format_device_info",
    "function",
    "get_catalogs",
    "get_data_type",
    "get_device_info",
    "get_include",
    "get_runtime",
    "get_runtimes",
    "library_settings",
    "load_catalog",
    "lookup_device_info",
    "property",
    "status",
    "stream_settings",
    "version_info",
]

log.configure()


def get_include() -> str:
    """Return the folder of the C headers, for compiling plugins and kernels.

    Examples
    --------
    >>> import nexus, os
    >>> os.path.exists(os.path.join(nexus.get_include(), "nexus-api.h"))
    True
    """
    package = os.path.dirname(os.path.abspath(__file__))
    # Beside the package in a checkout that was not built yet.
    places = (os.path.join(package, "include"), os.path.join(os.path.dirname(package), "include"))
    for place in places:
        if os.path.exists(os.path.join(place, "nexus-api.h")):
            return place
    raise FileNotFoundError(f"the headers are neither in {places[0]} nor in {places[1]}")


def __getattr__(name: str) -> Any:
    if name in _LATER:
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_LATER[name]), name)
        return value
    if name == "version_info":
        from nexus._objects.distribution import release

        return release(__getattr__("__version__"))
    if name == "__version__":
        # Slow to import, and rarely needed.
        from importlib.metadata import version

        from nexus._objects.distribution import DISTRIBUTION

        return version(DISTRIBUTION)
    raise AttributeError(f"module 'nexus' has no attribute {name!r}")
