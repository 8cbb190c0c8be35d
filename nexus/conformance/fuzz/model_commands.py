"""Model of the calls on commands, which may change and be finalized again at any time."""

from __future__ import annotations

from nexus._enums import (
    command_arg_type,
    command_type,
    event_command_settings,
    execution_settings,
)
from nexus.conformance.fuzz import refusals
from nexus.conformance.fuzz.model import EXECUTION_SETTINGS
from nexus.conformance.fuzz.model_objects import Buffer, Command, Event, Kernel, Schedule
from nexus.conformance.fuzz.model_properties import Properties
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.trace import Want

PER_RUN = int(event_command_settings.PerRun)
EVENT_COMMAND_SETTINGS = PER_RUN | int(execution_settings.Timing)


def _command_problems(command: Command | None) -> set[str]:
    """Return the statuses with which a change of a command is refused."""
    if command is None:
        return {"InvalidCommand"}
    return set() if command.kernel else {"InvalidOperation"}


class Commands(Properties):
    """The model of `Properties`, and commands."""

    def create_command(self, schedule: int, kernel: int, settings: int) -> Command | None:
        """Append a command that runs a kernel."""
        why = self._append_problems(schedule, settings)
        of = self.find(Kernel, kernel)
        why |= set() if of else {"InvalidKernel"}
        arguments = (schedule, kernel, settings)
        kind = command_type.Dispatch
        return self._append("CreateCommand", why, arguments, type=kind, kernel=of)

    def create_event_command(
        self, kind: command_type, schedule: int, event: int, value: int, settings: int
    ) -> Command | None:
        """Append a command that signals an event or waits for it."""
        why = self._append_problems(schedule, settings, EVENT_COMMAND_SETTINGS)
        per_run = bool(settings & PER_RUN)
        why |= {"InvalidValue"} if per_run and value <= 0 else set()
        of = self.find(Event, event)
        why |= set() if of else {"InvalidEvent"}
        arguments = (schedule, event, value, settings)
        function = f"Create{kind.name}Command"
        return self._append(
            function, why, arguments, type=kind, event=of, value=value, per_run=per_run
        )

    def _append_problems(
        self, schedule: int, settings: int, known: int = EXECUTION_SETTINGS
    ) -> set[str]:
        why = {"InvalidValue"} if settings & ~known else set()
        return why | (set() if self.find(Schedule, schedule) else {"InvalidSchedule"})

    def _append(
        self, function: str, why: set[str], arguments: tuple[int, ...], **state: object
    ) -> Command | None:
        if why:
            self.refused(Command, function, *arguments, why=why)
            return None
        command = self._make(Command, function, *arguments, **state)
        schedule = self.find(Schedule, arguments[0])
        assert schedule is not None
        schedule.commands.append(command)
        schedule.children.append(command)
        return command

    def set_argument(self, handle: int, index: int, buffer: int, name: str | None) -> None:
        """Set an argument to a buffer."""
        command, value = self.find(Command, handle), self.find(Buffer, buffer)
        why, odd = refusals.of_argument(command.kernel if command else None, index, "buffer")
        why |= _command_problems(command) | (set() if value else {"InvalidBuffer"})
        want = Want(frozenset(why | odd), either=bool(odd) and not why)
        result = self.trace.call("SetCommandArgument", handle, index, buffer, name, 0, want=want)
        if result.value == 0 and command is not None and value is not None:
            command.arguments[index] = value
            command.finalized = False
            command.odd |= bool(odd)

    def set_scalar(
        self, handle: int, index: int, value: bytes | None, kind: int, name: str | None
    ) -> None:
        """Set an argument to a scalar: the bytes of `value` that the data type has."""
        command = self.find(Command, handle)
        kernel = command.kernel if command else None
        data, size, why, odd = refusals.of_scalar(kernel, index, value, kind)
        why |= _command_problems(command)
        constant = bool(name) and kind & command_arg_type.Constant and "InvalidArgIndex" in odd
        if constant:
            # Some hosts set named constants that are no arguments: plugins may accept them.
            why.discard("InvalidArgValue")
            odd.add("InvalidArgValue")
        want = Want(frozenset(why | odd), either=bool(odd) and not why)
        result = self.trace.call("SetCommandScalar", handle, index, data, name, kind, want=want)
        if result.value == 0 and constant and command is not None:
            command.odd = True
            return
        if result.value == 0 and data is not None and not refusals.data_type_of(kind):
            data = data[:size]
        if result.value == 0 and command is not None and data is not None:
            command.arguments[index] = data
            command.finalized = False
            command.odd |= bool(odd)

    def finalize(self, handle: int, grid: Dim3, group: Dim3, shared: int) -> None:
        """Finalize a command with a size."""
        command = self.find(Command, handle)
        why = _command_problems(command)
        more, odd = refusals.of_size(grid, group, shared, self.facts.largest_group)
        why |= more
        want = Want(frozenset(why | odd), either=bool(odd) and not why)
        result = self.trace.call("FinalizeCommand", handle, grid, group, shared, want=want)
        if result.value == 0 and command is not None:
            command.grid, command.group, command.finalized = grid, group, True
            command.odd |= "InvalidGlobalWorkSize" in odd
