"""Catalogs of kernel libraries, built for several architectures."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nexus._objects.names import nearest
from nexus.device_db import documents
from nexus.errors import CatalogError, LibraryError, NotFoundError, PropertyNotFoundError
from nexus.properties import Properties

_MAX_SIZE = 1 << 26
# The ending of catalogs that other tools write, perhaps with properties that are not known here.
_FOREIGN = ".kc"
_FORMAT = "catalogs are read in version 1 of the format, which schema/kernel_catalog.json describes"
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

    def load(self, device: Any, name: str) -> Any:
        """Load a library on a device; see ``Device.load_library``."""
        if name not in self._libraries:
            raise NotFoundError(f"{self.file} has no library {name!r}{nearest(name, self)}")
        entry = self._libraries[name]
        index = self._choose(device, name)
        place = f"{self._places[name]}.Architectures[{index}]"
        library = device.load_library(self._image(entry.get(["Architectures", index]), place))
        try:
            self._require_functions(library, name)
        except BaseException:
            library.close()
            raise
        return library

    def _choose(self, device: Any, name: str) -> int:
        """Return the index of the best matching entry; see `_names_of`."""
        wanted = _names_of(device)
        entries = self._libraries[name].get("Architectures")
        for architecture in wanted:
            for index, entry in enumerate(entries):
                fits = all(
                    entry.get(key, "").lower() in ("", _answer(device, key))
                    for key in ("Vendor", "Type")
                )
                if fits and entry["Architecture"].lower() == architecture:
                    return index
        built = ", ".join(sorted({entry["Architecture"] for entry in entries}))
        asked = wanted[0] if wanted else "of no known architecture"
        raise LibraryError(
            f"library {name!r} of {self.file} is built for {built}; {device!r} is {asked}"
        )

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
        if found != entry["Sha256"].lower():
            reason = f"the SHA-256 of {what} is {found}, and {entry['Sha256']} was promised"
            raise CatalogError(self.file, place, reason)
        return image

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
        the ending of its name, such as ``.json`` or ``.kc``. Its
        libraries lie in its folder or below, and are read when they are loaded.

    Returns
    -------
    nexus.Catalog
        Maps the names of the libraries to `nexus.Properties`: version, architectures, and functions
        with their arguments.

    Raises
    ------
    CatalogError
        If it cannot be read, violates the schema, or repeats the name of a library, of a function
        in a library, or an architecture; with file and place.
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
    foreign = f"; {_FORMAT}" if file.endswith(_FOREIGN) else ""
    try:
        document = documents.read(file, _MAX_SIZE, CatalogError)
    except CatalogError as error:
        raise CatalogError(file, error.place, error.reason + foreign) from error
    for place, reason in validate(document, "kernel_catalog"):
        raise CatalogError(file, place, reason + foreign)
    return Catalog(file, document)


def _require_distinct(file: str, place: str, library: Mapping[str, Any]) -> None:
    for part, keys in (
        ("Functions", ("Name",)),
        ("Architectures", ("Vendor", "Type", "Architecture")),
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


def _answer(device: Any, key: str) -> str:
    try:
        return str(device.get_property_str(key)).lower()
    except PropertyNotFoundError:
        return ""


def _names_of(device: Any) -> list[str]:
    """Return the architectures whose code a device runs, in lower case.

    Its own comes first, then its aliases, then those that its record lists as compatible.
    """
    info = device.get_info()
    compatible = info.get(["KernelModel", "CompatibleArchitectures"], [])
    names = [info.get("Architecture", ""), *info.get("Aliases", []), *compatible]
    return [name.lower() for name in names if name]
