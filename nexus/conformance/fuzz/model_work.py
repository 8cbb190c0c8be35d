"""What each call must answer: commands, schedules and their runs, also those that go on meanwhile.

A run that is not waited for is followed by one that raises an event of the kit's own, the fence of
the stream. The model does what the device does as soon as it can happen, and then waits for the
fence. A stream that waits for an event keeps its work in a queue until the event is raised; buffers
of that work are claimed, and are then neither looked at nor used by other work, for which of the
two came first would be anyone's guess.
"""

from __future__ import annotations

from collections.abc import Iterable

from nexus._enums import KERNEL_MAX_ARGS, command_type, execution_settings, property
from nexus.conformance.fuzz.model import EXECUTION_SETTINGS, Facts
from nexus.conformance.fuzz.model_objects import (
    BITS,
    Buffer,
    Command,
    Event,
    Kernel,
    Schedule,
    Stream,
)
from nexus.conformance.fuzz.model_properties import Properties
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.trace import Handle, Trace, Want

NON_BLOCKING = int(execution_settings.NonBlocking)
DEFAULT_STREAM = -1
_DATA_TYPE_MASK = 31


class Work(Properties):
    """The model of `Properties`, and work."""

    def __init__(self, trace: Trace, facts: Facts) -> None:
        super().__init__(trace, facts)
        # A stream that is no one's handle, and can only be released by the end of the process.
        self.default_stream = Stream(Handle(DEFAULT_STREAM, "-1"), settings=0)
        self.streams = [self.default_stream]
        # How long to wait for what the device does at once, in ns.
        self._patience = int(trace.timeout * 0.5e9)

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
        """Append a command that raises an event or waits for it."""
        why = self._append_problems(schedule, settings)
        of = self.find(Event, event)
        why |= set() if of else {"InvalidEvent"}
        arguments = (schedule, event, value, settings)
        function = f"Create{kind.name}Command"
        return self._append(function, why, arguments, type=kind, event=of, value=value)

    def _append_problems(self, schedule: int, settings: int) -> set[str]:
        why = {"InvalidValue"} if settings & ~EXECUTION_SETTINGS else set()
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
            command.odd |= bool(odd)

    def set_scalar(
        self, handle: int, index: int, value: bytes | None, kind: int, name: str | None
    ) -> None:
        """Set an argument to a scalar: as many bytes of `value` as the data type has."""
        command = self.find(Command, handle)
        data_type = kind & _DATA_TYPE_MASK
        bits = BITS.get(data_type, 0) if data_type else 0
        size = bits // 8
        data = None if value is None else value[: max(size, 1)]
        why, odd = self._argument_problems(command, index, size)
        if data is None or bits % 8 or not bits:
            why.add("InvalidArgValue")
        if kind != data_type:
            # What the bits above the data type are for is open.
            odd.add("InvalidArgValue")
        want = Want(frozenset(why | odd), either=bool(odd) and not why)
        result = self.trace.call("SetCommandScalar", handle, index, data, name, kind, want=want)
        if result.value == 0 and command is not None and data is not None:
            command.arguments[index] = data
            command.odd |= bool(odd)

    def _argument_problems(
        self, command: Command | None, index: int, given: str | int
    ) -> tuple[set[str], set[str]]:
        """Return the refusals that must come, and those of plugins that know the parameters."""
        why = set() if command else {"InvalidCommand"}
        odd: set[str] = set()
        if not 0 <= index < KERNEL_MAX_ARGS:
            why.add("InvalidArgIndex")
        if command is not None and (command.finalized or command.kernel is None):
            why.add("InvalidOperation")
        if command is None or command.kernel is None or "InvalidArgIndex" in why:
            return why, odd
        parameters = command.kernel.parameters
        if index >= len(parameters):
            odd.add("InvalidArgIndex")
        elif (given == "buffer") != (parameters[index] == "buffer"):
            odd.add("InvalidArgValue")
            if given != "buffer":
                # Some compilers do not tell a constant from memory that is only read.
                odd.add("InvalidArgSize")
        elif given != parameters[index]:
            odd.add("InvalidArgSize")
        return why, odd

    def finalize(self, handle: int, grid: Dim3, group: Dim3, shared: int) -> None:
        """Give a command its size."""
        command = self.find(Command, handle)
        why = set() if command else {"InvalidCommand"}
        odd: set[str] = set()
        if command is not None and (command.finalized or command.kernel is None):
            why.add("InvalidOperation")
        groups, items = grid.x * grid.y * grid.z, group.x * group.y * group.z
        if not items or items > self.facts.largest_group:
            why.add("InvalidWorkGroupSize")
        if not groups or groups * items >= 1 << 64:
            why.add("InvalidGlobalWorkSize")
        if shared >= 1 << 31:
            why.add("OutOfResources")
        # Limits that a plugin or a kernel may have, and need not.
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

    def run(self, handle: int, stream_handle: int, settings: int) -> None:
        """Run a schedule, without waiting for it where it would wait for ever.

        A run whose outcome is not told by the contract is left out.
        """
        schedule = self.find(Schedule, handle)
        stream = self.default_stream
        if stream_handle != DEFAULT_STREAM:
            found = self.find(Stream, stream_handle)
            why = set() if found else {"InvalidStream"}
            stream = found or stream
        else:
            why = set()
        why |= set() if schedule else {"InvalidSchedule"}
        why |= {"InvalidValue"} if settings & ~EXECUTION_SETTINGS else set()
        for command in schedule.commands if schedule else ():
            why |= command.problems()
        if why or schedule is None:
            self.refused(None, "RunSchedule", handle, stream_handle, settings, why=why)
        elif self._can_run(schedule, stream):
            self._run(schedule, stream, settings)

    def _can_run(self, schedule: Schedule, stream: Stream) -> bool:
        if not all(command.safe for command in schedule.commands):
            return False
        used = {buffer for command in schedule.commands for buffer in command.buffers}
        if any(used & other.claimed for other in self.streams if other is not stream):
            return False
        return self._ends(schedule, stream) or (not stream.settings and self._can_go_on())

    def _can_go_on(self) -> bool:
        return self.has("WaitEventTimeout")

    def _ends(self, schedule: Schedule, stream: Stream) -> bool:
        """Return whether a run reaches its end by itself."""
        raised: dict[Event, int] = {}
        for command in schedule.commands:
            if command.event is None:
                continue
            value = max(raised.get(command.event, 0), command.event.value)
            if command.type == command_type.Signal:
                raised[command.event] = max(value, command.value)
            elif value < command.value:
                return False
        return not stream.queue

    def _run(self, schedule: Schedule, stream: Stream, settings: int) -> None:
        if not self._ends(schedule, stream):
            settings |= NON_BLOCKING
        # On a stream that may run out of order, a fence says nothing.
        going_on = bool((settings | schedule.settings) & NON_BLOCKING)
        if going_on and (stream.settings or not self._can_go_on()):
            if schedule.settings & NON_BLOCKING:
                return
            settings, going_on = settings & ~NON_BLOCKING, False
        if stream not in self.streams:
            self.streams.append(stream)
        self.trace.call("RunSchedule", schedule.handle, stream.handle, settings)
        stream.queue.extend(schedule.commands)
        if going_on:
            for command in schedule.commands:
                stream.claimed.update(command.buffers)
            self._raise_fence(stream)
        self._go_on(stream)

    def _raise_fence(self, stream: Stream) -> None:
        """Have a stream tell when it has done what it has, and release all but the event."""
        if stream.fence is None or not stream.fence.live:
            stream.fence = self.create_event(0, 0)
        schedule, fence = self.create_schedule(0, 0), stream.fence
        assert schedule is not None
        assert fence is not None
        waiting = [c.value for c in stream.queue if c.event is fence]
        value = max([fence.value, *waiting]) + 1
        kind = command_type.Signal
        command = self.create_event_command(kind, schedule.handle, fence.handle, value, 0)
        assert command is not None
        self.trace.call("RunSchedule", schedule.handle, stream.handle, NON_BLOCKING)
        stream.queue.append(command)
        self.release(Schedule, schedule.handle)

    def signal(self, handle: int, value: int) -> None:
        """Raise an event, and see what waited for it done."""
        event = self.find(Event, handle)
        why = frozenset() if event else frozenset({"InvalidEvent"})
        self.trace.call("SignalEvent", handle, value, want=Want(why))
        if event is not None:
            event.value = max(event.value, value)
            self._go_on()

    def _go_on(self, *started: Stream) -> None:
        """Do what streams can do by now, and wait until the device has done so too."""
        moved = set(started)
        raised: set[Event] = set()
        progress = True
        while progress:
            progress = False
            for stream in self.streams:
                for command in _ready(stream):
                    command.execute()
                    moved.add(stream)
                    progress = True
                    if command.type == command_type.Signal and command.event is not None:
                        raised.add(command.event)
        for stream in self.streams:
            if stream in moved and not stream.queue and (not stream.fence or stream.fence.live):
                stream.claimed.clear()
        if any(stream.claimed or stream.fence for stream in moved):
            # A fence is an event too: it is among those that were raised.
            self._await(raised)

    def _await(self, events: Iterable[Event]) -> None:
        for event in sorted(events, key=lambda event: event.handle):
            if event.live:
                self.trace.call("WaitEventTimeout", event.handle, event.value, self._patience)

    def _claimed(self, handle: int) -> bool:
        """Return whether what is in a buffer cannot be told now."""
        buffer = self.find(Buffer, handle)
        return any(buffer in stream.claimed for stream in self.streams)

    def copy_out(self, handle: int, direction: int, null: bool) -> None:
        """As in `Model`, but for buffers of work that waits."""
        if not self._claimed(handle):
            super().copy_out(handle, direction, null)

    def copy_in(self, handle: int, data: bytes, direction: int, odd: bool, null: bool) -> None:
        """As in `Model`, but for buffers of work that waits."""
        if not self._claimed(handle):
            super().copy_in(handle, data, direction, odd, null)

    def fill_buffer(self, handle: int, pattern: bytes | None) -> None:
        """As in `Model`, but for buffers of work that waits."""
        if not self._claimed(handle):
            super().fill_buffer(handle, pattern)

    def check_buffers(self) -> None:
        """Compare what is in every buffer."""
        for buffer in self.things(Buffer):
            self.copy_out(buffer.handle, 0, null=False)

    def check_events(self) -> None:
        """Compare the value of every event."""
        for event in self.things(Event):
            self.query("Event", event.handle, int(property.Value), "exact")

    def check_released(self) -> None:
        """See that no released handle is taken for a live one."""
        for thing in self.dead:
            self.release(type(thing), thing.handle)

    def end_waits(self) -> None:
        """Raise every event, so that nothing waits any more."""
        fences = [stream.fence for stream in self.streams]
        for event in self.things(Event):
            if event not in fences and any(stream.queue for stream in self.streams):
                self.signal(event.handle, (1 << 31) - 1)


def _ready(stream: Stream) -> Iterable[Command]:
    """Take the commands that can be done off a stream's queue."""
    while stream.queue:
        command = stream.queue[0]
        if command.type == command_type.Wait:
            assert command.event is not None
            if command.event.value < command.value:
                return
        stream.queue.popleft()
        yield command
