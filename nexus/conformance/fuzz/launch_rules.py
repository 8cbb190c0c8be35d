"""The state machine's rules for launches, right and wrong ones."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from nexus._enums import KERNEL_MAX_ARGS, command_type, data_type
from nexus.conformance.fuzz.call_rules import Calls
from nexus.conformance.fuzz.model_objects import Buffer, Event, Kernel, Library, Stream
from nexus.conformance.fuzz.model_work import DEFAULT_STREAM, NON_BLOCKING
from nexus.conformance.fuzz.object_rules import handle
from nexus.conformance.fuzz.strategies import (
    INT_MAX,
    INT_MIN,
    UINT_MAX,
    Target,
    buffers,
    dimensions,
    events,
    execution,
    grids,
    kernels,
    libraries,
    of,
    scalar_types,
    streams,
    wrong,
)
from nexus.conformance.harness.call_arguments import Dim3, Launch, LaunchArgument

Fault = Callable[[Launch], Launch | None]

_I32 = int(data_type.I32)
_WAIT = command_type.Wait
_UNSET = LaunchArgument()

_groups = st.integers(1, 3).map(Dim3)
_items = st.sampled_from([1, 4, 16]).map(Dim3)
_counts = st.integers(-1, 20)
_streams = of(streams) | st.sampled_from([DEFAULT_STREAM, DEFAULT_STREAM, -2, INT_MIN])
_three = st.tuples(buffers, buffers, buffers)

# An argument in place of the right one.
_scalars = st.builds(
    lambda number, kind: LaunchArgument(struct.pack("=q", number), data_type=kind),
    st.integers(-2, 20),
    scalar_types,
)
_arguments = st.one_of(
    st.just(_UNSET),
    _scalars,
    st.builds(lambda target: LaunchArgument(buffer=handle(target)), of(buffers) | wrong),
    st.builds(lambda scalar, target: replace(scalar, buffer=handle(target)), _scalars, of(buffers)),
)


def _with_argument(launch: Launch, place: int, argument: LaunchArgument) -> Launch:
    given = list(launch.arguments or ())
    given[place % len(given)] = argument
    return replace(launch, arguments=given)


def _with_length(launch: Launch, length: int, told: int | None, more: LaunchArgument) -> Launch:
    # Memory for all that a plugin may look at before it finds one that is too many.
    given = [*(launch.arguments or ()), *[more] * (KERNEL_MAX_ARGS + 1)]
    return replace(launch, arguments=given[: None if told else length], count=told)


# What may be wrong with a launch, as a function that changes it.
_faults = st.one_of(
    st.builds(
        lambda place, argument: lambda launch: _with_argument(launch, place, argument),
        st.integers(0, 3),
        _arguments,
    ),
    st.builds(
        lambda length, told, more: lambda launch: _with_length(launch, length, told, more),
        st.sampled_from([0, 1, 2, 3, 4, 5, KERNEL_MAX_ARGS, KERNEL_MAX_ARGS + 1]),
        st.sampled_from([None, None, None, UINT_MAX]),
        _arguments,
    ),
    st.one_of(
        st.fixed_dictionaries({"grid": grids}),
        st.fixed_dictionaries(
            {
                "group": st.builds(
                    Dim3, st.sampled_from([1, 64, 1 << 16, UINT_MAX]), dimensions, dimensions
                )
            }
        ),
        st.fixed_dictionaries({"shared": st.sampled_from([64, UINT_MAX])}),
    ).map(lambda changes: lambda launch: replace(launch, **changes)),
    st.just(lambda launch: None),
    st.integers(0, 4).map(
        lambda count: lambda launch: replace(launch, arguments=None, count=count)
    ),
)


def _launch_of(
    kernel: Target, used: tuple[Buffer, Buffer, Buffer], count: int, grid: Dim3, group: Dim3
) -> Launch:
    """Return a right launch of a kernel."""
    name = kernel.name if isinstance(kernel, Kernel) else "fill"
    number = LaunchArgument(struct.pack("=i", count), data_type=_I32)
    given = [
        LaunchArgument(buffer=used[place].handle) if parameter == "buffer" else number
        for place, parameter in enumerate(Kernel.PARAMETERS[name])
    ]
    return Launch(grid, group, given)


class Machine(Calls):
    """Calls of every function, in any order."""

    @rule(
        kernel=of(kernels),
        used=_three,
        stream=_streams,
        count=_counts,
        grid=_groups,
        group=_items,
        settings=execution,
    )
    def launch(
        self,
        kernel: Target,
        used: tuple[Buffer, Buffer, Buffer],
        stream: Target,
        count: int,
        grid: Dim3,
        group: Dim3,
        settings: int,
    ) -> None:
        """Launch with right arguments."""
        launch = _launch_of(kernel, used, count, grid, group)
        self.model.launch(handle(kernel), handle(stream), launch, settings)

    @rule(kernel=kernels, used=_three, faults=st.lists(_faults, min_size=2, max_size=6))
    def launch_wrong(
        self, kernel: Kernel, used: tuple[Buffer, Buffer, Buffer], faults: list[Fault]
    ) -> None:
        """Launch with one thing wrong at a time, and then right."""
        right = _launch_of(kernel, used, 2, Dim3(1), Dim3(4))
        for launch in (*(fault(right) for fault in faults), right):
            self.model.launch(kernel.handle, DEFAULT_STREAM, launch, 0)

    @rule(
        event=events,
        library=libraries,
        used=st.tuples(buffers, buffers),
        stream=streams,
        release=st.booleans(),
    )
    def launch_while_pending(
        self, event: Event, library: Library, used: tuple[Buffer, Buffer], stream: Stream,
        release: bool,
    ) -> None:  # fmt: skip
        """Launch a kernel twice behind a wait, with other arguments; release it, end the wait."""
        model = self.model
        if event.value == INT_MAX:
            return
        schedule, kernel = model.create_schedule(0, 0), model.get_kernel(library.handle, "fill")
        assert schedule is not None
        if kernel is None:
            return
        model.create_event_command(_WAIT, schedule.handle, event.handle, event.value + 1, 0)
        model.run(schedule.handle, stream.handle, NON_BLOCKING)
        for count, buffer in enumerate(used, 2):
            launch = _launch_of(kernel, (buffer,) * 3, count, Dim3(1), Dim3(4))
            model.launch(kernel.handle, stream.handle, launch, NON_BLOCKING)
        if release:
            model.release(Kernel, kernel.handle)
        model.signal(event.handle, event.value + 1)
        for buffer in used:
            model.copy_out(buffer.handle, 0, null=False)
