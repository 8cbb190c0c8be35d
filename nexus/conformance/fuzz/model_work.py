"""Model of schedules and their runs, pending ones included.

A non-blocking run is followed by one that signals an event of the kit, the stream's fence. The
model executes work as soon as it can begin. A stream that waits for an event queues its runs until
the event is raised or the wait fails; the host does not copy their buffers, since the copy would
wait. Buffers of all runs since the last wait for the fence are claimed: before work on another
stream uses them, the fuzzer waits for the fence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nexus._enums import command_type, execution_settings, property
from nexus.conformance.fuzz.model import EXECUTION_SETTINGS, Facts
from nexus.conformance.fuzz.model_commands import Commands
from nexus.conformance.fuzz.model_objects import (
    Buffer,
    Event,
    Run,
    Schedule,
    Stream,
    Thing,
)
from nexus.conformance.harness.trace import Handle, Trace, Want

NON_BLOCKING = int(execution_settings.NonBlocking)
DEFAULT_STREAM = -1
_INT_MAX = (1 << 31) - 1
_WAIT_FAILED = "ExecStatusErrorForEventsInWaitList"


class Work(Commands):
    """The model of `Commands`, and work."""

    def __init__(self, trace: Trace, facts: Facts) -> None:
        super().__init__(trace, facts)
        # The default stream, which lasts as long as the process.
        self.default_stream = Stream(Handle(DEFAULT_STREAM, "-1"), settings=0)
        self.streams = [self.default_stream]
        # Nanoseconds in which the device finishes work that nothing holds back.
        self._patience = int(trace.timeout * 0.5e9)

    def run(self, handle: int, stream_handle: int, settings: int) -> None:
        """Run a schedule, non-blocking if a blocking run would not end.

        A run whose outcome the contract leaves open is left out.
        """
        schedule = self.find(Schedule, handle)
        stream, why = self._stream(stream_handle)
        why |= set() if schedule else {"InvalidSchedule"}
        why |= {"InvalidValue"} if settings & ~EXECUTION_SETTINGS else set()
        for command in schedule.commands if schedule else ():
            why |= command.problems()
            if schedule and command.per_run and command.value * (schedule.runs + 1) > _INT_MAX:
                why.add("OutOfResources")
        if why or schedule is None:
            self.refused(None, "RunSchedule", handle, stream_handle, settings, why=why)
            return
        run = Run([command.snapshot(schedule.runs + 1) for command in schedule.commands])
        if self._can_run(run, stream):

            def submit(settings: int, want: Want) -> None:
                schedule.runs += 1
                self.trace.call("RunSchedule", handle, stream_handle, settings, want=want)

            self._run(run, stream, settings, submit, schedule.settings)

    def _stream(self, handle: int) -> tuple[Stream, set[str]]:
        """Return the stream that a handle stands for, and why it is refused."""
        found = self.find(Stream, handle) if handle >= 0 else self.default_stream
        return found or self.default_stream, set() if found else {"InvalidStream"}

    def _can_run(self, run: Run, stream: Stream) -> bool:
        if not all(command.safe for command in run.commands):
            return False
        for other in self.streams:
            if other is not stream and run.buffers & other.claimed:
                if other.queue:
                    return False
                self._settle(other)
        if self._ends(run, stream):
            return True
        if any(run.raises & other.raises for other in self._pending(but=stream)):
            # If one of two such runs fails, the event is marked before or after the other run
            # raises it.
            return False
        return not stream.settings and self._can_go_on()

    def _pending(self, but: Stream | None = None) -> Iterable[Run]:
        return (run for stream in self.streams if stream is not but for run in stream.queue)

    def _can_go_on(self) -> bool:
        return self.has("WaitEventTimeout")

    def _ends(self, run: Run, stream: Stream) -> bool:
        """Return whether a run ends without another call, successfully or not."""
        raised: dict[Event, int] = {}
        for command in run.commands:
            if command.event is None:
                continue
            value = max(raised.get(command.event, 0), command.event.value)
            if command.type == command_type.Signal:
                raised[command.event] = max(value, command.value)
            elif value < command.value:
                if not self._fails(command.event, run):
                    return False
                break
        return not stream.queue

    def _fails(self, event: Event, own: Run | None = None) -> bool:
        """Return whether waits for values that an event has not reached end with a failure."""
        return event.failed or (not event.live and not self._signalers(event, own))

    def _signalers(self, event: Event, own: Run | None) -> bool:
        runs = [Run(schedule.commands) for schedule in self.things(Schedule)]
        runs += [*self._pending(), *([own] if own else [])]
        return any(event in run.raises for run in runs)

    def _run(
        self,
        run: Run,
        stream: Stream,
        settings: int,
        submit: Callable[[int, Want], None],
        own_settings: int = 0,
    ) -> None:
        """Make the call that submits a run, with the settings that suit, and model the run."""
        if not self._ends(run, stream):
            settings |= NON_BLOCKING
        # On a stream that may run out of order, a fence proves nothing.
        going_on = bool((settings | own_settings) & NON_BLOCKING)
        if going_on and (stream.settings or not self._can_go_on()):
            if own_settings & NON_BLOCKING:
                return
            settings, going_on = settings & ~NON_BLOCKING, False
        if stream not in self.streams:
            self.streams.append(stream)
        if going_on:
            submit(settings, Want())
            stream.queue.append(run)
            stream.claimed |= run.buffers
            self._raise_fence(stream)
        elif stream.failed:
            # The run is dropped, and reports an earlier run's failure.
            stream.failed = False
            submit(settings, Want(frozenset({_WAIT_FAILED})))
            run.mark_rest()
        else:
            failed = not self._advance(run)
            submit(settings, Want(frozenset({_WAIT_FAILED} if failed else ())))
            self._await(event for event in run.raises if not event.failed)
        self._go_on()

    def _raise_fence(self, stream: Stream) -> None:
        """Let a stream signal the end of its work; release all objects but the event."""
        if stream.fence is None or not stream.fence.live:
            stream.fence = self.create_event(0, 0)
        schedule, fence = self.create_schedule(0, 0), stream.fence
        assert schedule is not None
        assert fence is not None
        pending = [c.value for run in stream.queue for c in run.commands if c.event is fence]
        value = max([fence.value, *pending]) + 1
        kind = command_type.Signal
        command = self.create_event_command(kind, schedule.handle, fence.handle, value, 0)
        assert command is not None
        self.trace.call("RunSchedule", schedule.handle, stream.handle, NON_BLOCKING)
        stream.queue.append(Run([command]))
        super().release(Schedule, schedule.handle)

    def signal(self, handle: int, value: int) -> None:
        """Signal an event, and execute what waited for it."""
        event = self.find(Event, handle)
        why = frozenset() if event else frozenset({"InvalidEvent"})
        self.trace.call("SignalEvent", handle, value, want=Want(why))
        if event is not None:
            event.raise_to(value)
            self._go_on()

    def release(self, kind: type[Thing], handle: int) -> None:
        """As in `Model`; waits that nothing can end any more fail."""
        super().release(kind, handle)
        self._go_on()

    def _go_on(self) -> None:
        """Execute the work that can run now, and wait until the device has done the same."""
        raised: set[Event] = set()
        failed: list[Stream] = []
        progress = True
        while progress:
            progress = False
            for stream in self.streams:
                while stream.queue:
                    run = stream.queue[0]
                    before = len(run.left)
                    over = self._advance(run, raised)
                    progress |= len(run.left) < before or over is not None
                    if over is None:
                        break
                    stream.queue.popleft()
                    if not over:
                        stream.failed = True
                        failed.append(stream)
        # First the streams with a failed run: a wait must not look before the device has marked
        # the run's events, nor before a later run has raised one of them again.
        for stream in failed:
            self._await_fence(stream)
        fences = {stream.fence for stream in self.streams}
        self._await(event for event in raised - fences if not event.failed)

    def _advance(self, run: Run, raised: set[Event] | None = None) -> bool | None:
        """Execute a run; return whether it succeeded, None if it waits."""
        while run.left:
            command = run.left[0]
            event = command.event
            if command.type == command_type.Wait and event and event.value < command.value:
                if not self._fails(event, run):
                    return None
                run.mark_rest()
                return False
            run.left.popleft()
            command.execute()
            if command.type == command_type.Signal and event and raised is not None:
                raised.add(event)
        return True

    def _await(self, events: Iterable[Event]) -> None:
        for event in sorted(events, key=lambda event: event.handle):
            if event.live:
                self.trace.call("WaitEventTimeout", event.handle, event.value, self._patience)

    def _await_fence(self, stream: Stream) -> None:
        if stream.fence is not None:
            self._await([stream.fence])

    def _settle(self, stream: Stream) -> None:
        """Wait until a stream has done all its work, which frees the buffers."""
        self._await_fence(stream)
        if not stream.queue and (stream.fence is None or stream.fence.live):
            stream.claimed.clear()

    def wait_event(self, handle: int, value: int, timeout_ns: int) -> None:
        """Wait for an event, with a time-out if the signal may not come."""
        event = self.find(Event, handle)
        if event is None or event.value >= value or not event.failed:
            super().wait_event(handle, value, timeout_ns)
            return
        self.refused(None, "WaitEvent", handle, value, why={_WAIT_FAILED})
        if self.has("WaitEventTimeout"):
            arguments = (handle, value, timeout_ns)
            self.refused(None, "WaitEventTimeout", *arguments, why={_WAIT_FAILED})

    def _claimed(self, handle: int) -> bool:
        """Return whether a copy of a buffer would wait for a waiting run."""
        buffer = self.find(Buffer, handle)
        return any(buffer in stream.claimed for stream in self.streams if stream.queue)

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
        """Compare the contents of every buffer."""
        for buffer in self.things(Buffer):
            self.copy_out(buffer.handle, 0, null=False)

    def check_events(self) -> None:
        """Compare the value of every event."""
        for stream in self.streams:
            self._await_fence(stream)
        for event in self.things(Event):
            self.query("Event", event.handle, int(property.Value), "exact")

    def check_released(self) -> None:
        """Check that released handles are refused."""
        for thing in list(self.dead):
            self.release(type(thing), thing.handle)

    def end_waits(self) -> None:
        """Signal every event, so that nothing waits any more."""
        fences = [stream.fence for stream in self.streams]
        for event in self.things(Event):
            if event not in fences and any(stream.queue for stream in self.streams):
                self.signal(event.handle, _INT_MAX)
