"""Devices: create buffers, libraries, schedules, streams and events."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NoReturn

from nexus import allocation, library
from nexus._core import KINDS, configure_buffers
from nexus._enums import event_type as EventType
from nexus._enums import property as Property
from nexus._ffi import ffi, lib
from nexus._objects.checked_numbers import UINT, integer
from nexus._objects.children import children
from nexus._objects.in_c import in_c
from nexus._objects.runs_in_flight import RunsInFlight
from nexus._objects.same_device import identifiers, same_devices
from nexus.arrays.dtypes import DTypeLike
from nexus.arrays.layout import of_bytes
from nexus.buffer import Buffer
from nexus.device_db.described_device import UNREAD, DescribedDevice
from nexus.errors import PropertyNotFoundError, fail
from nexus.event import Event
from nexus.library import Library
from nexus.properties import Properties
from nexus.schedule import Schedule
from nexus.stream import Stream

_create_buffer = lib.nxs_CreateBuffer
_NULL = ffi.NULL
configure_buffers(Buffer, of_bytes)


@in_c("create_buffer", "get_property_int")
class Device(DescribedDevice):
    """One accelerator of a runtime, always the same object.

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

    __slots__ = ("_runs", "_unified")

    _instead = (
        "there is one object for each device; in another process, get its own with "
        "nexus.get_runtime(name).get_device(index)"
    )
    _query = lib.nxs_GetDeviceProperty
    _query_int = lib.nxs_GetDeviceProperty_int
    _query_name = "nxsGetDeviceProperty"

    def __init__(self, runtime: Any, index: int) -> None:
        address = int(ffi.cast("uintptr_t", runtime._table))
        self._bind_root(runtime, runtime._table, address, index, KINDS["Device"])
        self._runs = RunsInFlight(self._table, index, runtime._plugin.api_version >= (1, 1, 0))
        self._unified: bool | None = None
        self._record: Properties | None = UNREAD

    def _share(self) -> None:
        """Count runs from now on: a buffer shares host memory."""
        self._runs.shares = True
        # Schedules then run by way of Python.
        self._unusual = True

    @property
    def runtime(self) -> Any:
        """nexus.Runtime: The runtime this device belongs to."""
        return self._parent

    @property
    def index(self) -> int:
        """int: Position among the runtime's devices, from 0."""
        return self._handle

    @property
    def name(self) -> str:
        """str: Product name."""
        return self.get_property_str(Property.Name)

    @property
    def type(self) -> str:
        """str: Kind of device, such as ``'cpu'`` or ``'gpu'``; empty where unknown."""
        try:
            return self.get_property_str(Property.Type)
        except PropertyNotFoundError:
            return ""

    @property
    def unified_memory(self) -> bool:
        """bool: Whether host and device read its buffers at the same addresses."""
        if self._unified is None:
            try:
                # Not from a record, which describes the hardware and not how the plugin uses it.
                self._unified = self._ask_plugin("UnifiedMemory") == 1
            except PropertyNotFoundError:
                self._unified = False
        return self._unified

    def same_device_as(self, other: Device) -> bool:
        """Return whether another device is the same piece of hardware.

        A GPU can be a device of several runtimes, such as CUDA and OpenCL. They are known to be the
        same by their property ``UUID``, or by ``Location`` if that is an address on the PCI bus.
        Two devices of one runtime are never the same: parts of a GPU are devices of their own.

        Parameters
        ----------
        other : nexus.Device
            A device of any runtime.

        Returns
        -------
        bool
            False also where it cannot be known, as for CPUs, which have neither property.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtimes()[0].get_devices()[0]
        >>> [other for other in device.runtime.get_devices() if device.same_device_as(other)]
        [<nexus.Device 0 of cpu>]
        """
        if not isinstance(other, Device):
            raise TypeError(f"expected a nexus.Device, got {type(other).__name__}")
        if self.runtime is other.runtime:
            return self is other
        # A device that fails says so here, others of the runtimes do not matter.
        if identifiers(self).isdisjoint(identifiers(other)):
            return False
        devices = [*self.runtime.get_devices(), *other.runtime.get_devices()]
        return other in same_devices(devices)[self]

    def create_buffer(
        self, data: Any, dtype: DTypeLike = None, copy: bool | None = True, settings: int = 0
    ) -> Buffer:
        """Create a buffer.

        Parameters
        ----------
        data : int, tuple of int, array, or list of numbers
            A size or a shape, a tuple: in elements where `dtype` is given, else in bytes. Or the
            contents: a NumPy array, another buffer, or an object with DLPack,
            the CUDA array interface, the array interface or the buffer protocol; or a list of
            numbers, which needs `dtype`. Buffers made from a size or a shape hold zeros.
        dtype : str, numpy.dtype or nexus.data_type, optional
            Type of the elements, such as ``'float32'`` or ``'bf16'``. The contents of arrays are
            not converted: it names the type of bytes, or of the bits of a type that NumPy lacks.
        copy : bool or None
            False shares the memory of `data`, which the buffer keeps alive: a buffer or an array
            of the same device, or an array of the host on devices that share its memory. Arrays
            have to be writable, C-contiguous, aligned to their elements and of native byte order.
            None shares where that is possible, and copies elsewhere.
        settings : nexus.buffer_settings
            Where to allocate the memory.

        Raises
        ------
        OutOfMemoryError
            If there is not enough memory.
        TypeError
            If devices lack the type, `dtype` does not match the contents, or these are masked.
        BufferError
            If the contents lie in memory that the device cannot read.
        OverflowError
            If a size, or an element of a list, is out of range.
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
        >>> device.create_buffer([1, 2, 3], dtype="float32").numpy().tolist()
        [1.0, 2.0, 3.0]
        """
        plain = settings.__class__ is int and not settings >> 32
        if data.__class__ is int and dtype is None and copy is True and plain:
            layout, struct = of_bytes(data)
            handle = _create_buffer(self._table, self._handle, struct, _NULL, settings)
            if handle < 0:
                self._fail(handle, "nxsCreateBuffer", f"a buffer of {data} bytes on {self!r}")
            return Buffer(self, handle, layout)
        return allocation.create(self, data, dtype, copy, settings)

    def copy_buffer(self, buffer: Buffer) -> Buffer:
        """Create a buffer on this device with the layout and contents of another buffer.

        Parameters
        ----------
        buffer : nexus.Buffer
            A buffer on any device of any runtime.
        """
        if not isinstance(buffer, Buffer):
            raise TypeError(f"expected a nexus.Buffer, got {type(buffer).__name__}")
        return allocation.create(self, buffer, None, True, 0)

    def load_library(
        self,
        source: str | os.PathLike[str] | bytes | bytearray | memoryview | Mapping[str, Any],
        name: str | int | None = None,
        *,
        convention: str = "items",
    ) -> Library:
        """Load kernels.

        Parameters
        ----------
        source : path, bytes-like or nexus.Catalog
            The path of a compiled library, or of source that the plugin compiles; the bytes of
            either; or a catalog, from which the build of `name` for the device's architecture is
            loaded, or else its source: ``built_for`` of the library tells. With a `name`, or if it
            ends in ``.nxc``, a path is that of a catalog, or a catalog's name in the folders of
            ``NEXUS_CATALOG_PATH``.
        name : str or int, optional
            Name of a library in a catalog, not needed if it has only one; or, for bytes, how many
            of them are the library.
        convention : {'items', 'groups'}
            How plain functions of the library are called, if it does not say so itself: once per
            item, or once per lane for a range of groups, which only the CPU supports.
            ``docs/cpu.md`` describes both. Catalogs take no convention.

        Raises
        ------
        LibraryError
            If the file is missing or not a kernel library, the source does not compile, the catalog
            has neither a build for this device nor a source, or the plugin does not support the
            convention. The compiler's output is in ``log``.
        CatalogError
            If the catalog cannot be read, or a file does not match its entry in it: it lies outside
            of the catalog's folder, has another checksum, or lacks a function.
        NotFoundError
            If the catalog has no library of that name.
        """
        return library.load_any(self, source, name, convention)

    def compile(
        self, source: str | bytes | bytearray | memoryview, *, convention: str = "items"
    ) -> Library:
        """Compile kernels from source text; raises as `load_library` does.

        Parameters
        ----------
        source : str or bytes-like
            Text in the language of the device's plugin, bytes in UTF-8; for CPUs C with
            ``nexus-api/nxs_kernel.h``.
        convention : {'items', 'groups'}
            As for `load_library`.
        """
        return library.compile_text(self, source, convention)

    def create_stream(self, settings: int = 0) -> Stream:
        """Create a stream, which runs schedules in the order of submission.

        Parameters
        ----------
        settings : nexus.stream_settings
            Flags.
        """
        settings = integer(settings, "settings", UINT)
        handle = lib.nxs_CreateStream(self._table, self._handle, settings)
        if handle < 0:
            self._fail(handle, "nxsCreateStream")
        return Stream(self, handle)

    def create_schedule(self, settings: int = 0) -> Schedule:
        """Create an empty schedule, a list of commands.

        Parameters
        ----------
        settings : nexus.execution_settings
            Flags that apply to each of its runs, such as ``Timing``.
        """
        if self._runs.streams:
            self._runs.retire()
        if settings.__class__ is not int or settings >> 32:
            settings = integer(settings, "settings", UINT)
        handle = lib.nxs_CreateSchedule(self._table, self._handle, settings)
        if handle < 0:
            self._fail(handle, "nxsCreateSchedule")
        return Schedule(self, handle)

    def create_event(self, event_type: int = EventType.Shared) -> Event:
        """Create an event, a counter that starts at 0 and only grows.

        Parameters
        ----------
        event_type : nexus.event_type
            Intended use.
        """
        kind = integer(event_type, "event_type", UINT)
        handle = lib.nxs_CreateEvent(self._table, self._handle, kind, 0)
        if handle < 0:
            self._fail(handle, "nxsCreateEvent")
        return Event(self, handle, kind)

    def get_events(self) -> list[Event]:
        """Return the events of the device that are open and still referenced.

        Visits all objects that the garbage collector knows; not for frequent calls.

        Examples
        --------
        >>> import nexus
        >>> device = nexus.get_runtime("cpu").get_device(0)
        >>> device.create_event() in device.get_events()
        True
        """
        return children(self, Event)

    def get_buffers(self) -> list[Buffer]:
        """Return the buffers of the device; see `get_events`."""
        return children(self, Buffer)

    def get_libraries(self) -> list[Library]:
        """Return the libraries of the device; see `get_events`."""
        return children(self, Library)

    def get_streams(self) -> list[Stream]:
        """Return the streams of the device; see `get_events`."""
        return children(self, Stream)

    def get_schedules(self) -> list[Schedule]:
        """Return the schedules of the device; see `get_events`."""
        return children(self, Schedule)

    def __repr__(self) -> str:
        return f"<nexus.Device {self._handle} of {self._plugin.name}>"

    def _fail(self, result: int, function: str, about: str = "") -> NoReturn:
        fail(self._plugin, result, function, about or repr(self))
