"""The state machine's rules for objects: valid and invalid creations, queries and releases."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, multiple, rule

from nexus.conformance.fuzz.model_objects import Buffer, Event, Stream, Thing
from nexus.conformance.fuzz.reduce import Recorder
from nexus.conformance.fuzz.strategies import (
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
    huge_layouts,
    kernel_names,
    kernels,
    keys,
    layouts,
    libraries,
    modes,
    of,
    quiet,
    schedules,
    seeds,
    streams,
    things,
    wrong,
)
from nexus.conformance.harness.call_arguments import Layout
from nexus.conformance.harness.trace import Forged


def handle(target: Target) -> int:
    """Return the handle of an object, or a number that stands for a handle."""
    return target.handle if isinstance(target, Thing) else target


def new(thing: Thing | None) -> Any:
    """Return the objects for a bundle."""
    return multiple() if thing is None else thing


class Objects(RuleBasedStateMachine):
    """Calls that create, query and release objects; `open` starts a worker with a model."""

    open: Callable[[], Recorder]
    close: Callable[[Recorder], None]

    def __init__(self) -> None:
        super().__init__()
        self._outer = sys.exc_info()[1]
        self.model = type(self).open()

    def teardown(self) -> None:
        """Check that all objects can be released, unless there was a failure."""
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

    # Start with one object of each kind, in any order, so that no bundle is empty.

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
        # In its own schedule, since a schedule runs only if all its commands can.
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
            # Otherwise the memory is wrapped, and must stay.
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

    @rule(thing=things)
    def release(self, thing: Thing) -> None:
        self.model.release(type(thing), thing.handle)

    @rule(kind=st.sampled_from(KINDS), number=wrong)
    def release_wrong(self, kind: type[Thing], number: Target) -> None:
        self.model.release(kind, handle(number))

    @rule(kind=st.sampled_from(KINDS), place=st.integers(0, 3), key=keys, mode=modes)
    def use_foreign(self, kind: type[Thing], place: int, key: int, mode: Any) -> None:
        """Query and release handles of another process."""
        foreign = self.model.facts.foreign
        if foreign:
            number = foreign[place % len(foreign)]
            self.model.query(kind.__name__, number, key, mode)
            self.model.release(kind, number)

    @rule(thing=things, bit=bits)
    def release_near(self, thing: Thing, bit: int) -> None:
        self.model.release(type(thing), Forged(thing.handle, bit))

    @rule(thing=st.one_of(buffers, events, streams, schedules), count=st.integers(1, 3))
    def replace(self, thing: Thing, count: int) -> None:
        """Release an object and create others, which may take its slot but not its handle."""
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
