"""Model of the calls on commands, which may change and be finalized again at any time."""

from __future__ import annotations

from nexus._enums import (
    KERNEL_MAX_ARGS,
    command_arg_type,
    command_type,
    event_command_settings,
    execution_settings,
)
from nexus.conformance.fuzz.model import EXECUTION_SETTINGS
from nexus.conformance.fuzz.model_objects import BITS, Buffer, Command, Event, Kernel, Schedule
from nexus.conformance.fuzz.model_properties import Properties
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.trace import Want

PER_RUN = int(event_command_settings.PerRun)
EVENT_COMMAND_SETTINGS = PER_RUN | int(execution_settings.Timing)
_DATA_TYPE_MASK = 31


def _declared_size(command: Command | None, index: int) -> int:
    """Return the size that a kernel declares for a scalar, in bytes; else that of a Bool."""
    parameters = () if command is None or command.kernel is None else command.kernel.parameters
    declared = parameters[index] if 0 <= index < len(parameters) else 1
    return declared if isinstance(declared, int) else 1


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
        why, odd = self._argument_problems(command, index, "buffer")
        why |= set() if value else {"InvalidBuffer"}
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
        data_type = kind & _DATA_TYPE_MASK
        # Without a type a plugin may take the size that the kernel declares.
        bits = BITS.get(data_type, 0) if data_type else 8 * _declared_size(command, index)
        size = bits // 8
        data = None if value is None else value if data_type == 0 else value[: max(size, 1)]
        why, odd = self._argument_problems(command, index, size)
        constant = bool(name) and kind & command_arg_type.Constant and "InvalidArgIndex" in odd
        if (data is None or bits % 8 or not bits) and not constant:
            why.add("InvalidArgValue")
        if kind != data_type or data_type == 0 or constant:
            # The contract does not say what the bits above the data type mean. Some hosts send no
            # type, and named constants that are no arguments: plugins may accept them.
            odd.add("InvalidArgValue")
        want = Want(frozenset(why | odd), either=bool(odd) and not why)
        result = self.trace.call("SetCommandScalar", handle, index, data, name, kind, want=want)
        if result.value == 0 and constant and command is not None:
            command.odd = True
            return
        if result.value == 0 and data_type == 0 and data is not None:
            data = data[:size]
        if result.value == 0 and command is not None and data is not None:
            command.arguments[index] = data
            command.finalized = False
            command.odd |= bool(odd)

    def _argument_problems(
        self, command: Command | None, index: int, given: str | int
    ) -> tuple[set[str], set[str]]:
        """Return the refusals that are required, and those of plugins that know the parameters."""
        why = set() if command else {"InvalidCommand"}
        odd: set[str] = set()
        if not 0 <= index < KERNEL_MAX_ARGS:
            why.add("InvalidArgIndex")
        if command is not None and command.kernel is None:
            why.add("InvalidOperation")
        if command is None or command.kernel is None or "InvalidArgIndex" in why:
            return why, odd
        parameters = command.kernel.parameters
        if index >= len(parameters):
            odd.add("InvalidArgIndex")
        elif (given == "buffer") != (parameters[index] == "buffer"):
            odd.add("InvalidArgValue")
            if given != "buffer":
                # Some compilers cannot distinguish a constant from memory that is only read.
                odd.add("InvalidArgSize")
        elif given != parameters[index]:
            odd.add("InvalidArgSize")
        return why, odd

    def finalize(self, handle: int, grid: Dim3, group: Dim3, shared: int) -> None:
        """Finalize a command with a size."""
        command = self.find(Command, handle)
        why = set() if command else {"InvalidCommand"}
        odd: set[str] = set()
        if command is not None and command.kernel is None:
            why.add("InvalidOperation")
        groups, items = grid.x * grid.y * grid.z, group.x * group.y * group.z
        if not items or items > self.facts.largest_group:
            why.add("InvalidWorkGroupSize")
        if not groups or groups * items >= 1 << 64:
            why.add("InvalidGlobalWorkSize")
        if shared >= 1 << 31:
            why.add("OutOfResources")
        # Optional limits of a plugin or a kernel.
        if items > 64:
            odd.add("InvalidWorkGroupSize")
        if shared > 0:
            odd.add("OutOfResources")
        if groups * items >= 1 << 31 or max(grid.x * group.x, grid.y, grid.z) >= 1 << 16:
            odd.add("InvalidGlobalWorkSize")
        want = Want(frozenset(why | odd), either=bool(odd) and not why)
        result = self.trace.call("FinalizeCommand", handle, grid, group, shared, want=want)
        if result.value == 0 and command is not None:
            command.grid, command.group, command.finalized = grid, group, True
            command.odd |= "InvalidGlobalWorkSize" in odd
