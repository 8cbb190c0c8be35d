"""Work that fails while it runs, and the calls that report it."""

from __future__ import annotations

from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import refused
from nexus.conformance.checks.support.work import (
    KERNEL_FAILED,
    failing_schedule,
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
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check


@check(
    "schedule.failure_blocking",
    "A kernel that fails is InvalidProgramExecutable at a blocking run, and the next one works.",
    function="RunSchedule",
)
def failure_blocking(kit: Kit) -> None:
    schedule, good, buffer = failing_schedule(kit), new_schedule(kit), int_buffer(kit, [0])
    fill(kit, good, buffer, 4)
    for stream in (-1, new_stream(kit)):
        kit.ok("FillBuffer", buffer, bytes(4), 4)
        refused(kit, KERNEL_FAILED, "RunSchedule", schedule, stream, 0)
        run(kit, good, stream)
        assert read_ints(kit, buffer) == [4], "after a kernel that failed, the next does nothing"


@check(
    "schedule.failure_ends_run",
    "Commands after a failed one do not run.",
    function="RunSchedule",
    needs=("full",),
)
def failure_ends_run(kit: Kit) -> None:
    schedule, event = failing_schedule(kit), new_event(kit)
    signal_in(kit, schedule, event)
    refused(kit, KERNEL_FAILED, "RunSchedule", schedule, -1, 0)
    held(kit, event)


@check(
    "schedule.failure_surfaces",
    "A failure of a non-blocking run is reported by the next blocking run, which is dropped.",
    function="RunSchedule",
    needs=("full",),
)
def failure_surfaces(kit: Kit) -> None:
    other = new_stream(kit)
    for stream in (new_stream(kit), -1):
        schedule, good, event = failing_schedule(kit), new_schedule(kit), new_event(kit)
        signal_in(kit, good, event)
        start(kit, schedule, stream)
        run(kit, new_schedule(kit), other)
        refused(kit, KERNEL_FAILED, "RunSchedule", good, stream, 0)
        held(kit, event)
        run(kit, good, stream)
        finished(kit, event)


@check(
    "schedule.failure_status",
    "The Status of a schedule whose run failed begins with Error.",
    function="GetScheduleProperty",
    needs=("full",),
)
def failure_status(kit: Kit) -> None:
    schedule, key = failing_schedule(kit), int(Property.Status)
    if not isinstance(query(kit, "GetScheduleProperty", (schedule,), key), bytes):
        raise NotApplicable("schedules do not answer Status")
    stream = new_stream(kit)
    start(kit, schedule, stream)
    refused(kit, KERNEL_FAILED, "RunSchedule", new_schedule(kit), stream, 0)
    told = query(kit, "GetScheduleProperty", (schedule,), key)
    assert isinstance(told, bytes), "after a failed run a schedule does not answer Status"
    assert told.startswith(b"Error"), f"after a failed run the Status is {told!r}"
