"""Streams: order within a stream, and independence between streams."""

from __future__ import annotations

from nexus.conformance.checks.support.subjects import (
    INT_MIN,
    UINT_MAX,
    bad_devices,
    double_release,
    live_if_told,
    refused,
)
from nexus.conformance.checks.support.work import (
    Gate,
    HeldWork,
    command,
    fill,
    finished,
    held,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_MANY = 16


@check(
    "stream.order",
    "Schedules of one stream run in the order of submission.",
    function="RunSchedule",
)
def order(kit: Kit) -> None:
    for stream in (new_stream(kit), -1):
        gate, done, count = Gate(kit), new_event(kit), 4096
        kernel, buffer = kit.kernel("fill"), int_buffer(kit, [0] * count)
        first = new_schedule(kit)
        gate.hold(first)
        start(kit, first, stream)
        for value in range(1, 21):
            schedule = new_schedule(kit)
            grid = Dim3(count // 64)
            command(kit, schedule, kernel, [buffer], [value, count], grid=grid, group=Dim3(64))
            signal_in(kit, schedule, done, value)
            start(kit, schedule, stream)
        gate.opens(done, 20)
        assert read_ints(kit, buffer, count) == [20] * count, "the last schedule was not the last"


@check(
    "stream.independent",
    "A waiting stream holds up neither another stream, nor the default one, nor the host.",
    function="RunSchedule",
)
def independent(kit: Kit) -> None:
    other, stuck = new_stream(kit), HeldWork(kit, new_stream(kit))
    for stream in (other, -1):
        schedule, buffer = new_schedule(kit), int_buffer(kit, [0])
        fill(kit, schedule, buffer, 3)
        run(kit, schedule, stream)
        assert read_ints(kit, buffer) == [3], "the other stream did not do its work"
    stuck.finish()


@check(
    "stream.default",
    "-1 is the device's default stream, which runs work in order too.",
    function="RunSchedule",
)
def default(kit: Kit) -> None:
    buffer, second, done = int_buffer(kit, [0]), new_schedule(kit), new_event(kit)
    fill(kit, second, buffer, 2)
    signal_in(kit, second, done)
    first = HeldWork(kit, append=lambda schedule: fill(kit, schedule, buffer, 1))
    start(kit, second)
    first.gate.opens(done)
    assert read_ints(kit, buffer) == [2], "the default stream did not keep the order"


@check(
    "stream.any_negative",
    "Any negative stream number is the device's default stream.",
    function="RunSchedule",
)
def any_negative(kit: Kit) -> None:
    for number in (-2, -7, -1000, INT_MIN):
        buffer, done = int_buffer(kit, [0]), new_event(kit)
        first = HeldWork(kit, -1, lambda schedule, buffer=buffer: fill(kit, schedule, buffer, 1))  # type: ignore[misc]
        second = new_schedule(kit)
        fill(kit, second, buffer, 2)
        signal_in(kit, second, done)
        start(kit, second, number)
        first.gate.opens(done)
        run(kit, new_schedule(kit), number)
        assert read_ints(kit, buffer) == [2], f"stream {number} is not the default stream"


@check(
    "stream.release_finishes",
    "Pending work of a released stream is executed.",
    function="ReleaseStream",
    root="handle.released",
)
def release_finishes(kit: Kit) -> None:
    for _ in range(4):
        stream, gate, done = new_stream(kit), Gate(kit), new_event(kit)
        buffer = int_buffer(kit, [0])
        for value in (1, 2, 3):
            schedule = new_schedule(kit)
            gate.hold(schedule)
            fill(kit, schedule, buffer, value)
            signal_in(kit, schedule, done, value)
            start(kit, schedule, stream)
        kit.ok("ReleaseStream", stream)
        refused(kit, "InvalidStream", "RunSchedule", schedule, stream, 0)
        new_stream(kit)
        gate.opens(done, 3)
        assert read_ints(kit, buffer) == [3], "the released stream's work was not done in order"


@check("stream.settings", "Unknown settings are InvalidValue.", function="CreateStream")
def settings(kit: Kit) -> None:
    before = live_if_told(kit)
    for number in (4, 8, 1 << 31, UINT_MAX):
        refused(kit, "InvalidValue", "CreateStream", 0, number)
    assert live_if_told(kit) == before, "a refused stream is counted as live"
    for number in (1, 2, 3):
        stream, schedule, event = (
            kit.ok("CreateStream", 0, number),
            new_schedule(kit),
            new_event(kit),
        )
        signal_in(kit, schedule, event)
        run(kit, schedule, stream)
        finished(kit, event)


@check(
    "stream.many",
    "Sixteen streams, or as many as resources allow, work at once.",
    function="CreateStream",
)
def many(kit: Kit) -> None:
    streams: list[int] = []
    for _ in range(_MANY):
        stream = kit.worker.call("CreateStream", 0, 0).value
        if stream < 0:
            got = status_name(stream)
            assert got == "OutOfResources", f"stream number {len(streams) + 1} gives {got}"
            break
        streams.append(stream)
    assert streams, "no stream can be created"
    gate, done = Gate(kit), [new_event(kit) for _ in streams]
    for stream, event in zip(streams, done, strict=True):
        schedule = new_schedule(kit)
        gate.hold(schedule)
        signal_in(kit, schedule, event)
        start(kit, schedule, stream)
    held(kit, done[-1])
    gate.open()
    for event in done:
        finished(kit, event)


@check(
    "stream.device_index",
    "An out-of-range device index is InvalidDevice.",
    function="CreateStream",
)
def device_index(kit: Kit) -> None:
    bad_devices(kit, "CreateStream", 0)


@check(
    "stream.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseStream",
    root="buffer.double_release",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "stream")
