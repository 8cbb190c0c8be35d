"""The device database: facts about devices that their drivers do not report."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NoReturn

from nexus._objects import log
from nexus._objects.names import nearest
from nexus.device_db import records
from nexus.errors import NotFoundError, RecordError
from nexus.properties import Properties

_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "device_lib")
_SUFFIX = ".json"


class Database(Mapping[str, Properties]):
    """The records in a list of folders, by the names of their files without ``.json``.

    A record is read once, at its first use.

    Parameters
    ----------
    folders : sequence of str
        The folders; the first one that has a file wins. The last folder is trusted: its records
        are not validated against the schema, and may be symbolic links.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = [os.path.abspath(folder) for folder in folders]
        self._files: dict[str, tuple[str, str | None]] = {}
        for folder in reversed(self._folders):
            checked = None if folder == self._folders[-1] else folder
            for name in _listed(folder):
                self._files[name] = (os.path.join(folder, name + _SUFFIX), checked)
        self._records: dict[str, Properties] = {}
        self._found: dict[str, Properties] = {}
        self._aliases: dict[str, list[str]] | None = None

    def __getitem__(self, name: str) -> Properties:
        found = self._records.get(name)
        if found is None:
            if name not in self._files:
                raise KeyError(
                    f"no record has the file name {name!r}; lookup_device_info() also finds aliases"
                )
            path, folder = self._files[name]
            found = self._records[name] = Properties(records.read(path, folder), path)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __repr__(self) -> str:
        return f"<nexus.device_db.Database of {len(self)} records in {', '.join(self._folders)}>"

    def path(self, name: str) -> str:
        """Return the path of a record, whether valid or not."""
        return self._files[name][0]

    def named(self, name: str) -> list[str]:
        """Return the records with a name, in lower case, as their architecture or an alias."""
        return [*self._of_architecture(name), *self._by_alias().get(name, [])]

    def lookup(self, name: str) -> Properties:
        """Return a record; see `lookup_device_info`."""
        found = self._found.get(name)
        if found is None:
            if not isinstance(name, str):
                raise TypeError(
                    f"expected the name of a record as a str, got {type(name).__name__}"
                )
            found = self._found[name] = self[self._lookup(name)]
        return found

    def find(
        self, vendor: str, kind: str, architecture: str, product: str = ""
    ) -> Properties | None:
        """Return the record of a device, None if it has no record.

        Parameters
        ----------
        vendor, kind, architecture : str
            The device's properties ``Vendor``, ``Type`` and ``Architecture``, empty if unknown;
            features of the architecture, as in ``gfx90a:xnack-``, are ignored. A record of the
            vendor takes precedence over one of ``generic``, and an architecture over an alias.
        product : str
            The device's ``Name``, which may have more in brackets at its end: ``Intel(R) UHD
            Graphics 730 [0x4692]``. Among aliases it takes precedence over the architecture, which
            products can share: Metal reports the same one for the Pro and Max of a generation.

        Raises
        ------
        RecordError
            If the record cannot be used, or the name is ambiguous among records of the vendor and
            type.
        """
        architecture, product = architecture.lower(), product.lower()
        architectures = (architecture, _without_features(architecture))
        wanted_names = (product, _without_brackets(product), *architectures)
        for maker in (vendor.lower(), "generic"):
            prefix = f"{maker}-{kind.lower()}-"
            for wanted in architectures:
                if prefix + wanted in self._files:
                    return self[prefix + wanted]
            records = list(self._readable(prefix))
            for wanted in filter(None, wanted_names):
                found = [name for name, record in records if wanted in names(record)]
                if found:
                    return self[self._only(found, wanted)]
        return None

    def _lookup(self, asked: str) -> str:
        name = asked.lower()
        # A name may have a colon of its own.
        found = self._named(name, asked) or self._named(_without_features(name), asked)
        if not found:
            self._missing(asked)
        return self._only(found, asked)

    def _named(self, name: str, asked: str) -> list[str]:
        """Return the records with a name in lower case; raise if several have that architecture."""
        stem = name.removesuffix(_SUFFIX)
        if stem in self._files:
            return [stem]
        named = self._of_architecture(name) or self._of_alias_in_file_name(stem)
        if len(named) > 1:
            several = " and of ".join(sorted(named))
            raise NotFoundError(f"{asked!r} is the architecture of {several}: say which")
        return named or self._by_alias().get(name, [])

    def _only(self, files: list[str], name: str) -> str:
        """Return the only one of the files; raise RecordError if several records share the name."""
        if len(files) > 1:
            first, second = (self.path(file) for file in sorted(files)[:2])
            raise RecordError(second, "$.Aliases", f"the name {name!r} stands in {first} too")
        return files[0]

    def _of_architecture(self, name: str) -> list[str]:
        # Vendor and type contain no hyphen, but architectures may.
        return [file for file in self._files if file.split("-", 2)[2:] == [name]]

    def _of_alias_in_file_name(self, name: str) -> list[str]:
        """Return the records whose file would have a name if an alias were its architecture."""
        *begin, alias = name.split("-", 2)
        prefix = "-".join([*begin, ""])
        if len(begin) < 2:
            return []
        return [file for file in self._by_alias().get(alias, []) if file.startswith(prefix)]

    def _by_alias(self) -> dict[str, list[str]]:
        if self._aliases is None:
            aliases: dict[str, list[str]] = {}
            for name, record in self._readable():
                for alias in names(record):
                    aliases.setdefault(alias, []).append(name)
            self._aliases = aliases
        return self._aliases

    def _readable(self, prefix: str = "") -> Iterator[tuple[str, Properties]]:
        for name in self:
            if not name.startswith(prefix):
                continue
            try:
                record = self[name]
            except RecordError as error:
                log.write("warning", "record left out: %s", error)
            else:
                yield name, record

    def _missing(self, name: str) -> NoReturn:
        architectures = (part for file in self._files for part in file.split("-", 2)[2:])
        near = nearest(name, [*self._files, *architectures, *self._by_alias()])
        near = near or "; get_device_info() lists all"
        raise NotFoundError(
            f"there is no record {name!r} among {len(self)} in {', '.join(self._folders)}{near}"
        )


def _without_features(architecture: str) -> str:
    """Return ``gfx90a`` of ``gfx90a:sramecc+:xnack-``."""
    return architecture.partition(":")[0]


def _without_brackets(product: str) -> str:
    """Return a product's name without what drivers append to it in brackets."""
    return product.partition(" [")[0].partition(" (")[0]


def names(record: Mapping[str, Any]) -> set[str]:
    """Return the product name and aliases of a record, in lower case."""
    found: list[str] = [record["Name"], *record.get("Aliases", [])]
    return {name.lower() for name in found}


def _listed(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError as error:
        reason = error.strerror or str(error)
        warnings.warn(f"no device records are read from {folder}: {reason}", stacklevel=2)
        return []
    # Editors and copies from other file systems leave dotfiles beside the records.
    return [
        name.removesuffix(_SUFFIX)
        for name in names
        if name.endswith(_SUFFIX) and not name.startswith(".")
    ]


@cache
def database() -> Database:
    """Return the database of ``NEXUS_DEVICE_PATH`` and the bundled records."""
    more = filter(None, os.environ.get("NEXUS_DEVICE_PATH", "").split(os.pathsep))
    return Database([*more, _OURS])


def get_device_info() -> Mapping[str, Properties]:
    """Return all records of the device database.

    Returns
    -------
    mapping
        Maps names, ``"<vendor>-<type>-<architecture>"``, to `nexus.Properties`. A record is read at
        its first use.

    Raises
    ------
    RecordError
        At the first use of a record that cannot be used; with file, place and reason.

    Examples
    --------
    >>> import nexus
    >>> nexus.get_device_info()["nvidia-gpu-sm_70"].get_int("ReleaseYear")
    2017
    """
    return database()


def lookup_device_info(name: str) -> Properties:
    """Return a record of the device database.

    Parameters
    ----------
    name : str
        File name, architecture, alias or product name of the record, or the file name that it
        would have with an alias as its architecture; the case is ignored, and so are features of
        the architecture, as in ``gfx90a:xnack-``.

    Raises
    ------
    NotFoundError
        If no record has the name, or several have that architecture; the message suggests similar
        names.
    RecordError
        If the record cannot be used, or several have that alias.

    Examples
    --------
    >>> import nexus
    >>> nexus.lookup_device_info("Volta")["Name"]
    'NVIDIA V100'
    >>> nexus.lookup_device_info("apple-gpu-applegpu_g16s").origin.endswith(".json")
    True
    """
    if not isinstance(name, str):
        raise TypeError(f"expected the name of a record as a str, got {type(name).__name__}")
    return database().lookup(name)
