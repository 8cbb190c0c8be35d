"""Signal and wait commands of schedules that run again and again."""

from __future__ import annotations

import functools

from nexus.conformance.checks.support.subjects import INT_MAX, INT_MIN, UINT_MAX, refused
from nexus.conformance.checks.support.work import (
    KERNEL_FAILED,
    PER_RUN,
    TIMING,
    failing_schedule,
    finished,
    held,
    new_event,
    new_schedule,
    new_stream,
    reached,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check

_NAMES = ("CreateSignalCommand", "CreateWaitCommand")

_check = functools.partial(check, function="CreateSignalCommand", needs=("full",))


@_check(
    "event.per_run_signal",
    "With PerRun, the k-th run that is submitted signals k times the value.",
)
def per_run_signal(kit: Kit) -> None:
    event, schedule = new_event(kit), new_schedule(kit)
    kit.ok("CreateSignalCommand", schedule, event, 3, PER_RUN)
    for count in range(1, 6):
        run(kit, schedule, new_stream(kit) if count % 2 else -1)
        reached(kit, event, 3 * count)
    for _ in range(3):
        start(kit, schedule)
    finished(kit, event, 24)


@check(
    "event.per_run_wait",
    "With PerRun, the k-th run that is submitted waits for k times the value.",
    function="CreateWaitCommand",
    needs=("full",),
)
def per_run_wait(kit: Kit) -> None:
    event, done, schedule = new_event(kit), new_event(kit), new_schedule(kit)
    kit.ok("CreateWaitCommand", schedule, event, 2, PER_RUN)
    kit.ok("CreateSignalCommand", schedule, done, 1, PER_RUN | TIMING)
    stream = new_stream(kit)
    for _ in range(3):
        start(kit, schedule, stream)
    for count in range(1, 4):
        kit.ok("SignalEvent", event, 2 * count - 1)
        held(kit, done, count)
        kit.ok("SignalEvent", event, 2 * count)
        finished(kit, done, count)


@check(
    "event.absolute_value",
    "Without PerRun the value is absolute: a second run's signal changes nothing.",
    function="CreateSignalCommand",
)
def absolute_value(kit: Kit) -> None:
    event, schedule = new_event(kit), new_schedule(kit)
    signal_in(kit, schedule, event, 2)
    kit.ok("CreateWaitCommand", schedule, event, 2, 0)
    for _ in range(3):
        run(kit, schedule)
        reached(kit, event, 2)


@_check(
    "event.per_run_counts",
    "An accepted run counts, even if it fails; a refused one does not.",
)
def per_run_counts(kit: Kit) -> None:
    event, schedule = new_event(kit), new_schedule(kit)
    kit.ok("CreateSignalCommand", schedule, event, 1, PER_RUN)
    run(kit, schedule)
    for stream, settings in ((INT_MAX, 0), (-1, UINT_MAX)):
        refused(kit, ("InvalidStream", "InvalidValue"), "RunSchedule", schedule, stream, settings)
    run(kit, schedule)
    reached(kit, event, 2)
    other, failing = new_event(kit), failing_schedule(kit)
    kit.ok("CreateSignalCommand", failing, other, 1, PER_RUN)
    wait = new_schedule(kit)
    for _ in range(2):
        refused(kit, KERNEL_FAILED, "RunSchedule", failing, -1, 0)
    kit.ok("CreateSignalCommand", wait, other, 1, PER_RUN)
    run(kit, wait)
    reached(kit, other, 1)


@_check(
    "event.per_run_value",
    "With PerRun, a value that is not positive is InvalidValue.",
)
def per_run_value(kit: Kit) -> None:
    event, schedule = new_event(kit), new_schedule(kit)
    for name in _NAMES:
        for value in (0, -1, INT_MIN):
            refused(kit, "InvalidValue", name, schedule, event, value, PER_RUN)
            kit.ok(name, schedule, event, value, 0)
    run(kit, schedule)


@_check(
    "event.command_settings",
    "Settings other than PerRun and Timing are InvalidValue.",
)
def command_settings(kit: Kit) -> None:
    event, schedule = new_event(kit), new_schedule(kit)
    kit.ok("SignalEvent", event, 1)
    for name in _NAMES:
        for number in (4, 8, 16, PER_RUN | 4, 1 << 31, UINT_MAX):
            refused(kit, "InvalidValue", name, schedule, event, 1, number)
        for number in (0, PER_RUN, TIMING, PER_RUN | TIMING):
            kit.ok(name, schedule, event, 1, number)
    run(kit, schedule)
    reached(kit, event, 1)


@check(
    "event.per_run_range",
    "A run whose value exceeds the range of nxs_int is OutOfResources, and does not run.",
    function="RunSchedule",
    needs=("full",),
)
def per_run_range(kit: Kit) -> None:
    for name in _NAMES:
        event, other, schedule = new_event(kit), new_event(kit), new_schedule(kit)
        kit.ok("CreateSignalCommand", schedule, other, 1, PER_RUN)
        kit.ok("SignalEvent", event, INT_MAX)
        kit.ok(name, schedule, event, INT_MAX // 2, PER_RUN)
        run(kit, schedule)
        run(kit, schedule)
        for settings in (0, 8):
            refused(kit, "OutOfResources", "RunSchedule", schedule, -1, settings)
        reached(kit, other, 2)
