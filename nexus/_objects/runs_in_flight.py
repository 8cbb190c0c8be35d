"""Non-blocking runs that still use host memory."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._ffi import lib

_NON_BLOCKING = int(Settings.NonBlocking)


class _Run:
    """A run: its number, None until it is submitted, and what it keeps alive."""

    __slots__ = ("memory", "number")

    def __init__(self, memory: list[Any]) -> None:
        self.number: int | None = None
        self.memory = memory


class StreamRuns:
    """The runs of one stream, and the event that counts those that have ended."""

    __slots__ = ("event", "runs", "submitted")

    def __init__(self, event: int) -> None:
        self.event = event
        self.submitted = 0
        self.runs: deque[_Run] = deque()

    def retire(self, ended: int) -> None:
        """Drop the runs up to a number, of which the oldest come first."""
        runs = self.runs
        while runs and runs[0].number is not None and runs[0].number <= ended:
            runs.popleft()


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
        self.streams: dict[int, StreamRuns] = {}
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
                runs = self.streams[stream] = StreamRuns(event)
            run = _Run(memory)
            runs.runs.append(run)
        result = int(lib.nxs_RunSchedule(self._table, schedule, stream, settings))
        if result < 0:
            with self._lock:
                runs.runs.remove(run)
        else:
            with self._lock:
                runs.submitted += 1
                # Without a marker of its own, its end is noticed with that of a later run.
                run.number = number = runs.submitted
            self._mark(runs.event, number, stream)
        with self._lock:
            self._retire(stream)
        return result

    def retire(self) -> int:
        """Drop what the runs that have ended kept alive, and return how many are in flight."""
        with self._lock:
            for stream in list(self.streams):
                self._retire(stream)
            return sum(len(runs.runs) for runs in self.streams.values())

    def so_far(self, stream: int) -> tuple[StreamRuns, int] | None:
        """Return what a stream has been given by now, for `retire_stream`."""
        runs = self.streams.get(stream)
        return None if runs is None else (runs, runs.submitted)

    def retire_stream(self, stream: int, so_far: tuple[StreamRuns, int] | None) -> None:
        """Drop the runs that a stream had been given before a run that has ended."""
        if so_far is None:
            return
        runs, ended = so_far
        with self._lock:
            runs.retire(ended)
            self._retire(stream)

    def _retire(self, stream: int) -> None:
        """Drop the runs of a stream that have ended, and its event with the last."""
        runs = self.streams.get(stream)
        if runs is None:
            return
        runs.retire(lib.nxs_GetEventProperty_int(self._table, runs.event, Property.Value))
        if not runs.runs:
            del self.streams[stream]
            lib.nxs_ReleaseEvent(self._table, runs.event)

    def _mark(self, event: int, number: int, stream: int) -> None:
        """Have the stream signal the event once all work submitted so far has ended."""
        table = self._table
        if event < 0:
            return
        schedule = lib.nxs_CreateSchedule(table, self._device, 0)
        if schedule < 0:
            return
        try:
            if lib.nxs_CreateSignalCommand(table, schedule, event, number, 0) >= 0:
                lib.nxs_RunSchedule(table, schedule, stream, _NON_BLOCKING)
        finally:
            lib.nxs_ReleaseSchedule(table, schedule)
