"""Properties of a device: those of its plugin, then those of its record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nexus._core import Object
from nexus._enums import PROPERTY_TYPES, property_type
from nexus._enums import property as Property
from nexus._objects.names import Key
from nexus._objects.property_access import PropertyAccess
from nexus.errors import PropertyNotFoundError
from nexus.properties import Properties

UNREAD = Properties({})


class Sources(NamedTuple):
    """Where the properties of a device come from.

    Attributes
    ----------
    device : nexus.Properties
        What the device tells of itself.
    record : nexus.Properties or None
        Its record in the device database; that of the vendor ``generic`` holds for every device of
        the architecture.
    """

    device: Properties
    record: Properties | None


class DescribedDevice(Object, PropertyAccess):
    """The properties of a device, which has a record in the device database."""

    __slots__ = ("_record",)

    _record: Properties | None

    def get_info(self) -> Properties:
        """Return all known properties of the device.

        Returns
        -------
        nexus.Properties
            The device's record in the device database, if any, overlaid with what the plugin
            tells: first its property ``Record``, then the others.

        Raises
        ------
        RecordError
            If there is a record that cannot be used, or the plugin's ``Record`` is not a JSON
            object.
        ImportError
            If the record is in ``NEXUS_DEVICE_PATH``, and ``jsonschema``, which validates it, is
            not installed.

        Examples
        --------
        >>> import nexus
        >>> info = nexus.get_runtimes()[0].get_devices()[0].get_info()
        >>> info.get_str("Type")
        'cpu'
        """
        told = self.properties()
        # Its contents are in the tree.
        told.pop("Record", None)
        record = self._described()
        if record is None:
            return Properties(told, repr(self))
        origins = dict.fromkeys((record.origin, repr(self)))
        return Properties({**record.to_dict(), **told}, " and ".join(origins))

    def get_sources(self) -> Sources:
        """Return where the properties of `get_info` come from.

        Raises
        ------
        RecordError
            As `get_info`.

        Examples
        --------
        >>> import nexus
        >>> sources = nexus.get_runtimes()[0].get_devices()[0].get_sources()
        >>> sources.device.get_str("Type")
        'cpu'
        """
        from nexus.device_db.description import in_database, told_by

        own = self.properties()
        own.pop("Record", None)
        told = told_by(self._ask_plugin, repr(self))
        return Sources(Properties({**told, **own}, repr(self)), in_database(self._ask_plugin))

    def _described(self) -> Properties | None:
        if self._record is UNREAD:
            from nexus.device_db.description import record_of

            self._record = record_of(self._ask_plugin, repr(self))
        return self._record

    def _ask_plugin(self, name: str) -> Any:
        member = Property[name]
        return super()._get(member, PROPERTY_TYPES[member])

    def _get(self, key: Key, wanted: property_type) -> Any:
        try:
            return super()._get(key, wanted)
        except PropertyNotFoundError:
            record = self._described()
            if record is None or (isinstance(key, (str, int)) and key not in record):
                raise
        return getattr(record, f"get_{wanted.name}")(key)

    def _get_path(self, path: Sequence[str | int], wanted: property_type) -> Any:
        """Return an element of a list that the plugin reports."""
        try:
            member = Property[path[0]] if isinstance(path[0], str) else Property(path[0])
            answers = {member.name: self._ask_plugin(member.name)}
        except (IndexError, KeyError, ValueError):  # Also a property that the plugin lacks.
            super()._get_path(path, wanted)
        return getattr(Properties(answers, repr(self)), f"get_{wanted.name}")(path)
