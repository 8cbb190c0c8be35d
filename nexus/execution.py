"""Streams, schedules and their commands."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NoReturn

from nexus import dtypes
from nexus._enums import event_status as EventStatus
from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus.dtypes import DTypeLike
from nexus.errors import NexusError
from nexus.event import Event
from nexus.handle import CLOSED, Handle
from nexus.memory import Buffer
from nexus.program import Kernel
from nexus.properties import PropertyAccess
from nexus.work_size import dimensions, extent, groups_of

if TYPE_CHECKING:
    from nexus.device import Device

_run = lib.nxs_RunSchedule
_set_buffer, _set_scalar = lib.nxs_SetCommandArgument, lib.nxs_SetCommandScalar
_NULL = ffi.NULL
_SUCCESS = Status.NXS_Success
_TIMING, _NON_BLOCKING = int(Settings.Timing), int(Settings.NonBlocking)
_DEFAULT_STREAM = -1
_UNFINISHED = (EventStatus.Submitted.name, EventStatus.Running.name)


class Stream(Handle, PropertyAccess):
    """Runs schedules in the order of their ``run``; made by ``Device.create_stream``."""

    __slots__ = ()

    _release = lib.nxs_ReleaseStream
    _invalid = Status.NXS_InvalidStream
    _query = lib.nxs_GetStreamProperty
    _query_int = lib.nxs_GetStreamProperty_int
    _query_name = "nxsGetStreamProperty"

    @property
    def device(self) -> Device:
        """nexus.Device: Whose work it orders."""
        device: Device = self._parent
        return device

    def synchronize(self) -> Status:
        """Return when all the work that the stream was handed is done.

        Raises
        ------
        NexusError
            If work that was run without blocking has failed.
        """
        with self.device.create_schedule() as fence:
            return fence.run(self)


class Schedule(Handle, PropertyAccess):
    """A list of commands that run in order, again and again; made by ``Device.create_schedule``."""

    __slots__ = ("_in_flight", "_uses")

    _release = lib.nxs_ReleaseSchedule
    _invalid = Status.NXS_InvalidSchedule
    _query = lib.nxs_GetScheduleProperty
    _query_int = lib.nxs_GetScheduleProperty_int
    _query_name = "nxsGetScheduleProperty"

    def __init__(self, device: Device, handle: int) -> None:
        self._handle = handle
        self._parent = device
        self._plugin = device._plugin
        # Buffers can wrap memory of the host, which has to outlive the work that uses it.
        self._uses: list[Handle] = []
        self._in_flight = False

    @property
    def device(self) -> Device:
        """nexus.Device: Which it runs on."""
        device: Device = self._parent
        return device

    def create_command(self, kernel: Kernel, settings: int = 0) -> Command:
        """Append a command that runs a kernel.

        Parameters
        ----------
        kernel : nexus.Kernel
            Of the same device.
        settings : nexus.execution_settings
            Flags for this command.

        Returns
        -------
        nexus.Command
            To be given its arguments, and its size by ``finalize``.
        """
        self._require(kernel, Kernel, "nxsCreateCommand")
        table = self._plugin.table
        handle = lib.nxs_CreateCommand(table, self._handle, kernel._handle, settings)
        if handle < 0:
            self._fail(handle, "nxsCreateCommand")
        return Command(self, handle, kernel=kernel)

    def create_signal_command(self, event: Event, value: int = 1, settings: int = 0) -> Command:
        """Append a command that raises an event's counter to `value`."""
        return self._event_command(
            lib.nxs_CreateSignalCommand, "nxsCreateSignalCommand", event, value, settings
        )

    def create_wait_command(self, event: Event, value: int = 1, settings: int = 0) -> Command:
        """Append a command that holds those after it back until an event reaches `value`."""
        return self._event_command(
            lib.nxs_CreateWaitCommand, "nxsCreateWaitCommand", event, value, settings
        )

    def _event_command(
        self, create: Any, function: str, event: Event, value: int, settings: int
    ) -> Command:
        self._require(event, Event, function)
        handle = create(self._plugin.table, self._handle, event._handle, value, settings)
        if handle < 0:
            self._fail(handle, function)
        return Command(self, handle, event=event)

    def run(
        self, stream: Stream | None = None, blocking: bool = True, timing: bool = False
    ) -> Status:
        """Run the commands in order, on what the buffers hold at that time.

        Parameters
        ----------
        stream : nexus.Stream, optional
            Where to run; the device's default stream where it is not given.
        blocking : bool
            False returns once the work is handed over. If it fails then, the next blocking run on
            the stream raises, and the schedule's ``Status`` tells.
        timing : bool
            Whether to measure the run: ``get_property_flt("ElapsedTime")``, in ms.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        NexusError
            If a command is not finalized or lacks arguments, or the work fails.
        """
        on, settings = _DEFAULT_STREAM, 0
        if stream is not None:
            self._require(stream, Stream, "nxsRunSchedule")
            on = stream._handle
        if not blocking:
            settings = _NON_BLOCKING
            self._in_flight = True
        if timing:
            settings |= _TIMING
        result = _run(self._plugin.table, self._handle, on, settings)
        if result:
            self._fail(result, "nxsRunSchedule")
        return _SUCCESS

    def close(self) -> None:
        """Release the schedule and its commands; a run that is pending is finished."""
        if self._handle >= 0 and self._busy():
            self._hand_over()
        else:
            super().close()
            self._uses = []

    def __del__(self) -> None:
        try:
            busy = self._in_flight and self._handle >= 0 and self._busy()
        except AttributeError:
            return
        if busy:
            self._hand_over()
        else:
            Handle.__del__(self)

    def _busy(self) -> bool:
        """Return whether work is in flight that uses what Python has to keep alive."""
        if not (self._in_flight and self._uses):
            return False
        try:
            state = self.get_property_str(Property.Status)
        except NexusError:
            return False
        return state.startswith(_UNFINISHED)

    def _hand_over(self) -> None:
        """Let another object hold the handle until the work is done, and close this one."""
        heir = Schedule(self._parent, self._handle)
        heir._uses, heir._in_flight = self._uses, True
        self._handle, self._uses = CLOSED, []
        self._parent._defer(heir)


class Command(Handle, PropertyAccess):
    """One step of a schedule; made by ``Schedule.create_command`` and its like."""

    __slots__ = ("_event", "_kernel")

    _release = lib.nxs_ReleaseCommand
    _invalid = Status.NXS_InvalidCommand
    _query = lib.nxs_GetCommandProperty
    _query_int = lib.nxs_GetCommandProperty_int
    _query_name = "nxsGetCommandProperty"

    def __init__(
        self,
        schedule: Schedule,
        handle: int,
        kernel: Kernel | None = None,
        event: Event | None = None,
    ) -> None:
        self._handle = handle
        self._parent = schedule
        self._plugin = schedule._plugin
        self._kernel = kernel
        self._event = event
        used = kernel if event is None else event
        if used is not None:
            schedule._uses.append(used)

    @property
    def kernel(self) -> Kernel | None:
        """nexus.Kernel or None: What it runs."""
        return self._kernel

    def get_event(self) -> Event | None:
        """Return the event that it signals or waits for, None for a command that runs a kernel."""
        return self._event

    def set_buffer(self, index: int, buffer: Buffer) -> Status:
        """Set an argument to a buffer.

        Parameters
        ----------
        index : int
            Of the argument, from 0 on.
        buffer : nexus.Buffer
            Of the same device.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        NexusError
            If the kernel has no such argument, or it is a scalar.
        InvalidHandleError
            If the buffer is closed or of another device.
        """
        if not isinstance(buffer, Buffer) or buffer._plugin is not self._plugin:
            self._require(buffer, Buffer, "nxsSetCommandArgument")
        try:
            result = _set_buffer(self._plugin.table, self._handle, index, buffer._handle, _NULL, 0)
        except OverflowError:
            self._no_index(index, "nxsSetCommandArgument")
        if result:
            buffer._require_open("nxsSetCommandArgument")
            self._fail(result, "nxsSetCommandArgument", f"argument {index} of {self!r}")
        self._parent._uses.append(buffer)
        return _SUCCESS

    def set_scalar(self, index: int, value: Any, dtype: DTypeLike = None) -> Status:
        """Set an argument to a value.

        Parameters
        ----------
        index : int
            Of the argument, from 0 on.
        value : number
            Converted to `dtype`; where that is not given, to the type that the kernel declares;
            where it declares none, to the type of a NumPy scalar, and else bool to Bool, int to
            I32, float to F32.
        dtype : optional
            Type of the argument.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        OverflowError, TypeError
            If the type cannot hold the value.
        NexusError
            If the kernel has no such argument, it is a buffer, or its size is another.
        """
        number = operator.index(index)
        if dtype is not None:
            kind = dtypes.resolve(dtype)
        elif self._kernel is not None:
            kind = self._kernel._scalar_type(number, value)
        else:
            kind = dtypes.of_scalar(value)
        raw = ffi.from_buffer(dtypes.encode(value, kind))
        try:
            result = _set_scalar(self._plugin.table, self._handle, number, raw, _NULL, kind)
        except OverflowError:
            self._no_index(number, "nxsSetCommandScalar")
        if result:
            self._fail(result, "nxsSetCommandScalar", f"argument {number} of {self!r}")
        return _SUCCESS

    def set_arg(self, index: int, value: Any) -> Status:
        """Set an argument to a buffer or to a value; see `set_buffer` and `set_scalar`."""
        if isinstance(value, Buffer):
            return self.set_buffer(index, value)
        if hasattr(value, "shape") and value.shape != ():
            raise TypeError(
                f"argument {index} is a {type(value).__name__} of the host; make a buffer of it "
                "with device.create_buffer()"
            )
        return self.set_scalar(index, value)

    def finalize(self, group_size: Any, grid_size: Any, shared_memory_size: int = 0) -> Status:
        """Give the command its size; after that it can run and no longer be changed.

        Parameters
        ----------
        group_size : int or sequence of 1 to 3 int
            Work-items of a group along each dimension.
        grid_size : int or sequence of 1 to 3 int
            Work-items in all along each dimension, multiples of the group's.
        shared_memory_size : int
            Bytes that the items of a group share, beyond what the kernel declares.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        ValueError
            If the grid is no whole number of groups, or a size is negative.
        NexusError
            If a size is 0, or more than the device or the kernel can take.

        Examples
        --------
        1024 items in groups of 32, either way:

        >>> command.finalize(32, 1024)                  # doctest: +SKIP
        >>> command.finalize([32, 1, 1], [1024, 1, 1])  # doctest: +SKIP
        """
        group, items = dimensions(group_size, "group_size"), dimensions(grid_size, "grid_size")
        groups = groups_of(group, items)
        shared = extent(shared_memory_size, "shared_memory_size")
        table = self._plugin.table
        result = lib.nxs_FinalizeCommand(table, self._handle, [groups], [group], shared)
        if result:
            about = f"groups of {group} items in a grid of {items}"
            self._fail(result, "nxsFinalizeCommand", about)
        return _SUCCESS

    def _no_index(self, index: int, function: str) -> NoReturn:
        raise NexusError(
            f"no kernel has an argument {index}", Status.NXS_InvalidArgIndex, function
        ) from None
