"""Streams, and the schedules that run on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nexus._enums import event_status as EventStatus
from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import lib
from nexus.command import Command
from nexus.errors import NexusError
from nexus.event import Event
from nexus.handle import CLOSED, Handle
from nexus.program import Kernel

if TYPE_CHECKING:
    from nexus.device import Device

_run = lib.nxs_RunSchedule
_SUCCESS = Status.NXS_Success
_TIMING, _NON_BLOCKING = int(Settings.Timing), int(Settings.NonBlocking)
_DEFAULT_STREAM = -1
_UNFINISHED = (EventStatus.Submitted.name, EventStatus.Running.name)


class Stream(Handle):
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


class Schedule(Handle):
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
        self._table = device._table
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
        table = self._table
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
        handle = create(self._table, self._handle, event._handle, value, settings)
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
        if stream is None and blocking and not timing:
            result = _run(self._table, self._handle, _DEFAULT_STREAM, 0)
        else:
            on, settings = _DEFAULT_STREAM, _TIMING if timing else 0
            if stream is not None:
                self._require(stream, Stream, "nxsRunSchedule")
                on = stream._handle
            if not blocking:
                settings |= _NON_BLOCKING
                self._in_flight = True
            result = _run(self._table, self._handle, on, settings)
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
