"""Launches: what they compute, and what they leave behind."""

from __future__ import annotations

from nexus.conformance.checks.support.launching import UNSET, Filling, launch_of, with_argument
from nexus.conformance.checks.support.subjects import unchanged
from nexus.conformance.checks.support.trials import REPEAT, grown_since, heap_in_use, settled, usual
from nexus.conformance.checks.support.work import (
    I32,
    NON_BLOCKING,
    TIMING,
    command,
    float_buffer,
    i32,
    int_buffer,
    new_schedule,
    new_stream,
    read_floats,
    read_ints,
    run,
)
from nexus.conformance.harness.call_arguments import Dim3, Guarded, LaunchArgument
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check

_COUNT = 100
_SIZES = (
    (Dim3(1), Dim3(1)),
    (Dim3(7), Dim3(1)),
    (Dim3(1), Dim3(16)),
    (Dim3(5), Dim3(8)),
    (Dim3(3), Dim3(64)),
    (Dim3(3, 2, 2), Dim3(4, 2, 3)),
)


@check(
    "launch.computes",
    "A launch computes what a schedule of one command computes.",
    function="Launch",
    needs=("Launch",),
)
def computes(kit: Kit) -> None:
    fill, add = kit.kernel("fill"), kit.kernel("add")
    a, b = (float_buffer(kit, [step * i for i in range(_COUNT)]) for step in (1.0, 3.0))
    for grid, group in _SIZES:
        by_run, by_launch = (int_buffer(kit, [0] * _COUNT) for _ in range(2))
        sums, launched = (float_buffer(kit, [0.0] * _COUNT) for _ in range(2))
        schedule = new_schedule(kit)
        command(kit, schedule, fill, [by_run], [7, _COUNT], grid=grid, group=group)
        command(kit, schedule, add, [a, b, sums], [_COUNT], grid=grid, group=group)
        run(kit, schedule)
        kit.ok("Launch", fill, -1, launch_of([by_launch], [7, _COUNT], grid, group), 0)
        kit.ok("Launch", add, -1, launch_of([a, b, launched], [_COUNT], grid, group), 0)
        which = f"with {grid} groups of {group} a launch of"
        wanted, found = (read_ints(kit, buffer, _COUNT) for buffer in (by_run, by_launch))
        assert found == wanted, f"{which} fill writes {found}, and a schedule {wanted}"
        right, told = (read_floats(kit, buffer, _COUNT) for buffer in (sums, launched))
        assert told == right, f"{which} add writes {told}, and a schedule {right}"


@check(
    "launch.again",
    "Each launch of a kernel has its own arguments and size.",
    function="Launch",
    needs=("Launch",),
)
def again(kit: Kit) -> None:
    kernel = kit.kernel("fill")
    buffers = [int_buffer(kit, [0] * 16) for _ in range(8)]
    for place, buffer in enumerate(buffers, 1):
        launch = launch_of([buffer], [10 + place, 16], Dim3(place), Dim3(2))
        kit.ok("Launch", kernel, -1, launch, 0)
    for place, buffer in enumerate(buffers, 1):
        found, wanted = read_ints(kit, buffer, 16), [10 + place] * 2 * place
        assert found == wanted + [0] * (16 - 2 * place), f"launch {place} of a kernel wrote {found}"


@check(
    "launch.measured",
    "A launch takes the settings of a run: Profiling, Timing, Capture, and NonBlocking.",
    function="Launch",
    needs=("Launch",),
)
def measured(kit: Kit) -> None:
    work = Filling(kit)
    for stream in (-1, new_stream(kit), kit.ok("CreateStream", 0, 2)):
        for settings in range(1, 16):
            kit.ok("Launch", work.kernel, stream, work.of(settings), settings)
            work.has(settings, f"after a launch with the settings {settings}")


@check(
    "launch.last_arguments",
    "An argument that is not set does not keep the value of an earlier launch.",
    function="Launch",
    needs=("Launch",),
)
def last_arguments(kit: Kit) -> None:
    work = Filling(kit)
    for value in (4, 5):
        work.writes(value, "with all arguments")
        for place in range(3):
            work.refused("InvalidKernelArgs", with_argument(work.of(value + 1), place, UNSET))
        # Refused for its size, so that its arguments do not count either.
        work.refused("InvalidWorkGroupSize", work.of(9, group=Dim3(0)))
        for place in range(3):
            work.refused("InvalidKernelArgs", with_argument(work.of(value + 1), place, UNSET))


@check(
    "launch.no_objects",
    "A launch leaves no object behind.",
    function="Launch",
    needs=("Launch",),
)
def no_objects(kit: Kit) -> None:
    work, stream = Filling(kit), new_stream(kit)
    with unchanged(kit):
        for value in range(1, 20):
            kit.ok("Launch", work.kernel, stream, work.of(value), NON_BLOCKING * (value % 2))
        kit.ok("Launch", work.kernel, stream, work.of(20), TIMING)


@check(
    "launch.heap",
    "Launches leak no memory.",
    function="Launch",
    needs=("Launch",),
)
def heap(kit: Kit) -> None:
    work, stream, schedule = Filling(kit), new_stream(kit), new_schedule(kit)
    for place in (-1, stream):
        for settings in (0, NON_BLOCKING):
            grown: list[int] = []
            while len(grown) < REPEAT and not settled(grown):
                before = heap_in_use(kit)
                for value in range(4):
                    kit.ok("Launch", work.kernel, place, work.of(value), settings)
                # The memory of work in flight is not a leak.
                run(kit, schedule, place)
                grown.append(grown_since(kit, before, len(grown)))
            assert settled(grown), f"four launches leave {usual(grown)} bytes on the heap"


@check(
    "launch.constant",
    "A launch writes neither to the struct nor to the arguments that it is given.",
    function="Launch",
    needs=("Launch",),
)
def constant(kit: Kit) -> None:
    work = Filling(kit)
    for launch in (work.of(5), work.of(5, group=Dim3(0)), work.of(5, arguments=[UNSET] * 3)):
        for settings in (0, NON_BLOCKING):
            kit.call("Launch", work.kernel, -1, launch, settings)


@check(
    "launch.guard_page",
    "A launch reads no more arguments than there are, and the bytes of the scalars' types only.",
    function="Launch",
    needs=("Launch",),
)
def guard_page(kit: Kit) -> None:
    work = Filling(kit)
    guarded = LaunchArgument(Guarded(i32(41)), data_type=I32)
    launch = with_argument(work.of(0, guard=True), 1, guarded)
    work.launched(launch, 41, "after a launch with arguments that end at a guard page")
    for count in range(3):
        given = list(launch.arguments or ())[:count]
        work.refused("InvalidKernelArgs", work.of(0, arguments=given, guard=True))
