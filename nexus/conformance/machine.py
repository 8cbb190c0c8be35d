"""The state machine: which calls are made, of which objects, right and wrong."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, multiple, rule

from nexus._enums import command_type, data_type
from nexus.conformance.arguments import Dim3, Layout
from nexus.conformance.model_objects import Buffer, Command, Event, Kernel, Schedule, Stream, Thing
from nexus.conformance.reduce import Recorder
from nexus.conformance.strategies import (
    INT_MAX,
    KINDS,
    UINT_MAX,
    Target,
    bits,
    buffers,
    commands,
    contents,
    devices,
    events,
    execution,
    floats,
    grids,
    huge_layouts,
    indices,
    kernel_names,
    kernels,
    keys,
    layouts,
    libraries,
    modes,
    names,
    of,
    patterns,
    quiet,
    scalar_types,
    schedules,
    seeds,
    streams,
    things,
    values,
    wrong,
)
from nexus.conformance.trace import Forged
from nexus.conformance.work import DEFAULT_STREAM, NON_BLOCKING


def handle(target: Target) -> int:
    """Return the handle of an object, or the number that is taken for one."""
    return target.handle if isinstance(target, Thing) else target


def new(thing: Thing | None) -> Any:
    """Return what goes into a bundle."""
    return multiple() if thing is None else thing


class Machine(RuleBasedStateMachine):
    """Calls of every function, in any order; `open` starts a worker and makes its model."""

    open: Callable[[], Recorder]
    close: Callable[[Recorder], None]

    def __init__(self) -> None:
        super().__init__()
        self._outer = sys.exc_info()[1]
        self.model = type(self).open()

    def teardown(self) -> None:
        """See that all can be released; not where something broke before."""
        try:
            if sys.exc_info()[1] is self._outer and not self.model.trace.failed:
                self._finish()
        finally:
            type(self).close(self.model)

    def _finish(self) -> None:
        model = self.model
        model.end_waits()
        model.check_buffers()
        model.check_events()
        for thing in list(model.live.values()):
            model.release(type(thing), thing.handle)
        model.check_released()
        model.check_counts()

    # One of each kind to begin with, in any order, so that no bundle is ever empty.

    @cached_property
    def _library(self) -> Any:
        return new(self.model.create_library(0))

    @cached_property
    def _kernel(self) -> Any:
        return new(self.model.get_kernel(self._library.handle, "add"))

    @initialize(target=libraries)
    def first_library(self) -> Any:
        return self._library

    @initialize(target=kernels)
    def first_kernel(self) -> Any:
        return self._kernel

    @initialize(target=schedules)
    def first_schedule(self) -> Any:
        return new(self.model.create_schedule(0, 0))

    @initialize(target=commands)
    def first_command(self) -> Any:
        # In a schedule of its own, since no schedule can run before all its commands can.
        schedule = self.model.create_schedule(0, 0)
        assert schedule is not None
        return new(self.model.create_command(schedule.handle, self._kernel.handle, 0))

    @initialize(target=buffers, seed=seeds)
    def first_buffer(self, seed: int) -> Any:
        return new(self.model.create_buffer(0, Layout(1, (16,)), floats(seed), 0))

    @initialize(target=events)
    def first_event(self) -> Any:
        return new(self.model.create_event(0, 0))

    @initialize(target=streams)
    def first_stream(self) -> Any:
        return new(self.model.create_stream(0, 0))

    @rule(target=buffers, device=devices, layout=layouts(), data=st.none() | contents, flags=quiet)
    def create_buffer(self, device: int, layout: Layout, data: bytes | None, flags: int) -> Any:
        if data is not None:
            # Else the memory is wrapped, and is not to go away.
            flags &= ~2
        return new(self.model.create_buffer(device, layout, data, flags))

    @rule(target=buffers, size=st.sampled_from([4, 16, 64]), seed=seeds)
    def create_floats(self, size: int, seed: int) -> Any:
        return new(self.model.create_buffer(0, Layout(1, (size,)), floats(seed), 0))

    @rule(layout=huge_layouts)
    def create_huge_buffer(self, layout: Layout) -> None:
        self.model.create_buffer(0, layout, None, 0)

    @rule(target=libraries, device=devices)
    def create_library(self, device: int) -> Any:
        return new(self.model.create_library(device))

    @rule(
        device=devices,
        image=st.sampled_from([None, b"", b"\x7fELF\x02\x01\x01", b"\0" * 64, b"\xff" * 33]),
    )
    def create_bad_library(self, device: int, image: bytes | None) -> None:
        self.model.create_bad_library(device, image, len(image or b"") or 8 * (image is None))

    @rule(target=kernels, library=of(libraries), name=kernel_names)
    def get_kernel(self, library: Target, name: str | None) -> Any:
        return new(self.model.get_kernel(handle(library), name))

    @rule(target=events, device=devices, type=st.sampled_from([0, 0, 1, 2, 3, -1, INT_MAX]))
    def create_event(self, device: int, type: int) -> Any:
        return new(self.model.create_event(device, type))

    @rule(target=streams, device=devices, settings=st.sampled_from([0, 0, 0, 1, 2, 4, UINT_MAX]))
    def create_stream(self, device: int, settings: int) -> Any:
        return new(self.model.create_stream(device, settings))

    @rule(target=schedules, device=devices, settings=execution)
    def create_schedule(self, device: int, settings: int) -> Any:
        return new(self.model.create_schedule(device, settings))

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
        """Create a command that can run, where its parts are live."""
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
        """Run what waits or signals, and then works, without waiting for it."""
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

    @rule(schedule=of(schedules), stream=of(streams) | st.just(DEFAULT_STREAM), settings=execution)
    def run(self, schedule: Target, stream: Target, settings: int) -> None:
        self.model.run(handle(schedule), handle(stream), settings)

    @rule(thing=things)
    def release(self, thing: Thing) -> None:
        self.model.release(type(thing), thing.handle)

    @rule(kind=st.sampled_from(KINDS), number=wrong)
    def release_wrong(self, kind: type[Thing], number: Target) -> None:
        self.model.release(kind, handle(number))

    @rule(thing=things, bit=bits)
    def release_near(self, thing: Thing, bit: int) -> None:
        self.model.release(type(thing), Forged(thing.handle, bit))

    @rule(thing=st.one_of(buffers, events, streams, schedules), count=st.integers(1, 3))
    def replace(self, thing: Thing, count: int) -> None:
        """Release an object and make others, one of which may take its slot, but not its handle."""
        model = self.model
        model.release(type(thing), thing.handle)
        for _ in range(count):
            if isinstance(thing, Buffer):
                model.create_buffer(0, thing.layout, None, 0)
            elif isinstance(thing, Event):
                model.create_event(0, 0)
            elif isinstance(thing, Stream):
                model.create_stream(0, 0)
            else:
                model.create_schedule(0, 0)
        model.release(type(thing), thing.handle)

    @rule(thing=things, key=keys, mode=modes)
    def query(self, thing: Thing, key: int, mode: Any) -> None:
        self.model.query(thing.kind, thing.handle, key, mode)

    @rule(kind=st.sampled_from(KINDS), number=wrong, key=keys, mode=modes)
    def query_wrong(self, kind: type[Thing], number: Target, key: int, mode: Any) -> None:
        self.model.query(kind.__name__, handle(number), key, mode)

    @rule(device=st.none() | devices, key=keys, mode=modes)
    def query_device(self, device: int | None, key: int, mode: Any) -> None:
        self.model.query("Runtime" if device is None else "Device", device or 0, key, mode)

    @rule()
    def look_at_everything(self) -> None:
        self.model.check_buffers()
        self.model.check_events()
        self.model.check_released()

    @invariant()
    def counts(self) -> None:
        self.model.check_counts()
