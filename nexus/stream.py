"""Streams: queues that execute schedules in the order of submission."""

from __future__ import annotations

from typing import Any

from nexus._core import KINDS
from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi, lib
from nexus._objects.handle import Handle
from nexus.event import wait_in_slices

_NON_BLOCKING = int(Settings.NonBlocking)
_STATUS = int(Property.Status)
_IDLE = b"Complete\0"


class Stream(Handle):
    """A queue that executes schedules in order; created by ``Device.create_stream``."""

    __slots__ = ()

    _instead = "pass on the stream itself, or create another with device.create_stream()"
    _kind = KINDS["Stream"]
    _release = lib.nxs_ReleaseStream
    _invalid = Status.NXS_InvalidStream
    _query = lib.nxs_GetStreamProperty
    _query_int = lib.nxs_GetStreamProperty_int
    _query_name = "nxsGetStreamProperty"

    @property
    def device(self) -> Any:
        """nexus.Device: The device this stream runs on."""
        return self._parent

    def synchronize(self) -> Status:
        """Wait until all work submitted to the stream has ended.

        Returns
        -------
        nexus.status
            ``NXS_Success``.

        Raises
        ------
        NexusError
            If work that was run without blocking has failed.
        KeyboardInterrupt
            If Ctrl-C ends the wait.

        Examples
        --------
        >>> import nexus
        >>> stream = nexus.get_runtime("cpu").get_device(0).create_stream()
        >>> stream.synchronize().name
        'NXS_Success'
        """
        self._require_open("nxsRunSchedule")
        if not self._is_idle():
            self._wait_interruptibly()
        # A blocking run reports failures of the work before it.
        with self.device.create_schedule() as fence:
            status: Status = fence.run(self)
            return status

    def _is_idle(self) -> bool:
        """Return whether the plugin says so; plugins that do not answer may be busy."""
        text, size = ffi.new("char[]", len(_IDLE)), ffi.new("size_t *", len(_IDLE))
        lib.nxs_GetStreamProperty(self._table, self._handle, _STATUS, text, size)
        return bytes(ffi.buffer(text)) == _IDLE

    def _wait_interruptibly(self) -> None:
        """Wait for an event behind all work; return at once where the plugin cannot do that."""
        table, device = self._table, self._parent._handle
        event = lib.nxs_CreateEvent(table, device, 0, 0)
        if event < 0:
            return
        schedule = lib.nxs_CreateSchedule(table, device, 0)
        try:
            marked = (
                schedule >= 0
                and lib.nxs_CreateSignalCommand(table, schedule, event, 1, 0) >= 0
                and lib.nxs_RunSchedule(table, schedule, self._handle, _NON_BLOCKING) >= 0
            )
            if marked:
                # Whatever the result: the blocking run that follows reports it.
                wait_in_slices(table, event, 1, None)
        finally:
            if schedule >= 0:
                lib.nxs_ReleaseSchedule(table, schedule)
            lib.nxs_ReleaseEvent(table, event)
