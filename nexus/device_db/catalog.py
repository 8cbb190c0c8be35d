"""Catalogs of kernel libraries, built for several architectures."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nexus._objects import log
from nexus._objects.names import nearest
from nexus.device_db import documents
from nexus.device_db.architectures import best_entry, names_of
from nexus.errors import CatalogError, LibraryError, NotFoundError
from nexus.properties import Properties

MAX_SIZE = 1 << 26
# The version that is written; earlier ones are read too.
FORMAT_VERSION = 2
# What a library was built for if its source was compiled.
SOURCE = "source"
_FORMAT = (
    f"catalogs are read in versions 1 to {FORMAT_VERSION} of the format, which "
    "schema/kernel_catalog.json describes"
)
# What else is said about files by their ending. Other tools write .kc, perhaps with properties that
# are not known here.
_HINTS = {
    ".kc": _FORMAT,
    ".nxc": "what 'nexus build' writes is otherwise: the file was changed or cut, or is no catalog",
}
_MAX_LIBRARY_SIZE = 1 << 28


class Catalog(Mapping[str, Properties]):
    """Descriptions of kernel libraries by name; created by `load_catalog`.

    Attributes
    ----------
    file : str
        Path of the catalog's file.
    """

    def __init__(self, file: str, document: Mapping[str, Any]) -> None:
        self.file = file
        self._places: dict[str, str] = {}
        self._libraries: dict[str, Properties] = {}
        for index, entry in enumerate(document["Libraries"]):
            place, name = f"$.Libraries[{index}]", entry["Name"]
            if name in self._places:
                raise CatalogError(file, f"{place}.Name", f"{name!r} stands there twice")
            _require_distinct(file, place, entry)
            self._places[name] = place
            self._libraries[name] = Properties(entry, file)

    def __getitem__(self, name: str) -> Properties:
        return self._libraries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._libraries)

    def __len__(self) -> int:
        return len(self._libraries)

    def __repr__(self) -> str:
        return f"<nexus.Catalog of {', '.join(self) or 'nothing'} in {self.file}>"

    def load(self, device: Any, name: str | None = None) -> Any:
        """Load a library on a device; see ``Device.load_library``."""
        name = self._library_name(name)
        entries = self._libraries[name].get("Architectures", [])
        names = names_of(device)
        index = best_entry(device, names, entries)
        if index is None:
            library, built_for = self._from_source(device, name, names, entries), SOURCE
        else:
            built_for = entries[index]["Architecture"]
            image = self._image(entries[index], f"{self._places[name]}.Architectures[{index}]")
            with _explained(f"library {name!r} of {self.file}, built for {built_for}: "):
                library = device.load_library(image)
        try:
            self._require_functions(library, name)
        except BaseException:
            library.close()
            raise
        library._built_for = built_for
        log.write("info", "library %r of %s: %s for %r", name, self.file, built_for, device)
        return library

    def _library_name(self, name: str | None) -> str:
        if name is None and len(self) == 1:
            return next(iter(self))
        if not isinstance(name, str):
            raise TypeError(
                f"expected the name of a library as a str, got {name!r}: "
                f"{self.file} has {', '.join(self) or 'none'}"
            )
        if name not in self._libraries:
            raise NotFoundError(f"{self.file} has no library {name!r}{nearest(name, self)}")
        return name

    def _from_source(
        self, device: Any, name: str, names: Sequence[str], entries: Sequence[Properties]
    ) -> Any:
        """Compile the source of a library that has no build for a device."""
        built = ", ".join(sorted({entry["Architecture"] for entry in entries})) or "no architecture"
        asked = names[0] if names else "of no known architecture"
        why = f"library {name!r} of {self.file} is built for {built}; {device!r} is {asked}"
        if "Source" not in self._libraries[name]:
            raise LibraryError(
                f"{why}, and the catalog has no source to compile: build it for that target too, "
                "or keep the source"
            )
        source = self._libraries[name]["Source"]
        found = hashlib.sha256(source["Text"].encode()).hexdigest()
        self._require_same("the source", found, source, f"{self._places[name]}.Source.Text")
        with _explained(f"{why}, so its source was compiled: "):
            return device.compile(f'#line 1 "{source["Name"]}"\n{source["Text"]}')

    def _image(self, entry: Properties, place: str) -> bytes:
        """Return the bytes of a library after checking their SHA-256."""
        if "File" in entry:
            name = entry["File"]
            where = os.path.dirname(self.file)
            if os.path.isabs(name) or ".." in name.replace("\\", "/").split("/"):
                raise CatalogError(self.file, f"{place}.File", f"{name!r} leads out of {where}")
            what, place = os.path.join(where, name), f"{place}.File"
            try:
                image = documents.read_bytes(what, _MAX_LIBRARY_SIZE, CatalogError, where)
            except CatalogError as error:
                raise CatalogError(self.file, place, str(error)) from error
        else:
            what, place = "the payload", f"{place}.Payload"
            try:
                image = base64.b64decode(entry["Payload"], validate=True)
            except (binascii.Error, ValueError) as error:
                raise CatalogError(self.file, place, f"it is not base64: {error}") from error
        found = hashlib.sha256(image).hexdigest()
        self._require_same(what, found, entry, place)
        return image

    def _require_same(self, what: str, found: str, entry: Properties, place: str) -> None:
        if found != entry["Sha256"].lower():
            reason = f"the SHA-256 of {what} is {found}, and {entry['Sha256']} was promised"
            raise CatalogError(self.file, place, reason)

    def _require_functions(self, library: Any, name: str) -> None:
        for index, function in enumerate(self._libraries[name].get("Functions", [])):
            place = f"{self._places[name]}.Functions[{index}]"
            asked = function["Name"]
            try:
                kernel = library.get_kernel(asked)
            except LibraryError as error:
                reason = f"library {name!r} lacks {asked!r}: {error}"
                raise CatalogError(self.file, f"{place}.Name", reason) from error
            with kernel:
                if not _agree(function.get("ArgumentList", []), kernel.arguments):
                    taken = ", ".join(f"{kind} {type_.name}" for kind, type_ in kernel.arguments)
                    reason = f"{asked!r} takes ({taken})"
                    raise CatalogError(self.file, f"{place}.ArgumentList", reason)


def load_catalog(path: str | os.PathLike[str]) -> Catalog:
    """Read a catalog of kernel libraries.

    Parameters
    ----------
    path : path
        A JSON file in the structure of ``schema/kernel_catalog.json``, at most 64 MiB, whatever
        the ending of its name, such as ``.json`` or ``.nxc``. Its libraries lie in it, or in its
        folder or below, and are read when they are loaded.

    Returns
    -------
    nexus.Catalog
        Maps the names of the libraries to `nexus.Properties`: version, architectures, and functions
        with their arguments.

    Raises
    ------
    CatalogError
        If it cannot be read, has a later version of the format, violates the schema, or repeats the
        name of a library, of a function in a library, or an architecture; with file and place.
    ImportError
        If ``jsonschema`` is not installed.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> import nexus
    >>> entry = {"Architecture": "sm_90", "Payload": "AAAA", "Sha256": "0" * 64}
    >>> library = {"Name": "scaling", "Version": "1.0", "Architectures": [entry]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "catalog.json")
    ...     written = file.write_text(json.dumps({"Libraries": [library]}))
    ...     nexus.load_catalog(file)["scaling"].get_str("Version")
    '1.0'
    """
    from nexus.device_db.validation import validate

    file = os.path.abspath(os.fspath(path))
    hint = _HINTS.get(os.path.splitext(file)[1])
    more = f"; {hint}" if hint and os.path.exists(file) else ""
    try:
        document = documents.read(file, MAX_SIZE, CatalogError)
    except CatalogError as error:
        raise CatalogError(file, error.place, error.reason + more) from error
    written = document.get("FormatVersion", 1)
    if isinstance(written, int) and written > FORMAT_VERSION:
        reason = f"the file has version {written} of the format: install a later nexus-device"
        raise CatalogError(file, "$.FormatVersion", f"{reason}; {_FORMAT}")
    for place, reason in validate(document, "kernel_catalog"):
        raise CatalogError(file, place, reason + more)
    return Catalog(file, document)


@contextmanager
def _explained(why: str) -> Iterator[None]:
    """Put a text before the message of an error."""
    try:
        yield
    except LibraryError as error:
        told = type(error)(f"{why}{error}", error.status, error.function)
        told.log = error.log
        raise told from error


def _require_distinct(file: str, place: str, library: Mapping[str, Any]) -> None:
    for part, keys in (
        ("Functions", ("Name",)),
        ("Architectures", ("Vendor", "Type", "System", "Architecture")),
    ):
        seen = set()
        for index, entry in enumerate(library.get(part, [])):
            named = tuple(entry.get(key, "") for key in keys)
            if part == "Architectures":
                named = tuple(name.lower() for name in named)
            if named in seen:
                shown = " ".join(filter(None, named))
                raise CatalogError(
                    file, f"{place}.{part}[{index}]", f"{shown!r} stands there twice"
                )
            seen.add(named)


def _agree(listed: Sequence[Properties], declared: Sequence[tuple[str, Any]]) -> bool:
    """Return whether a list of arguments matches a kernel's declaration; true if one is empty."""
    if not listed or not declared:
        return True
    return len(listed) == len(declared) and all(
        (kind == "?" or argument["Kind"] in kind.split(" or "))
        and data_type.name in ("Undefined", argument.get("DataType", data_type.name))
        for argument, (kind, data_type) in zip(listed, declared, strict=True)
    )
