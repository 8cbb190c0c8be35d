"""Runtimes and their devices."""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, overload
from weakref import WeakSet

from nexus import log, memory, plugin, program
from nexus._enums import event_type as EventType
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus.errors import NexusError, NotFoundError, PropertyNotFoundError, fail
from nexus.execution import Event, Schedule, Stream
from nexus.info import Properties
from nexus.properties import PropertyAccess

if TYPE_CHECKING:
    from nexus.dtypes import DTypeLike
    from nexus.memory import Buffer
    from nexus.plugin import Plugin
    from nexus.program import Library


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

    __slots__ = ("__weakref__", "_deferred", "_events", "_handle", "_parent", "_plugin", "_unified")

    _query = lib.nxs_GetDeviceProperty
    _query_int = lib.nxs_GetDeviceProperty_int
    _query_name = "nxsGetDeviceProperty"

    def __init__(self, runtime: Runtime, index: int) -> None:
        self._handle = index
        self._parent = runtime
        self._plugin = runtime._plugin
        self._events: WeakSet[Event] = WeakSet()
        self._deferred: list[Schedule] = []
        self._unified: bool | None = None

    @property
    def runtime(self) -> Runtime:
        """nexus.Runtime: Which it is of."""
        return self._parent

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
                self._unified = self.get_property_int(Property.UnifiedMemory) == 1
            except PropertyNotFoundError:
                self._unified = False
        return self._unified

    def get_info(self) -> Properties:
        """Return all that is known of the device.

        Returns
        -------
        nexus.Properties
            A mapping by name, with ``get_str``, ``get_int`` and their like.
        """
        return Properties(self.properties())

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
        return memory.create(self, data, dtype, copy, settings)

    def copy_buffer(self, buffer: Buffer) -> Buffer:
        """Make a buffer on this device with the layout and the contents of another.

        Parameters
        ----------
        buffer : nexus.Buffer
            Of any device of any runtime.
        """
        if not isinstance(buffer, memory.Buffer):
            raise TypeError(f"expected a nexus.Buffer, got {type(buffer).__name__}")
        return memory.create(self, buffer, None, True, 0)

    def load_library(
        self, source: str | os.PathLike[str] | bytes | bytearray | memoryview
    ) -> Library:
        """Load kernels.

        Parameters
        ----------
        source : path or bytes-like
            A file: a compiled library, or source that the plugin compiles. Or the bytes of one.

        Raises
        ------
        LibraryError
            If there is no such file, it is no kernel library, or its source does not compile; the
            compiler's text is its ``log``.
        """
        return program.load(self, source)

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
        handle = lib.nxs_CreateStream(self._plugin.table, self._handle, settings)
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
        handle = lib.nxs_CreateSchedule(self._plugin.table, self._handle, settings)
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
        handle = lib.nxs_CreateEvent(self._plugin.table, self._handle, event_type, 0)
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


class Runtime(PropertyAccess):
    """What one plugin drives: its name and its devices."""

    __slots__ = ("_devices", "_handle", "_plugin")

    _query = lib.nxs_GetRuntimeProperty
    _query_int = staticmethod(
        lambda table, _, number: lib.nxs_GetRuntimeProperty_int(table, number)
    )
    _query_name = "nxsGetRuntimeProperty"

    def __init__(self, opened: Plugin) -> None:
        self._handle = 0
        self._plugin = opened
        self._devices: tuple[Device, ...] = ()
        opened.name = self.get_property_str(Property.Name)
        count = self.get_property_int(Property.Size)
        self._devices = tuple(Device(self, index) for index in range(count))

    @property
    def name(self) -> str:
        """str: Its short name, such as ``'cpu'``."""
        return self._plugin.name

    @property
    def path(self) -> str:
        """str: The plugin's file."""
        return self._plugin.path

    @property
    def api_version(self) -> tuple[int, int, int]:
        """Version of the plugin ABI that it was compiled against."""
        return self._plugin.api_version

    def get_devices(self) -> list[Device]:
        """Return its devices, in the plugin's order."""
        return list(self._devices)

    def get_device(self, index: int) -> Device:
        """Return one device.

        Parameters
        ----------
        index : int
            From 0 on.

        Raises
        ------
        IndexError
            If there is none.
        """
        number = operator.index(index)
        if not 0 <= number < len(self._devices):
            raise IndexError(
                f"runtime {self.name!r} has {len(self._devices)} devices, none of number {number}"
            )
        return self._devices[number]

    def get_info(self) -> Properties:
        """Return all that the runtime tells of itself."""
        return Properties(self.properties())

    def __len__(self) -> int:
        return len(self._devices)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<nexus.Runtime {self.name!r}, {len(self._devices)} devices>"

    def _ask(self, number: int, value: Any, size: Any) -> int:
        return lib.nxs_GetRuntimeProperty(self._plugin.table, number, value, size)


class Runtimes(Sequence[Runtime]):
    """The runtimes of this machine, those with devices first, and of these the CPU's."""

    __slots__ = ("_runtimes",)

    def __init__(self, runtimes: Sequence[Runtime]) -> None:
        self._runtimes = tuple(runtimes)

    def get(self, which: int | str) -> Runtime:
        """Return one runtime.

        Parameters
        ----------
        which : int or str
            Its place in the list, or its name.

        Raises
        ------
        IndexError
            If there is none of that number.
        NotFoundError
            If there is none of that name.
        """
        return self._named(which) if isinstance(which, str) else self[which]

    @overload
    def __getitem__(self, index: int) -> Runtime: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Runtime]: ...
    def __getitem__(self, index: int | slice) -> Runtime | Sequence[Runtime]:
        if isinstance(index, str):
            return self._named(index)
        try:
            return self._runtimes[index]
        except IndexError:
            raise IndexError(
                f"there are {len(self._runtimes)} runtimes; there is no number {index}"
            ) from None

    def __len__(self) -> int:
        return len(self._runtimes)

    def __repr__(self) -> str:
        return f"nexus.Runtimes({list(self._runtimes)!r})"

    def _named(self, name: str) -> Runtime:
        for runtime in self._runtimes:
            if runtime.name == name:
                return runtime
        from difflib import get_close_matches

        names = [runtime.name for runtime in self._runtimes]
        near = get_close_matches(name, names) or names
        raise NotFoundError(
            f"there is no runtime {name!r}; there is {', '.join(near) or 'none'}",
            Status.NXS_InvalidRuntime,
        )


_lock = threading.Lock()
_runtimes: Runtimes | None = None


def get_runtimes() -> Runtimes:
    """Return the runtimes of this machine.

    The first call finds and opens the plugins: those of ``NEXUS_PLUGIN_PATH`` (files or folders),
    of installed packages (entry points ``nexus.plugins``), and those that come with this package.
    Where two report the same name, the first is used.

    Returns
    -------
    nexus.Runtimes
        Runtimes with devices first, of these the CPU's first.

    Warns
    -----
    PluginWarning
        Of each plugin that cannot be used, with file and reason.

    Examples
    --------
    >>> import nexus
    >>> nexus.get_runtimes()[0].name
    'cpu'
    """
    global _runtimes
    with _lock:
        if _runtimes is None:
            _runtimes = Runtimes(sorted(_load(), key=_rank))
        return _runtimes


def get_runtime(name: str) -> Runtime:
    """Return the runtime of a name; raises `NotFoundError` where there is none.

    Examples
    --------
    >>> import nexus
    >>> nexus.get_runtime("cpu").get_device(0).type
    'cpu'
    """
    return get_runtimes().get(name)


def create_buffer(
    data: Any, dtype: DTypeLike = None, copy: bool = True, settings: int = 0
) -> Buffer:
    """Make a system buffer, one on the first CPU; see ``Device.create_buffer``.

    Raises
    ------
    NotFoundError
        If no runtime has a CPU.
    """
    return _system_device().create_buffer(data, dtype, copy, settings)


def _system_device() -> Device:
    runtimes = get_runtimes()
    for runtime in runtimes:
        for device in runtime.get_devices():
            if device.type == "cpu":
                return device
    names = ", ".join(runtime.name for runtime in runtimes) or "none"
    raise NotFoundError(
        f"system buffers need a device of type 'cpu', and no runtime has one (there is: {names})",
        Status.NXS_DeviceNotFound,
    )


def _load() -> list[Runtime]:
    found: dict[str, Runtime] = {}
    for opened in plugin.load():
        try:
            runtime = Runtime(opened)
        except NexusError as error:
            plugin.refuse(opened, str(error))
            continue
        first = found.setdefault(runtime.name, runtime)
        if first is not runtime:
            log.write(
                "info", "runtime %r of %s is shadowed by %s", first.name, runtime.path, first.path
            )
    return list(found.values())


def _rank(runtime: Runtime) -> tuple[bool, bool]:
    devices = runtime.get_devices()
    return not devices, not devices or devices[0].type != "cpu"
