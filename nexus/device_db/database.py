"""The device database: what is known of devices beyond what their drivers tell."""

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
    """The records in some folders, by the names of their files without ``.json``.

    A record is read when it is asked for, and once.

    Parameters
    ----------
    folders : sequence of str
        Of files of the same name, that in the earlier folder counts. The last folder is trusted:
        its records are not checked against the schema, and may be symbolic links.
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
                    f"no record has the file {name!r}; lookup_device_info knows more names"
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
        """Return the file of a record, which need not be a good one."""
        return self._files[name][0]

    def named(self, name: str) -> list[str]:
        """Return the records that a name, in lower case, means: by architecture, or as an alias."""
        return [*self._of_architecture(name), *self._by_alias().get(name, [])]

    def lookup(self, name: str) -> Properties:
        """Return a record; see `lookup_device_info`."""
        found = self._found.get(name)
        if found is None:
            if not isinstance(name, str):
                raise TypeError(f"a record is looked up by name, not by {type(name).__name__}")
            found = self._found[name] = self[self._lookup(name)]
        return found

    def find(
        self, vendor: str, kind: str, architecture: str, product: str = ""
    ) -> Properties | None:
        """Return the record of a device, None where there is none.

        Parameters
        ----------
        vendor, kind, architecture : str
            What the device answers for ``Vendor``, ``Type`` and ``Architecture``. A record of that
            vendor counts for more than one of the vendor ``generic``, and the architecture for more
            than an alias.
        product : str
            Its ``Name``. Among aliases it counts for more than the architecture, whose name several
            products can share: to Metal the Pro and the Max of a generation are the same.

        Raises
        ------
        RecordError
            If the record cannot be used, or two of that vendor and type have the name.
        """
        architecture = architecture.lower()
        for maker in (vendor.lower(), "generic"):
            prefix = f"{maker}-{kind.lower()}-"
            if prefix + architecture in self._files:
                return self[prefix + architecture]
            records = list(self._readable(prefix))
            for wanted in filter(None, (product.lower(), architecture)):
                found = [name for name, record in records if wanted in names(record)]
                if found:
                    return self[self._only(found, wanted)]
        return None

    def _lookup(self, asked: str) -> str:
        name = asked.lower()
        stem = name.removesuffix(_SUFFIX)
        if stem in self._files:
            return stem
        named = self._of_architecture(name)
        if len(named) > 1:
            several = " and of ".join(sorted(named))
            raise NotFoundError(f"{asked!r} is the architecture of {several}: say which")
        found = named or self._by_alias().get(name)
        if not found:
            self._missing(asked)
        return self._only(found, asked)

    def _only(self, files: list[str], name: str) -> str:
        """Return the one file whose record has a name that has to stand in no other."""
        if len(files) > 1:
            first, second = (self.path(file) for file in sorted(files)[:2])
            raise RecordError(second, "$.Aliases", f"the name {name!r} stands in {first} too")
        return files[0]

    def _of_architecture(self, name: str) -> list[str]:
        # Vendor and type have no hyphen, architectures may.
        return [file for file in self._files if file.split("-", 2)[2:] == [name]]

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
        near = near or "; get_device_info() has all"
        raise NotFoundError(
            f"there is no record {name!r} among {len(self)} in {', '.join(self._folders)}{near}"
        )


def names(record: Mapping[str, Any]) -> set[str]:
    """Return the names that a record goes by beside its file's, in lower case."""
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
    return [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]


@cache
def database() -> Database:
    """Return the records of ``NEXUS_DEVICE_PATH`` and of this package."""
    more = filter(None, os.environ.get("NEXUS_DEVICE_PATH", "").split(os.pathsep))
    return Database([*more, _OURS])


def get_device_info() -> Mapping[str, Properties]:
    """Return all records of the device database.

    Returns
    -------
    mapping
        From name, ``"<vendor>-<type>-<architecture>"``, to `nexus.Properties`. A record is read
        when it is taken out; one that cannot be used raises then.

    Raises
    ------
    RecordError
        When a record is taken out that cannot be used; it names file, place and reason.

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
        In upper or lower case: the name of its file, its architecture, one of its aliases, or the
        name that it is marketed under.

    Raises
    ------
    NotFoundError
        If there is none, or there are several devices of that architecture; the message has the
        nearest names.
    RecordError
        If the record cannot be used, or two have that alias.

    Examples
    --------
    >>> import nexus
    >>> nexus.lookup_device_info("Volta")["Name"]
    'NVIDIA V100'
    """
    return database().lookup(name)
