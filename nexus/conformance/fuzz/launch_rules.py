"""The state machine's rules for launches, right and wrong ones."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from nexus._enums import KERNEL_MAX_ARGS, command_type, data_type
from nexus.conformance.fuzz.call_rules import Calls
from nexus.conformance.fuzz.model_objects import Buffer, Event, Kernel, Stream
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
    of,
    scalar_types,
    streams,
    wrong,
)
from nexus.conformance.harness.call_arguments import Dim3, Launch, LaunchArgument

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
_wrong_arguments = st.one_of(
    st.just(_UNSET),
    _scalars,
    st.builds(lambda target: LaunchArgument(buffer=handle(target)), of(buffers) | wrong),
    st.builds(lambda scalar, target: replace(scalar, buffer=handle(target)), _scalars, of(buffers)),
)

# Sizes of which one is wrong, most often.
_wrong_sizes = st.fixed_dictionaries(
    {},
    optional={
        "grid": grids,
        "group": st.builds(
            Dim3, st.sampled_from([1, 64, 1 << 16, UINT_MAX]), dimensions, dimensions
        ),
        "shared": st.sampled_from([64, UINT_MAX]),
    },
)
# How many arguments there are, and how many the plugin is told; None for a NULL pointer.
_lengths = st.sampled_from([0, 1, 2, 3, 4, 5, KERNEL_MAX_ARGS, KERNEL_MAX_ARGS + 1])


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

    @rule(
        kernel=kernels,
        used=_three,
        place=st.integers(0, 4),
        argument=_wrong_arguments,
        length=_lengths | st.none(),
        told=st.sampled_from([None] * 6 + [UINT_MAX]),
        sizes=_wrong_sizes,
        settings=execution,
    )
    def launch_wrong(
        self,
        kernel: Kernel,
        used: tuple[Buffer, Buffer, Buffer],
        place: int,
        argument: LaunchArgument,
        length: int | None,
        told: int | None,
        sizes: dict[str, Any],
        settings: int,
    ) -> None:
        """Launch with another argument, number of arguments or size; then as it is right."""
        model = self.model
        right = _launch_of(kernel, used, 2, Dim3(1), Dim3(4))
        given = [*(right.arguments or ()), _UNSET]
        given[min(place, len(given) - 1)] = argument
        # Memory for all that a plugin may look at before it finds one that is too many.
        given += [argument] * (KERNEL_MAX_ARGS + 1)
        if length is None and told:
            model.launch(kernel.handle, DEFAULT_STREAM, None, settings)
        elif length is None:
            many = Launch(right.grid, right.group, None, count=place)
            model.launch(kernel.handle, DEFAULT_STREAM, replace(many, **sizes), settings)
        else:
            few = right if told is None else replace(right, count=told)
            few = replace(few, arguments=given[: length if told is None else None], **sizes)
            model.launch(kernel.handle, DEFAULT_STREAM, few, settings)
        model.launch(kernel.handle, DEFAULT_STREAM, right, 0)

    @rule(
        event=events,
        kernel=kernels,
        used=st.tuples(buffers, buffers),
        stream=streams,
        release=st.booleans(),
    )
    def launch_while_pending(
        self, event: Event, kernel: Kernel, used: tuple[Buffer, Buffer], stream: Stream,
        release: bool,
    ) -> None:  # fmt: skip
        """Launch a kernel twice behind a wait, with other arguments; release it, end the wait."""
        model = self.model
        if event.value == INT_MAX:
            return
        schedule = model.create_schedule(0, 0)
        assert schedule is not None
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
