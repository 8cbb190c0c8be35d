"""Schedules, commands and runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from nexus._enums import execution_settings as Settings
from nexus._enums import status as Status
from nexus._ffi import ffi
from nexus.errors import ABSENT
from nexus.field_plugins.field_commands import Command, cell_of, check_index, check_size, scalar_of
from nexus.field_plugins.field_streams import Streams
from nexus.field_plugins.refusal import MOST_OBJECTS, RefusedError, find, require_room

_NULL = ffi.NULL
_NON_BLOCKING = int(Settings.NonBlocking)
_DEFAULT_STREAM = -1
_EVENTS = ("CreateEvent", "SignalEvent", "WaitEvent")
# The name of every argument: such plugins keep the pointer, and some read it.
_NO_NAME = ffi.new("char[]", b"")


@dataclass
class Schedule:
    """A schedule, as its owner sees it.

    Attributes
    ----------
    handle : int
        The plugin's, from its first command or run on; -1 before.
    commands : list of int
        Handles, as the owner sees them.
    kept : list
        Memory that the plugin has pointers to, until the schedule is released.
    in_flight : bool
        Whether a run may still be using the scalars.
    """

    device: int
    settings: int
    handle: int = -1
    commands: list[int] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    in_flight: bool = False


class Work(Streams):
    """The functions of schedules and commands.

    Their handles are numbers of our own, so that the plugin's schedule of a single launch can be
    used again: a plugin of the field loses some 4 KB with each command.
    """

    def __init__(self) -> None:
        super().__init__()
        self.schedules: dict[int, Schedule] = {}
        self.commands: dict[int, Command] = {}
        # By kernel: a schedule and its only command, of no owner.
        self._spare: dict[int, tuple[Schedule, Command]] = {}
        self._last = 0
        # The process that has run something: in a forked child a run would hang.
        self._process = 0

    def CreateSchedule(self, device: int, settings: int) -> int:  # noqa: N802
        return self._number(self.schedules, Schedule(device, settings))

    def GetScheduleProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        schedule = find(self.schedules, handle, Status.NXS_InvalidSchedule)
        self._start(schedule)
        self._answer("GetScheduleProperty", schedule.handle, number, {}, (value, size))

    def ReleaseSchedule(self, handle: int) -> None:  # noqa: N802
        schedule = find(self.schedules, handle, Status.NXS_InvalidSchedule)
        with self.original.lock:
            del self.schedules[handle]
            commands = [self.commands.pop(number) for number in schedule.commands]
            for command in commands:
                self._end_leases(command)
            if schedule.handle >= 0 and not self._keep(schedule, commands):
                self.original.check("ReleaseSchedule", schedule.handle)

    def CreateCommand(self, owner: int, kernel: int, settings: int) -> int:  # noqa: N802
        schedule = find(self.schedules, owner, Status.NXS_InvalidSchedule)
        self._require_kernel(kernel)
        with self.original.lock:
            spare = self._spare.get(kernel)
            fresh = schedule.handle < 0 and not settings
            if spare is not None and fresh and spare[0].settings == schedule.settings:
                kept, command = self._spare.pop(kernel)
                schedule.handle, schedule.kept = kept.handle, kept.kept
                command.arguments, command.ready, command.schedule = {}, False, owner
            else:
                self._start(schedule)
                self._require_room(len(self.commands), "commands")
                made = self.original.check("CreateCommand", schedule.handle, kernel, settings)
                command = Command(made, kernel, owner, settings)
            return self._append(schedule, command)

    def CreateSignalCommand(self, owner: int, event: int, value: int, settings: int) -> int:  # noqa: N802
        return self._event_command("CreateSignalCommand", owner, event, value, settings)

    def CreateWaitCommand(self, owner: int, event: int, value: int, settings: int) -> int:  # noqa: N802
        return self._event_command("CreateWaitCommand", owner, event, value, settings)

    def GetCommandProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        command = self._command(handle)
        self._answer("GetCommandProperty", command.handle, number, {}, (value, size))

    def SetCommandArgument(  # noqa: N802
        self, handle: int, index: int, buffer: int, name: Any, settings: int
    ) -> None:
        command = self._command(handle)
        _require_kernel_command(command)
        check_index(index)
        self._find(buffer)
        command.arguments[index] = buffer
        command.ready = False

    def SetCommandScalar(  # noqa: N802
        self, handle: int, index: int, value: Any, name: Any, settings: int
    ) -> None:
        command = self._command(handle)
        if not self.original.has("SetCommandScalar"):
            raise RefusedError(ABSENT)
        _require_kernel_command(command)
        check_index(index)
        command.arguments[index] = scalar_of(value, settings)
        command.ready = False

    def FinalizeCommand(self, handle: int, grid: Any, group: Any, shared: int) -> None:  # noqa: N802
        command = self._command(handle)
        _require_kernel_command(command)
        schedule = self.schedules[command.schedule]
        check_size(grid, group, self.is_cpu(schedule.device))
        buffers = [value for value in list(command.arguments.values()) if isinstance(value, int)]
        with self.original.lock:
            for buffer in buffers:
                self._find(buffer)
            for buffer in buffers:
                self.lease(buffer)
            self._end_leases(command)
            command.leased = buffers
            for index in sorted(command.arguments):
                self._send(schedule, command, index)
            self.original.check("FinalizeCommand", command.handle, grid, group, shared)
            command.ready = True

    def RunSchedule(self, handle: int, stream: int, settings: int) -> None:  # noqa: N802
        schedule = find(self.schedules, handle, Status.NXS_InvalidSchedule)
        if stream >= 0:
            find(self.streams, stream, Status.NXS_InvalidStream)
        for number in schedule.commands:
            if problem := self.commands[number].problem():
                raise problem
        if settings & _NON_BLOCKING:
            for name in _EVENTS:
                if not self.original.has(name):
                    raise RefusedError(
                        ABSENT,
                        f"the plugin lacks nxs{name}, without which nothing tells when a run that "
                        "does not block has ended; run with blocking=True",
                    )
        self._process = self._process or os.getpid()
        if self._process != os.getpid():
            raise RefusedError(
                Status.NXS_DeviceNotAvailable, "a forked child cannot use the parent's devices"
            )
        self._start(schedule)
        schedule.in_flight = schedule.in_flight or bool(settings & _NON_BLOCKING)
        on = stream if stream >= 0 else _DEFAULT_STREAM
        self.original.check("RunSchedule", schedule.handle, on, settings)

    def is_cpu(self, device: int) -> bool:
        """Return whether a device is a CPU."""
        raise NotImplementedError

    def _number(self, objects: dict[int, Any], made: Any) -> int:
        with self.original.lock:
            self._last += 1
            objects[self._last] = made
            return self._last

    def _command(self, handle: int) -> Command:
        return find(self.commands, handle, Status.NXS_InvalidCommand)

    def _start(self, schedule: Schedule) -> None:
        """Create the plugin's schedule, if there is none yet."""
        with self.original.lock:
            if schedule.handle < 0:
                # Copied, since the collector may release a schedule meanwhile.
                started = sum(one.handle >= 0 for one in list(self.schedules.values()))
                self._require_room(started, "schedules")
                device, settings = schedule.device, schedule.settings
                schedule.handle = self.original.check("CreateSchedule", device, settings)

    def _require_room(self, live: int, kind: str) -> None:
        """Make room for one more schedule or command; spare ones give way."""
        while self._spare and live + len(self._spare) >= MOST_OBJECTS:
            schedule, _ = self._spare.pop(next(iter(self._spare)))
            if self.original.has("ReleaseSchedule"):
                self.original.call("ReleaseSchedule", schedule.handle)
        require_room(live + len(self._spare), kind)

    def _append(self, schedule: Schedule, command: Command) -> int:
        number = self._number(self.commands, command)
        schedule.commands.append(number)
        return number

    def _event_command(
        self, function: str, owner: int, event: int, value: int, settings: int
    ) -> int:
        schedule = find(self.schedules, owner, Status.NXS_InvalidSchedule)
        if not self.original.has(function):
            raise RefusedError(ABSENT)
        find(self.events, event, Status.NXS_InvalidEvent)
        with self.original.lock:
            self._start(schedule)
            self._require_room(len(self.commands), "commands")
            made = self.original.check(function, schedule.handle, event, value, settings)
            return self._append(schedule, Command(made, -1, owner))

    def _send(self, schedule: Schedule, command: Command, index: int) -> None:
        """Give the plugin an argument."""
        value = command.arguments[index]
        if isinstance(value, int):
            call = ("SetCommandArgument", command.handle, index, value, _NO_NAME, 0)
            self.original.check(*call)
            return
        cell = command.cells.get(index)
        if cell is None or schedule.in_flight:
            cell = command.cells[index] = cell_of(value)
            schedule.kept.append(cell)
        else:
            ffi.memmove(cell, cell_of(value), len(cell))
        call = ("SetCommandScalar", command.handle, index, cell, _NO_NAME, value.sent_type)
        self.original.check(*call)

    def _end_leases(self, command: Command) -> None:
        leased, command.leased = command.leased, []
        for buffer in leased:
            self.end_lease(buffer)

    def _keep(self, schedule: Schedule, commands: list[Command]) -> bool:
        """Keep the plugin's schedule of a single launch for the next one of the same kernel."""
        if len(commands) != 1 or schedule.in_flight:
            return False
        (command,) = commands
        if command.kernel < 0 or command.settings or command.kernel in self._spare:
            return False
        self._spare[command.kernel] = (schedule, command)
        return True


def _require_kernel_command(command: Command) -> None:
    if command.kernel < 0:
        raise RefusedError(
            Status.NXS_InvalidOperation,
            "a command that signals or waits has no arguments and no size",
        )
