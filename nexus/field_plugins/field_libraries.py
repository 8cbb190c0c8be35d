"""Libraries and kernels: from files and from memory, never unloaded."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass, field
from typing import Any

from nexus._enums import status as Status
from nexus._ffi import ffi
from nexus.field_plugins.field_memory import Buffers
from nexus.field_plugins.refusal import RefusedError, find, require_room

_NULL = ffi.NULL


@dataclass
class LoadedLibrary:
    """A library.

    Attributes
    ----------
    kernels : dict
        Handles by name. Each is asked for once, since such plugins never release them.
    released : bool
        Whether its owner has released it. The plugin's library stays: a plugin of the field unloads
        the code under commands that use it.
    """

    device: int
    kernels: dict[str, int] = field(default_factory=dict)
    released: bool = False


class Libraries(Buffers):
    """The functions of libraries and kernels."""

    def __init__(self) -> None:
        super().__init__()
        self.libraries: dict[int, LoadedLibrary] = {}
        # The library of each kernel.
        self.kernels: dict[int, LoadedLibrary] = {}

    def CreateLibrary(self, device: int, data: Any, size: int, settings: int) -> int:  # noqa: N802
        if data == _NULL or size == 0:
            raise RefusedError(Status.NXS_InvalidValue, "the image of the library is NULL or empty")
        if self.original.has("CreateLibrary"):
            return self._load("CreateLibrary", device, settings, data, size)
        folder = tempfile.mkdtemp(prefix="nexus-")
        path = os.path.join(folder, "library.so")
        try:
            with open(path, "wb") as file:
                file.write(ffi.buffer(ffi.cast("char *", data), size))
            name = ffi.new("char[]", os.fsencode(path))
            return self._load("CreateLibraryFromFile", device, settings, name)
        finally:
            # A loaded library needs its file no more.
            if os.path.exists(path):
                os.unlink(path)
            os.rmdir(folder)

    def CreateLibraryFromFile(self, device: int, path: Any, settings: int) -> int:  # noqa: N802
        name = b"" if path == _NULL else ffi.string(path)
        _check_file(name)
        if self.original.has("CreateLibraryFromFile"):
            # Such plugins look a name without a slash up in the system's folders.
            whole = ffi.new("char[]", os.path.abspath(name))
            return self._load("CreateLibraryFromFile", device, settings, whole)
        with open(name, "rb") as file:
            image = file.read()
        return self._load("CreateLibrary", device, settings, ffi.from_buffer(image), len(image))

    def ReleaseLibrary(self, handle: int) -> None:  # noqa: N802
        self._library(handle).released = True

    def GetLibraryProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        self._library(handle)
        self._answer("GetLibraryProperty", handle, number, {}, (value, size))

    def GetKernel(self, handle: int, name: Any) -> int:  # noqa: N802
        library = self._library(handle)
        text = b"" if name == _NULL else ffi.string(name)
        if not text:
            raise RefusedError(Status.NXS_InvalidKernelName, "the kernel's name is NULL or empty")
        known = text.decode("utf-8", "surrogateescape")
        with self.original.lock:
            if known not in library.kernels:
                require_room(len(self.kernels), "kernels")
                kernel = self.original.call("GetKernel", handle, name)
                if kernel < 0:
                    raise RefusedError(
                        Status.NXS_InvalidKernelName,
                        f"the library has no kernel {known!r}: the plugin's status is {kernel}",
                    )
                library.kernels[known] = kernel
                self.kernels[kernel] = library
            return library.kernels[known]

    def GetKernelProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        self._require_kernel(handle)
        self._answer("GetKernelProperty", handle, number, {}, (value, size))

    def _load(self, function: str, device: int, settings: int, *source: Any) -> int:
        with self.original.lock:
            require_room(len(self.libraries), "libraries, which such plugins cannot unload safely,")
            handle = self.original.call(function, device, *source, settings)
            if handle < 0:
                # Their statuses say nothing: a missing file is an invalid library to them.
                raise RefusedError(
                    Status.NXS_InvalidBinary,
                    f"the plugin does not load it; its status is {handle}",
                )
            self.libraries[handle] = LoadedLibrary(device)
            return handle

    def _library(self, handle: int) -> LoadedLibrary:
        library = find(self.libraries, handle, Status.NXS_InvalidLibrary)
        if library.released:
            raise RefusedError(Status.NXS_InvalidLibrary, f"the library {handle} has been released")
        return library

    def _require_kernel(self, handle: int) -> LoadedLibrary:
        library = find(self.kernels, handle, Status.NXS_InvalidKernel)
        if library.released:
            raise RefusedError(Status.NXS_InvalidKernel, "the kernel's library has been released")
        return library


def _check_file(path: bytes) -> None:
    """Raise RefusedError unless a path names a regular file that can be read."""
    shown = os.fsdecode(path)
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise RefusedError(Status.NXS_InvalidValue, f"{shown!r} cannot be read: {error}") from None
    if not stat.S_ISREG(mode):
        raise RefusedError(Status.NXS_InvalidValue, f"{shown!r} is not a regular file")
    if not os.access(path, os.R_OK):
        raise RefusedError(Status.NXS_InvalidValue, f"{shown!r} cannot be read: no permission")
