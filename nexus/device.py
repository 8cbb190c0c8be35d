"""Devices, and what is made on them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

from nexus import allocation, program
from nexus._enums import PROPERTY_TYPES, property_type
from nexus._enums import event_type as EventType
from nexus._enums import property as Property
from nexus._ffi import ffi, lib
from nexus.allocation import bytes_layout
from nexus.errors import PropertyNotFoundError, fail
from nexus.event import Event
from nexus.execution import Schedule, Stream
from nexus.info import Properties
from nexus.memory import Buffer
from nexus.properties import Key, PropertyAccess

if TYPE_CHECKING:
    from nexus.catalog import Catalog
    from nexus.dtypes import DTypeLike
    from nexus.program import Library
    from nexus.runtime import Runtime


_create_buffer = lib.nxs_CreateBuffer
_NULL = ffi.NULL
_UNREAD = Properties({})


class Device(PropertyAccess):
    """One accelerator of a runtime; the same object each time it is asked for.

    Examples
    --------
    >>> import nexus
    >>> device = nexus.get_runtimes()[0].get_devices()[0]
    >>> device.type
    'cpu'
    >>> with device.create_buffer(1024) as buffer:
    ...     buffer.nbytes
    1024
    """

    __slots__ = (
        *("__weakref__", "_deferred", "_events", "_handle", "_parent", "_record", "_table"),
        "_unified",
    )

    _query = lib.nxs_GetDeviceProperty
    _query_int = lib.nxs_GetDeviceProperty_int
    _query_name = "nxsGetDeviceProperty"

    def __init__(self, runtime: Runtime, index: int) -> None:
        self._handle = index
        self._parent = runtime
        self._table = runtime._table
        self._events: WeakSet[Event] = WeakSet()
        self._deferred: list[Schedule] = []
        self._unified: bool | None = None
        self._record: Properties | None = _UNREAD

    @property
    def runtime(self) -> Runtime:
        """nexus.Runtime: Which it is of."""
        runtime: Runtime = self._parent
        return runtime

    @property
    def index(self) -> int:
        """int: Its place among the runtime's devices."""
        return self._handle

    @property
    def name(self) -> str:
        """str: Product name."""
        return self.get_property_str(Property.Name)

    @property
    def type(self) -> str:
        """str: Kind of device, such as ``'cpu'`` or ``'gpu'``; empty where it is not told."""
        try:
            return self.get_property_str(Property.Type)
        except PropertyNotFoundError:
            return ""

    @property
    def unified_memory(self) -> bool:
        """bool: Whether the host reads its buffers at the addresses where the device does."""
        if self._unified is None:
            try:
                # What a record says of the hardware is not what the plugin does.
                self._unified = self._ask_plugin("UnifiedMemory") == 1
            except PropertyNotFoundError:
                self._unified = False
        return self._unified

    def get_info(self) -> Properties:
        """Return all that is known of the device.

        Returns
        -------
        nexus.Properties
            The device's record in the device database, where there is one, and on top what its
            plugin answers.

        Raises
        ------
        RecordError
            If there is a record, and it cannot be used.
        ImportError
            If it is in ``NEXUS_DEVICE_PATH``, and ``jsonschema`` is not installed to check it.

        Examples
        --------
        >>> import nexus
        >>> info = nexus.get_runtimes()[0].get_devices()[0].get_info()
        >>> info.get_str("Type")
        'cpu'
        """
        record = self._described()
        if record is None:
            return Properties(self.properties(), repr(self))
        origin = f"{record.origin} and {self!r}"
        return Properties({**record.to_dict(), **self.properties()}, origin)

    def _described(self) -> Properties | None:
        if self._record is _UNREAD:
            from nexus.description import record_of

            self._record = record_of(self._ask_plugin)
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
        """Look into a list that the plugin answers."""
        try:
            member = Property[path[0]] if isinstance(path[0], str) else Property(path[0])
            answers = {member.name: self._ask_plugin(member.name)}
        except (IndexError, KeyError, ValueError):  # No property that it answers, too.
            super()._get_path(path, wanted)
        return getattr(Properties(answers, repr(self)), f"get_{wanted.name}")(path)

    def create_buffer(
        self, data: Any, dtype: DTypeLike = None, copy: bool = True, settings: int = 0
    ) -> Buffer:
        """Make a buffer.

        Parameters
        ----------
        data : int, tuple of int, or array
            A size: bytes, or elements where `dtype` is given. A shape, which needs `dtype`. Or the
            contents: a NumPy array, another buffer, or an object with the buffer protocol or
            DLPack. Only contents are copied; anything else is zeros.
        dtype : str, numpy.dtype or nexus.data_type, optional
            Type of the elements, such as ``'float32'`` or ``'bf16'``. Contents are not converted:
            it tells what bytes, or the bits of a type that NumPy does not have, are.
        copy : bool
            False shares the memory of `data` instead, which has to be writable and C-contiguous;
            only on devices that share the host's memory. The buffer keeps `data` alive.
        settings : nexus.buffer_settings
            Where the memory is to lie.

        Raises
        ------
        OutOfMemoryError
            If there is not so much memory.
        TypeError
            If devices have no such type, or `dtype` does not fit the contents.
        ValueError
            If a size is negative, there are more than eight dimensions, or `copy` is False for
            contents that cannot be shared.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtimes()[0].get_devices()[0]
        >>> device.create_buffer(64).nbytes
        64
        >>> device.create_buffer((2, 3), dtype="fp16").nbytes
        12
        >>> device.create_buffer(b"abcdefgh", dtype="int32").shape
        (2,)
        """
        if data.__class__ is int and dtype is None:
            layout, struct = bytes_layout(data)
            handle = _create_buffer(self._table, self._handle, struct, _NULL, settings)
            if handle < 0:
                self._fail(handle, "nxsCreateBuffer", f"a buffer of {data} bytes on {self!r}")
            return Buffer(self, handle, layout)
        return allocation.create(self, data, dtype, copy, settings)

    def copy_buffer(self, buffer: Buffer) -> Buffer:
        """Make a buffer on this device with the layout and the contents of another.

        Parameters
        ----------
        buffer : nexus.Buffer
            Of any device of any runtime.
        """
        if not isinstance(buffer, Buffer):
            raise TypeError(f"expected a nexus.Buffer, got {type(buffer).__name__}")
        return allocation.create(self, buffer, None, True, 0)

    def load_library(
        self,
        source: str | os.PathLike[str] | bytes | bytearray | memoryview | Catalog,
        name: str | None = None,
    ) -> Library:
        """Load kernels.

        Parameters
        ----------
        source : path, bytes-like or nexus.Catalog
            A file: a compiled library, or source that the plugin compiles. Or the bytes of one. Or
            a catalog, of which the library `name` is loaded as it was built for the device's
            architecture.
        name : str, optional
            Which library of a catalog.

        Raises
        ------
        LibraryError
            If there is no such file, it is no kernel library, its source does not compile, or the
            catalog has none for this device; the compiler's text is its ``log``.
        CatalogError
            If what the catalog names is not what it promises: it lies outside of the catalog's
            folder, has another checksum, or lacks a function.
        NotFoundError
            If the catalog has no library of that name.
        """
        if name is None and not isinstance(source, Mapping):
            return program.load(self, source)
        from nexus.catalog import Catalog

        if not isinstance(source, Catalog):
            raise TypeError(f"only a catalog has names, not a {type(source).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"a library of a catalog is asked for by name, not by {name!r}")
        return source.load(self, name)

    def compile(self, source: str) -> Library:
        """Compile kernels from source text; raises as `load_library` does.

        Parameters
        ----------
        source : str
            In the language of the device's plugin; for CPUs C with ``nexus-api/nxs_kernel.h``.
        """
        return program.compile_text(self, source)

    def create_stream(self, settings: int = 0) -> Stream:
        """Make a stream, which runs schedules in the order in which they are handed to it.

        Parameters
        ----------
        settings : nexus.stream_settings
            Flags.
        """
        handle = lib.nxs_CreateStream(self._table, self._handle, settings)
        if handle < 0:
            self._fail(handle, "nxsCreateStream")
        return Stream(self, handle)

    def create_schedule(self, settings: int = 0) -> Schedule:
        """Make an empty schedule, a list of commands.

        Parameters
        ----------
        settings : nexus.execution_settings
            Flags that hold for each of its runs, such as ``Timing``.
        """
        if self._deferred:
            self._release_deferred()
        handle = lib.nxs_CreateSchedule(self._table, self._handle, settings)
        if handle < 0:
            self._fail(handle, "nxsCreateSchedule")
        return Schedule(self, handle)

    def create_event(self, event_type: int = EventType.Shared) -> Event:
        """Make an event, a counter that starts at 0 and only grows.

        Parameters
        ----------
        event_type : nexus.event_type
            What it is for.
        """
        handle = lib.nxs_CreateEvent(self._table, self._handle, event_type, 0)
        if handle < 0:
            self._fail(handle, "nxsCreateEvent")
        event = Event(self, handle, event_type)
        self._events.add(event)
        return event

    def get_events(self) -> list[Event]:
        """Return the device's events that are open and that somebody still holds."""
        return [event for event in self._events if not event.closed]

    def __repr__(self) -> str:
        return f"<nexus.Device {self._handle} of {self._plugin.name}>"

    def _fail(self, result: int, function: str, about: str = "") -> NoReturn:
        fail(self._plugin, result, function, about or repr(self))

    def _defer(self, schedule: Schedule) -> None:
        """Keep a schedule whose work is in flight, and what the work uses, until it is done."""
        self._deferred.append(schedule)

    def _release_deferred(self) -> None:
        waiting, self._deferred = self._deferred, []
        for schedule in waiting:
            schedule.close()
