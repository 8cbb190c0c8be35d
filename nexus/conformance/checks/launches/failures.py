"""Launches that fail while they run or for lack of memory, and launches from several threads."""

from __future__ import annotations

from typing import Any

from nexus.conformance.checks.support.launching import Filling, launch_of
from nexus.conformance.checks.support.subjects import refused
from nexus.conformance.checks.support.trials import Trial, fail_any
from nexus.conformance.checks.support.work import (
    KERNEL_FAILED,
    NON_BLOCKING,
    failing_schedule,
    int_buffer,
    new_schedule,
    new_stream,
    read_ints,
    run,
    start,
)
from nexus.conformance.harness.call_arguments import Launch
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_THREADS = 4
_TIMES = 25
_PATIENCE = 30.0


def _failing(kit: Kit) -> tuple[int, Launch]:
    """Return a kernel, and a launch of it that fails."""
    return kit.kernel("fail"), launch_of([int_buffer(kit, [0])], [1, 100_000])


@check(
    "launch.failure",
    "A kernel that fails is InvalidProgramExecutable at a blocking launch, and the next one works.",
    function="Launch",
    root="schedule.failure_blocking",
    needs=("Launch",),
)
def failure(kit: Kit) -> None:
    (kernel, launch), good = _failing(kit), Filling(kit)
    for value, stream in enumerate((-1, new_stream(kit)), 1):
        refused(kit, KERNEL_FAILED, "Launch", kernel, stream, launch, 0)
        good.writes(value, "after a kernel that failed", stream)


@check(
    "launch.failure_surfaces",
    "A failure of a non-blocking launch or run is reported by the next blocking one, which is"
    " dropped.",
    function="Launch",
    root="schedule.failure_surfaces",
    needs=("Launch", "full"),
)
def failure_surfaces(kit: Kit) -> None:
    (kernel, launch), schedule = _failing(kit), failing_schedule(kit)
    other, empty = new_stream(kit), new_schedule(kit)
    for stream in (new_stream(kit), -1):
        good = Filling(kit)
        for step in range(2):
            if step:
                start(kit, schedule, stream)
            else:
                kit.ok("Launch", kernel, stream, launch, NON_BLOCKING)
            good.writes(2 + step, "on another stream", other)
            good.refused(KERNEL_FAILED, good.of(9), stream=stream, settings=(0,))
            good.writes(4 + step, "after a failure was reported", stream)
        kit.ok("Launch", kernel, stream, launch, NON_BLOCKING)
        refused(kit, KERNEL_FAILED, "RunSchedule", empty, stream, 0)
        run(kit, empty, stream)


@check(
    "thread.same_kernel",
    "A kernel that several threads launch at once runs for each with its own arguments.",
    function="Launch",
    needs=("Launch",),
)
def same_kernel(kit: Kit) -> None:
    kernel, streams = kit.kernel("fill"), [-1, new_stream(kit)]
    buffers = [[int_buffer(kit, [0]) for _ in range(_TIMES)] for _ in range(_THREADS)]
    script: list[list[tuple[Any, ...]]] = []
    for thread, own in enumerate(buffers):
        stream = streams[thread % 2]
        script.append(
            [
                ("Launch", kernel, stream, launch_of([buffer], [100 * thread + place, 1]), settings)
                for place, buffer in enumerate(own, 1)
                for settings in (NON_BLOCKING, 0)
            ]
        )
    for thread, values in enumerate(kit.threads(script, _PATIENCE)):
        for value in values:
            assert value == 0, f"a launch in thread {thread} gives {status_name(value)}"
    for thread, own in enumerate(buffers):
        found = [read_ints(kit, buffer)[0] for buffer in own]
        wanted = [100 * thread + place for place in range(1, _TIMES + 1)]
        assert found == wanted, f"launches of thread {thread} wrote {found}, not {wanted}"


@check(
    "failure.launch",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="Launch",
    root="failure.run",
    needs=("Launch", "ReleaseKernel"),
)
def failing_launch(kit: Kit) -> None:
    library, name, empty = kit.library(), kit.kernel_name("fill"), new_schedule(kit)
    buffer, kernels = int_buffer(kit, [0]), list[int]()

    def prepared(stream: int, settings: int) -> tuple[Any, ...]:
        # A new kernel, since one that was launched may keep memory for its next launch.
        kernels.append(kit.ok("GetKernel", library, name))
        return "Launch", kernels[-1], stream, launch_of([buffer], [6, 1]), settings

    def clean(stream: int) -> None:
        # The memory of work in flight is not a leak.
        run(kit, empty, stream)
        for kernel in kernels:
            kit.ok("ReleaseKernel", kernel)
        kernels.clear()

    trials = [
        Trial(
            lambda stream=stream, settings=settings: prepared(stream, settings),  # type: ignore[misc]
            clean=lambda stream=stream: clean(stream),  # type: ignore[misc]
        )
        for stream in (-1, new_stream(kit))
        for settings in (0, NON_BLOCKING)
    ]
    fail_any(kit, trials)
    assert read_ints(kit, buffer) == [6], "after failures the work is not done"
