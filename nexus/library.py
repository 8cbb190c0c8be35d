"""Kernel libraries: loaded from files, bytes or source text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from nexus._core import KINDS
from nexus._enums import library_settings
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects import log
from nexus._objects.c_text import c_string, encoded
from nexus._objects.handle import Handle
from nexus.errors import LibraryError, NotSupportedError, PropertyNotFoundError, fail
from nexus.kernel import Kernel
from nexus.properties import Properties


class Library(Handle):
    """Kernels that were loaded or compiled together; created by ``Device.load_library``."""

    __slots__ = ("_built_for",)

    _instead = "pass on the library itself, or load its file or source again"
    _kind = KINDS["Library"]
    _release = lib.nxs_ReleaseLibrary
    _invalid = Status.NXS_InvalidLibrary
    _query = lib.nxs_GetLibraryProperty
    _query_int = lib.nxs_GetLibraryProperty_int
    _query_name = "nxsGetLibraryProperty"

    @property
    def device(self) -> Any:
        """nexus.Device: The device its kernels run on."""
        return self._parent

    @property
    def message(self) -> str:
        """str: The compiler's warnings, or other remarks of the plugin; empty without any."""
        try:
            return self.get_property_str(Property.Message)
        except (PropertyNotFoundError, NotSupportedError):
            return ""

    @property
    def built_for(self) -> str:
        """str: What was taken of a catalog.

        The architecture that the library was built for; ``"source"`` if the catalog has no build
        for the device, so that its source was compiled; empty if the library is of no catalog.
        """
        return getattr(self, "_built_for", "")

    def __repr__(self) -> str:
        shown = super().__repr__()
        return f"{shown[:-1]}, built for {self.built_for}>" if self.built_for else shown

    def get_info(self) -> Properties:
        """Return all properties of the library, such as ``SubUnits``, the names of its kernels."""
        return Properties(self.properties())

    def get_kernels(self) -> list[Kernel]:
        """Return all kernels of the library.

        Raises
        ------
        NotSupportedError
            If the plugin does not list the kernels of libraries; `get_kernel` finds one by name.

        Examples
        --------
        >>> import nexus
        >>> library = nexus.get_runtime("cpu").get_device(0).compile('''
        ... #include <nexus-api/nxs_kernel.h>
        ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
        ... ''')
        >>> [kernel.name for kernel in library.get_kernels()]
        ['twice']
        """
        try:
            names = self.get_property_str_vec(Property.SubUnits)
        except PropertyNotFoundError:
            raise NotSupportedError(
                f"the plugin does not list the kernels of {self!r}; ask for one with "
                "get_kernel(name)",
                Status.NXS_InvalidProperty,
                "nxsGetLibraryProperty",
            ) from None
        return [self.get_kernel(name) for name in names]

    def get_kernel(self, name: str) -> Kernel:
        """Return a kernel.

        Parameters
        ----------
        name : str
            The name in the source.

        Raises
        ------
        LibraryError
            If the library has no such kernel; the message suggests similar names.
        """
        if not isinstance(name, str):
            raise TypeError(f"expected the name of a kernel as a str, got {type(name).__name__}")
        handle = lib.nxs_GetKernel(self._table, self._handle, c_string(name, "utf-8"))
        if handle < 0:
            self._fail(handle, "nxsGetKernel", f"kernel {name!r} of {self!r}")
        return Kernel(self, handle, name)


# The ending of the catalogs that `nexus build` writes.
_CATALOG = ".nxc"
_CONVENTIONS = {"items": 0, "groups": int(library_settings.GroupRange)}


def load_any(device: Any, source: Any, name: Any, convention: Any) -> Library:
    """Load a library; see ``Device.load_library``."""
    if isinstance(source, (bytes, bytearray, memoryview)) and isinstance(name, int):
        return load_beginning(device, source, name, convention)
    path = source if isinstance(source, (str, os.PathLike)) else None
    of_catalog = path is not None and os.fspath(path).endswith(_CATALOG)
    if name is None and not of_catalog and not isinstance(source, Mapping):
        return load(device, source, convention)
    from nexus.device_db.catalog import Catalog
    from nexus.device_db.catalog_folders import find_catalog

    if path is not None:
        source = find_catalog(path)
    if not isinstance(source, Catalog):
        raise TypeError(
            f"expected a nexus.Catalog, got {type(source).__name__}; name= is for catalogs only"
        )
    if convention != "items":
        raise TypeError(
            "convention= is not for catalogs: their libraries say it by nxs_kernel_convention"
        )
    loaded: Library = source.load(device, name)
    return loaded


def load(device: Any, source: Any, convention: Any) -> Library:
    """Load a library from a file or from bytes; see ``Device.load_library``."""
    table, index, settings = device._table, device._handle, _settings(convention)
    if isinstance(source, (bytes, bytearray, memoryview)):
        image = ffi.from_buffer(_in_one_piece(source))
        handle = lib.nxs_CreateLibrary(table, index, image, len(image), settings)
        return _library(device, handle, "nxsCreateLibrary", f"a library of {len(image)} bytes")
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(
            f"expected a library as a path, or its contents as bytes, got {type(source).__name__}"
        )
    path = os.fspath(source)
    handle = lib.nxs_CreateLibraryFromFile(table, index, c_string(path, None), settings)
    return _library(device, handle, "nxsCreateLibraryFromFile", f"library {path!r}")


def load_beginning(
    device: Any, data: bytes | bytearray | memoryview, size: int, convention: Any
) -> Library:
    """Load a library from the first `size` bytes of `data`; see ``Device.load_library``."""
    there = memoryview(data).nbytes
    if isinstance(size, bool) or not 0 <= size <= there:
        raise ValueError(f"the size of a library in {there} bytes is 0 to {there}, got {size!r}")
    return load(device, memoryview(_in_one_piece(data)).cast("B")[:size], convention)


def compile_text(device: Any, source: Any, convention: Any) -> Library:
    """Compile a library from source text; see ``Device.compile``."""
    if not isinstance(source, (str, bytes, bytearray, memoryview)):
        raise TypeError(
            f"expected source text as a str or bytes, got {type(source).__name__}; "
            "load_library takes the path of a source file"
        )
    settings = _settings(convention)
    text = ffi.from_buffer(encoded(source) if isinstance(source, str) else _in_one_piece(source))
    handle = lib.nxs_CreateLibrary(device._table, device._handle, text, len(text), settings)
    return _library(device, handle, "nxsCreateLibrary", "a library from source text")


def _settings(convention: Any) -> int:
    """Return the settings of CreateLibrary for a calling convention."""
    if not isinstance(convention, str):
        raise TypeError(f"expected a convention as a str, got {type(convention).__name__}")
    if convention not in _CONVENTIONS:
        raise ValueError(f"convention {convention!r} is neither 'items' nor 'groups'")
    return _CONVENTIONS[convention]


def _library(device: Any, handle: int, function: str, about: str) -> Library:
    if handle < 0:
        fail(device._plugin, handle, function, about, LibraryError)
    library = Library(device, handle)
    if message := library.message:
        log.write("warning", "%s: %s", about, message.rstrip())
    return library


def _in_one_piece(data: bytes | bytearray | memoryview) -> bytes | bytearray | memoryview:
    return data if not isinstance(data, memoryview) or data.c_contiguous else bytes(data)
