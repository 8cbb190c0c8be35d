"""Non-blocking runs that still use host memory."""

from __future__ import annotations

import threading
from typing import Any

from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._ffi import lib

_NON_BLOCKING = int(Settings.NonBlocking)


class _StreamRuns:
    """The runs of one stream, and the event that counts those that have ended."""

    __slots__ = ("event", "runs", "submitted")

    def __init__(self, event: int) -> None:
        self.event = event
        self.submitted = 0
        # Each run has its number, None until its marker is submitted, and what it keeps alive.
        self.runs: list[list[Any]] = []


class RunsInFlight:
    """Keeps host memory alive for as long as non-blocking runs of a device use it.

    After each such run a marker is submitted to its stream: a schedule of one command, which
    signals the stream's event with the number of the run. Streams execute in order, so the event's
    value says which runs have ended. Neither closing a schedule nor a later run changes that.

    Attributes
    ----------
    streams : dict
        The runs in flight by their stream's handle; empty when there are none.
    copies_wait : bool
        Whether copies wait for runs in flight that use the buffer: version 1.1 of the ABI.
    shares : bool
        Whether a buffer of the device has ever shared host memory.
    """

    __slots__ = ("_device", "_lock", "_table", "copies_wait", "shares", "streams")

    def __init__(self, table: Any, device: int, copies_wait: bool) -> None:
        self._table = table
        self._device = device
        self._lock = threading.Lock()
        self.streams: dict[int, _StreamRuns] = {}
        self.copies_wait = copies_wait
        self.shares = False

    def submit(self, schedule: int, stream: int, settings: int, memory: list[Any]) -> int:
        """Run a schedule without blocking, and keep host memory alive until the run has ended.

        Parameters
        ----------
        schedule, stream : int
            Handles; a negative stream is the default stream.
        settings : int
            Execution settings, with ``NonBlocking``.
        memory : list
            What owns the host memory.

        Returns
        -------
        int
            Status of ``nxsRunSchedule``.
        """
        with self._lock:
            runs = self.streams.get(stream)
            if runs is None:
                event = lib.nxs_CreateEvent(self._table, self._device, 0, 0)
                runs = self.streams[stream] = _StreamRuns(event)
            run: list[Any] = [None, memory]
            runs.runs.append(run)
        result = int(lib.nxs_RunSchedule(self._table, schedule, stream, settings))
        if result < 0:
            with self._lock:
                runs.runs.remove(run)
        elif runs.event >= 0:
            with self._lock:
                runs.submitted += 1
                number = runs.submitted
            if self._mark(runs.event, number, stream):
                run[0] = number
        self.retire()
        return result

    def retire(self) -> int:
        """Drop what the runs that have ended kept alive, and return how many are in flight."""
        with self._lock:
            for stream, runs in list(self.streams.items()):
                ended = lib.nxs_GetEventProperty_int(self._table, runs.event, Property.Value)
                self._keep(stream, [r for r in runs.runs if r[0] is None or r[0] > ended])
            return sum(len(runs.runs) for runs in self.streams.values())

    def retire_stream(self, stream: int) -> None:
        """Drop all runs of a stream that has been waited for, including those without a marker."""
        with self._lock:
            if stream in self.streams:
                self._keep(stream, [])

    def _keep(self, stream: int, left: list[list[Any]]) -> None:
        runs = self.streams[stream]
        runs.runs = left
        if not left:
            del self.streams[stream]
            if runs.event >= 0:
                lib.nxs_ReleaseEvent(self._table, runs.event)

    def _mark(self, event: int, number: int, stream: int) -> bool:
        """Signal the event once all work submitted to the stream so far has ended."""
        table = self._table
        schedule = lib.nxs_CreateSchedule(table, self._device, 0)
        if schedule < 0:
            return False
        try:
            if lib.nxs_CreateSignalCommand(table, schedule, event, number, 0) < 0:
                return False
            return bool(lib.nxs_RunSchedule(table, schedule, stream, _NON_BLOCKING) >= 0)
        finally:
            lib.nxs_ReleaseSchedule(table, schedule)
