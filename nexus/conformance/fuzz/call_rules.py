"""The state machine: valid and invalid calls, and the objects that they use."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from nexus._enums import command_type, data_type
from nexus.conformance.fuzz.model_commands import PER_RUN
from nexus.conformance.fuzz.model_objects import Buffer, Command, Event, Kernel, Schedule, Stream
from nexus.conformance.fuzz.model_work import DEFAULT_STREAM, NON_BLOCKING
from nexus.conformance.fuzz.object_rules import Objects, handle, new
from nexus.conformance.fuzz.strategies import (
    INT_MAX,
    INT_MIN,
    UINT_MAX,
    Target,
    buffers,
    commands,
    contents,
    events,
    execution,
    grids,
    indices,
    kernels,
    names,
    of,
    patterns,
    quiet,
    scalar_types,
    schedules,
    streams,
    values,
)
from nexus.conformance.harness.call_arguments import Dim3


class Calls(Objects):
    """Calls of every function but Launch, in any order."""

    @rule(
        target=commands,
        schedule=of(schedules),
        kernel=of(kernels),
        settings=st.sampled_from([0, 0, 0, 2, 16, UINT_MAX]),
    )
    def create_command(self, schedule: Target, kernel: Target, settings: int) -> Any:
        return new(self.model.create_command(handle(schedule), handle(kernel), settings))

    @rule(
        target=commands,
        kind=st.sampled_from([command_type.Signal, command_type.Wait]),
        schedule=of(schedules),
        event=of(events),
        value=values,
        settings=quiet,
    )
    def create_event_command(
        self, kind: command_type, schedule: Target, event: Target, value: int, settings: int
    ) -> Any:
        model = self.model
        return new(
            model.create_event_command(kind, handle(schedule), handle(event), value, settings)
        )

    @rule(
        target=commands,
        schedule=schedules,
        kernel=kernels,
        used=st.tuples(buffers, buffers, buffers),
        count=st.integers(-1, 20),
        groups=st.integers(1, 3),
        items=st.sampled_from([1, 4, 16]),
    )
    def create_ready_command(
        self,
        schedule: Schedule,
        kernel: Kernel,
        used: tuple[Buffer, Buffer, Buffer],
        count: int,
        groups: int,
        items: int,
    ) -> Any:
        """Create a command that can run if its parts are live."""
        model = self.model
        command = model.create_command(schedule.handle, kernel.handle, 0)
        if command is not None:
            self._make_ready(command, used, count, groups, items)
        return new(command)

    def _make_ready(
        self, command: Command, used: Sequence[Buffer], count: int, groups: int, items: int
    ) -> None:
        model = self.model
        assert command.kernel is not None
        for index, parameter in enumerate(command.kernel.parameters):
            if parameter == "buffer":
                model.set_argument(command.handle, index, used[index].handle, None)
            else:
                scalar = struct.pack("=i", count)
                model.set_scalar(command.handle, index, scalar, int(data_type.I32), None)
        model.finalize(command.handle, Dim3(groups), Dim3(items), 0)

    @rule(
        target=commands,
        kind=st.sampled_from([command_type.Wait, command_type.Wait, command_type.Signal]),
        event=events,
        value=st.integers(0, 3),
        kernel=kernels,
        buffer=buffers,
        stream=streams,
        release=st.booleans(),
    )
    def run_meanwhile(
        self,
        kind: command_type,
        event: Event,
        value: int,
        kernel: Kernel,
        buffer: Buffer,
        stream: Stream,
        release: bool,
    ) -> Any:
        """Run a schedule that waits or signals and then works, without blocking."""
        model = self.model
        schedule = model.create_schedule(0, 0)
        assert schedule is not None
        model.create_event_command(kind, schedule.handle, event.handle, value, 0)
        command = model.create_command(schedule.handle, kernel.handle, 0)
        if command is not None:
            self._make_ready(command, (buffer,) * 3, 2, 1, 4)
        model.run(schedule.handle, stream.handle, NON_BLOCKING)
        if release:
            model.release(Schedule, schedule.handle)
        return new(command)

    @rule(
        event=events,
        kernel=kernels,
        used=st.tuples(buffers, buffers),
        stream=streams,
        again=st.booleans(),
    )
    def change_while_pending(
        self, event: Event, kernel: Kernel, used: tuple[Buffer, Buffer], stream: Stream, again: bool
    ) -> None:
        """Change a command of a waiting run; run it, finalized again or not."""
        model = self.model
        if event.value == INT_MAX:
            return
        schedule = model.create_schedule(0, 0)
        assert schedule is not None
        kind = command_type.Wait
        model.create_event_command(kind, schedule.handle, event.handle, event.value + 1, 0)
        command = model.create_command(schedule.handle, kernel.handle, 0)
        if command is None or not event.live:
            return
        self._make_ready(command, (used[0],) * 3, 2, 1, 4)
        model.run(schedule.handle, stream.handle, NON_BLOCKING)
        if again:
            self._make_ready(command, (used[1],) * 3, 3, 1, 4)
        else:
            model.set_argument(command.handle, 0, used[1].handle, None)
        model.run(schedule.handle, stream.handle, NON_BLOCKING)
        model.signal(event.handle, event.value + 1)
        for buffer in used:
            model.copy_out(buffer.handle, 0, null=False)

    @rule(stream=streams, value=st.integers(1, 3), raised=st.booleans(), blocking=st.booleans())
    def abandon(self, stream: Stream, value: int, raised: bool, blocking: bool) -> None:
        """Release an event that a run waits for; the run fails before its signal."""
        model = self.model
        event, marked = model.create_event(0, 0), model.create_event(0, 0)
        schedule, dropped = model.create_schedule(0, 0), model.create_schedule(0, 0)
        assert event is not None
        assert marked is not None
        assert schedule is not None
        assert dropped is not None
        wait, signal = command_type.Wait, command_type.Signal
        model.create_event_command(wait, schedule.handle, event.handle, value, 0)
        model.create_event_command(signal, schedule.handle, marked.handle, value, 0)
        model.create_event_command(signal, dropped.handle, marked.handle, value + 1, 0)
        model.run(schedule.handle, stream.handle, NON_BLOCKING)
        model.release(Event, event.handle)
        model.wait_event(marked.handle, value, 0)
        if raised:
            model.signal(marked.handle, 1)
            model.wait_event(marked.handle, value + 1, 0)
        if blocking:
            model.run(dropped.handle, stream.handle, 0)
            model.wait_event(marked.handle, value + 1, 0)

    @rule(
        event=events,
        kind=st.sampled_from([command_type.Signal, command_type.Wait]),
        value=st.sampled_from([1, 2, 1 << 30]),
        stream=streams,
        settings=st.sampled_from([0, PER_RUN]),
    )
    def run_repeatedly(
        self, event: Event, kind: command_type, value: int, stream: Stream, settings: int
    ) -> None:
        """Run a schedule with an event command, with or without PerRun."""
        model = self.model
        schedule = model.create_schedule(0, 0)
        assert schedule is not None
        model.create_event_command(kind, schedule.handle, event.handle, value, settings)
        for _ in range(3):
            model.run(schedule.handle, stream.handle, NON_BLOCKING)
        model.check_events()

    @rule(command=of(commands), index=indices, buffer=of(buffers), name=names)
    def set_argument(self, command: Target, index: int, buffer: Target, name: str | None) -> None:
        self.model.set_argument(handle(command), index, handle(buffer), name)

    @rule(
        command=of(commands),
        index=indices,
        value=st.none() | st.integers(-2, 20).map(lambda n: struct.pack("=q", n)),
        kind=scalar_types,
        name=names,
    )
    def set_scalar(
        self, command: Target, index: int, value: bytes | None, kind: int, name: str | None
    ) -> None:
        self.model.set_scalar(handle(command), index, value, kind, name)

    @rule(
        command=of(commands),
        grid=grids,
        x=st.sampled_from([1, 1, 4, 64, "most", "more", 0, 1 << 16, UINT_MAX]),
        y=st.sampled_from([1, 1, 1, 2, 0, 1 << 16]),
        z=st.sampled_from([1, 1, 1, 1, 2, 0, 1 << 16]),
        shared=st.sampled_from([0, 0, 0, 64, UINT_MAX]),
    )
    def finalize(
        self, command: Target, grid: Dim3, x: int | str, y: int, z: int, shared: int
    ) -> None:
        most = self.model.facts.largest_group
        side = {"most": most, "more": most + 1}.get(x, x) if isinstance(x, str) else x
        self.model.finalize(handle(command), grid, Dim3(int(side), y, z), shared)

    @rule(
        buffer=of(buffers), direction=st.sampled_from([0] * 8 + [2, UINT_MAX]), null=st.booleans()
    )
    def copy_out(self, buffer: Target, direction: int, null: bool) -> None:
        self.model.copy_out(handle(buffer), direction, null and direction == 0)

    @rule(
        buffer=of(buffers),
        data=contents,
        direction=st.sampled_from([1] * 8 + [2, INT_MAX]),
        odd=st.booleans(),
        null=st.sampled_from([False] * 7 + [True]),
    )
    def copy_in(self, buffer: Target, data: bytes, direction: int, odd: bool, null: bool) -> None:
        self.model.copy_in(handle(buffer), data, direction, odd, null)

    @rule(buffer=of(buffers), pattern=patterns)
    def fill_buffer(self, buffer: Target, pattern: bytes | None) -> None:
        self.model.fill_buffer(handle(buffer), pattern)

    @rule(event=of(events), value=values)
    def signal(self, event: Target, value: int) -> None:
        self.model.signal(handle(event), value)

    @rule(event=of(events), value=values, timeout=st.sampled_from([0, 0, 1, 1000, 100_000]))
    def wait(self, event: Target, value: int, timeout: int) -> None:
        self.model.wait_event(handle(event), value, timeout)

    @rule(
        schedule=of(schedules),
        stream=of(streams) | st.sampled_from([DEFAULT_STREAM, -2, INT_MIN]),
        settings=execution,
    )
    def run(self, schedule: Target, stream: Target, settings: int) -> None:
        self.model.run(handle(schedule), handle(stream), settings)

    @rule()
    def look_at_everything(self) -> None:
        self.model.check_buffers()
        self.model.check_events()
        self.model.check_released()

    @invariant()
    def counts(self) -> None:
        self.model.check_counts()
