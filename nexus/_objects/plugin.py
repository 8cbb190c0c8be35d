"""Plugins: discovery, opening, and the check that one can be used."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from nexus._enums import API_VERSION, function, function_required
from nexus._ffi import ffi, lib
from nexus._objects import log
from nexus._objects.entry_points import entry_points
from nexus.errors import PluginWarning

_SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
_MESSAGE_SIZE = 4096
_LIBRARIES = {function.nxsCreateLibrary, function.nxsCreateLibraryFromFile}
_REQUIRED = {function[member.name] for member in function_required} - _LIBRARIES


class PluginError(Exception):
    """The reason why a plugin file is refused."""


class Found(NamedTuple):
    """A plugin file.

    Attributes
    ----------
    path : str
        Path of the file.
    origin : str
        Where it was found: ``"NEXUS_PLUGIN_PATH"``, ``"entry point NAME"``, or ``"bundled"``.
    """

    path: str
    origin: str


class Refusal(NamedTuple):
    """A plugin that is not used.

    Attributes
    ----------
    path : str
        Path of the file, or the value of an entry point that yields no file.
    origin : str
        See `Found`.
    reason : str
        Why it is not used.
    shadowed : bool
        Whether the only reason is an earlier plugin with the same name.
    """

    path: str
    origin: str
    reason: str
    shadowed: bool = False

    def describe(self) -> str:
        """Return the file, or the entry point that yields none, for messages."""
        is_file = os.path.isabs(self.path)
        return self.path if is_file else f"{self.origin} = {self.path}"


class Plugin:
    """An opened plugin; it stays open until the process ends.

    Attributes
    ----------
    table : cdata
        Call table: the first argument of every ``lib.nxs_...`` trampoline.
    path : str
        Path of the file.
    origin : str
        See `Found`.
    name : str
        Name that its runtime reports.
    api_version : tuple of int
        Major, minor and patch number of the ABI that it was compiled against.
    """

    __slots__ = ("api_version", "name", "origin", "path", "table")

    def __init__(self, found: Found) -> None:
        self.path = path = os.path.abspath(found.path)
        self.origin = found.origin
        self.name = "?"
        # Opening a pipe would block until a writer opens it too.
        if os.path.exists(path) and not os.path.isfile(path):
            raise PluginError("it is not a regular file")
        self.table = _open(path)
        try:
            self.api_version = _judge(self.table, path)
        except PluginError:
            lib.nxs_plugin_close(self.table)
            raise

    def describe(self) -> str:
        """Return the runtime's name and file, for messages."""
        return f"runtime {self.name!r} ({self.path})"

    def has(self, number: function) -> bool:
        """Return whether the plugin exports a function.

        Parameters
        ----------
        number : nexus.function
            The function, such as ``nexus.function.nxsGetApiVersion``.
        """
        return bool(lib.nxs_plugin_has(self.table, number))

    def last_error(self) -> str:
        """Return the message of this thread's last failed call in the plugin; may be empty."""
        capacity = _MESSAGE_SIZE
        for _ in range(3):
            text = ffi.new("char[]", capacity + 1)
            size = ffi.new("size_t *", capacity)
            if lib.nxs_GetLastErrorMessage(self.table, text, size) >= 0:
                return str(ffi.string(text).decode("utf-8", "replace").rstrip())
            if size[0] <= capacity:
                return ""
            capacity = size[0]
        return ""

    def __repr__(self) -> str:
        return f"<nexus.Plugin {self.name!r} from {self.path}>"


def _open(path: str) -> Any:
    message = ffi.new("char[]", _MESSAGE_SIZE)
    table = lib.nxs_plugin_open(os.fsencode(path), message, _MESSAGE_SIZE)
    if table == ffi.NULL:
        raise PluginError(ffi.string(message).decode("utf-8", "replace"))
    return table


def _judge(table: Any, path: str) -> tuple[int, int, int]:
    """Return a plugin's ABI version; raise PluginError if it cannot be used."""
    version = API_VERSION >> 16, 0, 0
    if lib.nxs_plugin_has(table, function.nxsGetApiVersion):
        packed = lib.nxs_GetApiVersion(table)
        version = packed >> 16, packed >> 8 & 255, packed & 255
    if version[0] != API_VERSION >> 16:
        raise PluginError(
            f"it was built for version {version[0]}.{version[1]} of the plugin ABI, but this "
            f"package supports version {API_VERSION >> 16}.{API_VERSION >> 8 & 255}"
        )
    absent = [f for f in function if not lib.nxs_plugin_has(table, f)]
    lacks = [f.name for f in absent if f in _REQUIRED]
    if _LIBRARIES.issubset(absent):
        lacks.append("one of nxsCreateLibrary and nxsCreateLibraryFromFile")
    if len(lacks) > len(_REQUIRED) // 2:
        raise PluginError(f"not a Nexus plugin: it lacks {', '.join(lacks)}")
    if lacks:
        raise PluginError(f"it lacks {', '.join(lacks)}")
    if absent:
        log.write("info", "plugin %s lacks %s", path, ", ".join(f.name for f in absent))
    return version


def find() -> Iterator[Found | Refusal]:
    """Yield the plugin files in order of precedence, each once.

    First those of ``NEXUS_PLUGIN_PATH``, then those of installed packages (entry points of the
    group ``nexus.plugins``), then those bundled with this package.
    """
    seen = set()
    for candidate in _candidates():
        real = os.path.realpath(candidate.path)
        if isinstance(candidate, Refusal) or real not in seen:
            seen.add(real)
            yield candidate


def _candidates() -> Iterator[Found | Refusal]:
    entries = filter(None, os.environ.get("NEXUS_PLUGIN_PATH", "").split(os.pathsep))
    for entry in entries:
        yield from _files(entry, "NEXUS_PLUGIN_PATH")
    yield from _entry_points()
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    bundled = os.path.join(package, "plugins")
    yield from _files(bundled, "bundled", required=False)


def _files(place: str, origin: str, required: bool = True) -> Iterator[Found | Refusal]:
    if os.path.isdir(place):
        files = sorted(Path(place).glob(f"*_plugin{_SUFFIX}"))
        if required and not files:
            yield refusal(Found(place, origin), f"the folder has no file *_plugin{_SUFFIX}")
        for file in files:
            yield Found(str(file), origin)
    elif required:
        yield Found(place, origin)


def _entry_points() -> Iterator[Found | Refusal]:
    for point in entry_points("nexus.plugins"):
        origin = f"entry point {point.name}"
        try:
            value = point.load()
            place = os.fspath(value() if callable(value) else value)
        except Exception as error:
            yield Refusal(point.value, origin, f"{type(error).__name__}: {error}")
        else:
            yield from _files(place, origin)


def load() -> tuple[list[Plugin], list[Refusal]]:
    """Open all usable plugins, and return the others with their reasons."""
    plugins: list[Plugin] = []
    refused: list[Refusal] = []
    for found in find():
        if isinstance(found, Refusal):
            refused.append(found)
            continue
        try:
            plugins.append(Plugin(found))
        except PluginError as reason:
            refused.append(refusal(found, str(reason)))
        else:
            log.write("info", "opened plugin %s", found.path)
    return plugins, refused


def refusal(plugin: Found | Plugin, reason: str) -> Refusal:
    """Return the refusal of a plugin."""
    return Refusal(os.path.abspath(plugin.path), plugin.origin, reason)


def warn(text: str) -> None:
    """Log and issue a warning that names the first caller outside of this package."""
    log.write("info", "%s", text)
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "nexus":
        frame, level = frame.f_back, level + 1
    warnings.warn(text, PluginWarning, stacklevel=level)
