"""Runs that still use host memory."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from nexus._enums import execution_settings as Settings
from nexus._enums import property as Property
from nexus._ffi import lib

_run = lib.nxs_RunSchedule
_NON_BLOCKING = int(Settings.NonBlocking)


# The buffers that are arguments of each of a schedule's commands, by index.
Arguments = list[dict[int, Any]]


def _shared(arguments: Arguments) -> list[Any]:
    """Return what owns the host memory that buffers share."""
    buffers = [buffer for of_command in arguments for buffer in list(of_command.values())]
    return [buffer._shared for buffer in buffers if buffer._shared is not None]


class _Run:
    """A run: its number, None until it is submitted, and what it keeps alive."""

    __slots__ = ("memory", "number")

    def __init__(self, memory: list[Any]) -> None:
        self.number: int | None = None
        self.memory = memory


class StreamRuns:
    """The runs of one stream, and the event that counts those that have ended."""

    __slots__ = ("event", "runs", "submitted")

    def __init__(self) -> None:
        self.event = -1
        self.submitted = 0
        self.runs: deque[_Run] = deque()

    def remove(self, run: _Run) -> None:
        """Remove a run that uses no host memory, and leave what it keeps to the run before it."""
        if self.runs[-1] is run:
            self.runs.pop()
        else:
            self.runs.remove(run)
        if self.runs and run.memory:
            self.runs[-1].memory += run.memory

    def retire(self, ended: int) -> None:
        """Drop the oldest runs, as far as their numbers are at most `ended`."""
        runs = self.runs
        while runs and runs[0].number is not None and runs[0].number <= ended:
            runs.popleft()


class RunsInFlight:
    """Keeps host memory alive for as long as runs of a device use it.

    After each non-blocking run a marker is submitted to its stream: a schedule of one command,
    which signals the stream's event with the number of the run. Streams execute in order, so the
    event's value says which runs have ended. Neither closing a schedule nor a later run changes
    that. An argument that is replaced while runs are in flight is kept by them, since each may be
    one that still uses it.

    Attributes
    ----------
    streams : dict
        The non-blocking runs in flight by their stream's handle; empty when there are none.
    copies_wait : bool
        Whether copies wait for runs in flight that use the buffer: version 1.1 of the ABI.
    shares : bool
        Whether a buffer of the device has ever shared host memory. Runs are counted from then on.
    """

    __slots__ = ("_blocking", "_device", "_lock", "_table", "copies_wait", "shares", "streams")

    def __init__(self, table: Any, device: int, copies_wait: bool) -> None:
        self._table = table
        self._device = device
        # Reentrant, since collected garbage may replace arguments while it is held.
        self._lock = threading.RLock()
        self._blocking: set[_Run] = set()
        self.streams: dict[int, StreamRuns] = {}
        self.copies_wait = copies_wait
        self.shares = False

    def run(self, schedule: int, stream: int, settings: int, arguments: Arguments) -> int:
        """Run a schedule, and keep host memory alive until the run has ended.

        Parameters
        ----------
        schedule, stream : int
            Handles; a negative stream is the default stream.
        settings : int
            Execution settings.
        arguments : list of dict
            The buffers of the schedule's commands.

        Returns
        -------
        int
            Status of ``nxsRunSchedule``.
        """
        if settings & _NON_BLOCKING:
            return self._submit(schedule, stream, settings, arguments)
        run = _Run(list(arguments))
        with self._lock:
            self._blocking.add(run)
            runs = self.streams.get(stream)
            before = 0 if runs is None else runs.submitted
        try:
            result = int(_run(self._table, schedule, stream, settings))
        finally:
            with self._lock:
                self._blocking.discard(run)
        if runs is not None and result >= 0:
            with self._lock:
                # All runs that were submitted to the stream before have ended, including those
                # without a marker.
                runs.retire(before)
                self._retire(stream)
        return result

    def _submit(self, schedule: int, stream: int, settings: int, arguments: Arguments) -> int:
        # Keeps the dicts too until the plugin has taken its snapshot: the schedule may be closed.
        run = _Run(list(arguments))
        held = len(run.memory)
        with self._lock:
            runs = self.streams.get(stream)
            if runs is None:
                runs = self.streams[stream] = StreamRuns()
            runs.runs.append(run)
        result = int(_run(self._table, schedule, stream, settings))
        with self._lock:
            if result >= 0:
                # What the plugin's snapshot uses is still an argument, or `replace` has kept it.
                run.memory += _shared(arguments)
            del run.memory[:held]
            if result < 0 or not run.memory:
                runs.remove(run)
            else:
                if runs.event < 0:
                    runs.event = lib.nxs_CreateEvent(self._table, self._device, 0, 0)
                runs.submitted += 1
                # If it gets no marker, its end is noticed by the marker of a later run.
                run.number = runs.submitted
        if run.number is not None:
            self._mark(runs.event, run.number, stream)
        with self._lock:
            self._retire(stream)
        return result

    def replace(self, arguments: dict[int, Any], index: int, buffer: Any) -> None:
        """Replace an argument of a command by a buffer, or by a scalar where `buffer` is None."""
        with self._lock:
            before = arguments.pop(index, None)
            if buffer is not None:
                arguments[index] = buffer
            if before is None or before._shared is None:
                return
            for run in self._blocking:
                run.memory.append(before._shared)
            for runs in self.streams.values():
                # The last run of a stream ends after all others.
                if runs.runs:
                    runs.runs[-1].memory.append(before._shared)

    def retire(self) -> int:
        """Drop what the runs that have ended kept alive, and return how many are in flight."""
        with self._lock:
            for stream in list(self.streams):
                self._retire(stream)
            return sum(len(runs.runs) for runs in self.streams.values())

    def _retire(self, stream: int) -> None:
        """Drop the runs of a stream that have ended, and its event with the last."""
        runs = self.streams.get(stream)
        if runs is None:
            return
        if runs.event >= 0:
            runs.retire(lib.nxs_GetEventProperty_int(self._table, runs.event, Property.Value))
        if runs.runs:
            return
        del self.streams[stream]
        if runs.event >= 0:
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
