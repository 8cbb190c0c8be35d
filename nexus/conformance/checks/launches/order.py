"""Launches: when they run, and what waits for them."""

from __future__ import annotations

from typing import Any

from nexus.conformance.checks.support.launching import Filling, launch_of
from nexus.conformance.checks.support.subjects import INT_MIN
from nexus.conformance.checks.support.work import (
    NON_BLOCKING,
    Gate,
    HeldWork,
    a_while,
    copying,
    fill,
    held,
    i32,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
    signal_in,
    start,
)
from nexus.conformance.harness.call_arguments import Out
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


@check(
    "launch.blocking",
    "A blocking launch returns when it and the work before it on the stream are done.",
    function="Launch",
    root="schedule.blocking_waits",
    needs=("Launch",),
)
def blocking(kit: Kit) -> None:
    work = Filling(kit)
    for value, stream in enumerate((new_stream(kit), -1), 1):
        first = HeldWork(kit, stream)
        runs = [
            ("Launch", work.kernel, stream, work.of(value), 0),
            ("WaitEventTimeout", first.done, 1, 0),
        ]
        opens = [a_while(kit), ("SignalEvent", first.gate.event, 1)]
        (ran, late), _ = kit.threads([runs, opens])
        assert ran == 0, f"a blocking launch behind work that waits gives {status_name(ran)}"
        assert late == 0, "a blocking launch returned before the work that was submitted earlier"
        work.has(value, "after a blocking launch")


@check(
    "launch.non_blocking",
    "A non-blocking launch returns at once, and waits for the events of the work before it.",
    function="Launch",
    needs=("Launch",),
)
def non_blocking(kit: Kit) -> None:
    for stream in (new_stream(kit), -1):
        work, first, over = Filling(kit), HeldWork(kit, stream), new_event(kit)
        last = new_schedule(kit)
        signal_in(kit, last, over)
        work.start(5, stream)
        start(kit, last, stream)
        held(kit, over)
        first.finish()
        work.has(5, "after a launch that does not block")


@check(
    "launch.copied",
    "Sizes, arguments and scalars of a launch are copied before the call returns.",
    function="Launch",
    needs=("Launch",),
    strict=True,
)
def copied(kit: Kit) -> None:
    # The worker overwrites the memory that it passed as soon as the call has returned.
    stream = new_stream(kit)
    work, first = Filling(kit), HeldWork(kit, stream)
    work.start(1234, stream)
    kit.worker.call("SignalEvent", new_event(kit), 1)
    first.finish()
    work.has(1234, "of a launch whose memory is gone")


@check(
    "launch.in_flight",
    "Launches of a kernel that are in flight at once each have their own arguments.",
    function="Launch",
    needs=("Launch",),
)
def in_flight(kit: Kit) -> None:
    kernel, stream = kit.kernel("fill"), new_stream(kit)
    works = [HeldWork(kit, stream), HeldWork(kit, -1)]
    buffers = [int_buffer(kit, [0]) for _ in range(8)]
    for value, buffer in enumerate(buffers):
        place = -1 if value % 2 else stream
        kit.ok("Launch", kernel, place, launch_of([buffer], [10 + value, 1]), NON_BLOCKING)
    for work in works:
        work.finish()
    found = [read_ints(kit, buffer)[0] for buffer in buffers]
    assert found == list(range(10, 18)), f"launches with values from 10 to 17 wrote {found}"


@check(
    "launch.order",
    "Launches and runs of schedules on a stream are executed in the order of submission.",
    function="Launch",
    root="stream.order",
    needs=("Launch",),
)
def order(kit: Kit) -> None:
    for stream in (new_stream(kit), -1):
        work, gate, done, kernel = Filling(kit), Gate(kit), new_event(kit), kit.kernel("fill")
        first, last = new_schedule(kit), new_schedule(kit)
        gate.hold(first)
        signal_in(kit, last, done)
        start(kit, first, stream)
        copy, seen = copying(kit), [int_buffer(kit, [0]) for _ in range(12)]
        for value, buffer in enumerate(seen, 1):
            if value % 2:
                schedule = new_schedule(kit)
                fill(kit, schedule, work.buffer, value, kernel)
                start(kit, schedule, stream)
            else:
                work.start(value, stream)
            kit.ok("Launch", copy, stream, launch_of([work.buffer, buffer], [1]), NON_BLOCKING)
        start(kit, last, stream)
        gate.opens(done)
        found = [read_ints(kit, buffer)[0] for buffer in seen]
        assert found == list(range(1, 13)), f"runs and launches in turn were seen as {found}"


@check(
    "launch.default_stream",
    "Any negative stream number is the device's default stream.",
    function="Launch",
    root="stream.any_negative",
    needs=("Launch",),
)
def default_stream(kit: Kit) -> None:
    for number in (-1, -2, -1000, INT_MIN):
        work = Filling(kit)
        first = HeldWork(kit, -1, lambda schedule, of=work: fill(kit, schedule, of.buffer, 1))  # type: ignore[misc]
        work.start(2, number)
        first.finish()
        work.has(2, f"after a launch on stream {number} behind work on the default stream")


@check(
    "launch.independent",
    "A launch waits neither for another stream nor for work that uses other buffers.",
    function="Launch",
    root="stream.independent",
    needs=("Launch",),
)
def independent(kit: Kit) -> None:
    work, other, stuck = Filling(kit), new_stream(kit), HeldWork(kit, new_stream(kit))
    work.writes(3, "beside work that waits", other)
    work.writes(4, "beside work that waits")
    stuck.finish()


@check(
    "launch.copies_wait",
    "Copies and fills of a buffer wait for the launches before that use it.",
    function="work",
    root="buffer.copy_after_work",
    needs=("Launch",),
)
def copies_wait(kit: Kit) -> None:
    transfers: tuple[tuple[Any, ...], ...] = (
        ("CopyBuffer", Out(4, canary=False), 0),
        ("CopyBuffer", i32(7), 1),
        ("FillBuffer", i32(7), 4),
    )
    for name, *rest in transfers:
        for stream in (new_stream(kit), -1):
            work, first = Filling(kit), HeldWork(kit, stream)
            work.start(5, stream)
            host = [(name, work.buffer, *rest), ("WaitEventTimeout", first.done, 1, 0)]
            opens = [a_while(kit), ("SignalEvent", first.gate.event, 1)]
            (copied, late), _ = kit.threads([host, opens])
            assert copied == 0, f"{name} of a launch's buffer gives {status_name(copied)}"
            assert late == 0, f"{name} of a buffer that a launch uses returned before the launch"
            work.has(5 if rest[-1] == 0 else 7, f"after {name} behind a launch")


@check(
    "launch.released",
    "A launch in flight keeps its kernel, its library, its buffers and its stream.",
    function="Launch",
    needs=("Launch", "ReleaseKernel", "ReleaseLibrary", "ReleaseBuffer", "ReleaseStream"),
)
def released(kit: Kit) -> None:
    out, library, stream = int_buffer(kit, [0]), kit.library(), new_stream(kit)
    between = int_buffer(kit, [0])
    copy = "copy" if "copy" in kit.kernels_given().names else "barrier"
    kernels = [kit.ok("GetKernel", library, kit.kernel_name(name)) for name in ("fill", copy)]
    first = HeldWork(kit, stream)
    kit.ok("Launch", kernels[0], stream, launch_of([between], [6, 1]), NON_BLOCKING)
    kit.ok("Launch", kernels[1], stream, launch_of([between, out], [1]), NON_BLOCKING)
    for kernel in kernels:
        kit.ok("ReleaseKernel", kernel)
    kit.ok("ReleaseLibrary", library)
    kit.ok("ReleaseBuffer", between)
    kit.ok("ReleaseStream", stream)
    # They may take the memory of what was released.
    others = [int_buffer(kit, [8]) for _ in range(8)]
    first.finish()
    assert read_ints(kit, out) == [6], "a launch did not do its work after its objects' release"
    assert [read_ints(kit, other) for other in others] == [[8]] * 8, "a launch wrote elsewhere"
