"""Handles that schedules and their runs refuse."""

from __future__ import annotations

from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    INT_MIN,
    bad_devices,
    refused,
)
from nexus.conformance.checks.support.work import (
    NON_BLOCKING,
    held,
    new_event,
    new_schedule,
    new_stream,
    signal_in,
)
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check

# Seconds in which a call that must not wait returns, even on a busy machine.
_AT_ONCE = 2.0


@check(
    "schedule.invalid_stream",
    "A released, made-up or wrong-kind stream handle is InvalidStream, and nothing runs.",
    function="RunSchedule",
    root="handle.made_up",
)
def invalid_stream(kit: Kit) -> None:
    schedule, event = new_schedule(kit), new_event(kit)
    signal_in(kit, schedule, event)
    released = new_stream(kit)
    kit.ok("ReleaseStream", released)
    for stream in (released, INT_MAX, schedule, event):
        for settings in (0, NON_BLOCKING):
            refused(kit, "InvalidStream", "RunSchedule", schedule, stream, settings)
    held(kit, event)


@check(
    "schedule.foreign_stream",
    "A stream of another device is InvalidStream.",
    function="RunSchedule",
)
def foreign_stream(kit: Kit) -> None:
    if kit.devices < 2:
        raise NotApplicable("there is only one device")
    schedule = new_schedule(kit)
    stream = kit.ok("CreateStream", 1, 0)
    refused(kit, "InvalidStream", "RunSchedule", schedule, stream, 0)


@check(
    "schedule.foreign_schedule",
    "A released, made-up or wrong-kind schedule handle is InvalidSchedule.",
    function="RunSchedule",
    root="handle.released",
)
def foreign_schedule(kit: Kit) -> None:
    released, stream, event = new_schedule(kit), new_stream(kit), new_event(kit)
    kit.ok("ReleaseSchedule", released)
    for schedule in (released, -1, INT_MIN, INT_MAX, stream, event):
        refused(kit, "InvalidSchedule", "RunSchedule", schedule, stream, 0)
        refused(kit, "InvalidSchedule", "RunSchedule", schedule, -1, NON_BLOCKING)


@check(
    "schedule.device_index",
    "An out-of-range device index is InvalidDevice.",
    function="CreateSchedule",
)
def device_index(kit: Kit) -> None:
    bad_devices(kit, "CreateSchedule", 0)
