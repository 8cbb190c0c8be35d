"""Schedules: the properties of their runs."""

from __future__ import annotations

import struct
import time

from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.work import (
    TIMING,
    HeldWork,
    command,
    int_buffer,
    new_schedule,
    new_stream,
    run,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


@check(
    "schedule.elapsed_time",
    "ElapsedTime is ProfilingInfoNotAvailable before a timed run, and its time in ms after it.",
    function="GetScheduleProperty",
    needs=("full",),
)
def elapsed_time(kit: Kit) -> None:
    schedule, key = new_schedule(kit), int(Property.ElapsedTime)
    count = 1 << 16
    buffer = int_buffer(kit, [0] * count)
    command(kit, schedule, "fill", [buffer], [1, count], grid=Dim3(count // 64), group=Dim3(64))
    before = query(kit, "GetScheduleProperty", (schedule,), key)
    assert not isinstance(before, bytes), "there is an ElapsedTime before any run"
    got = status_name(before)
    if got == "InvalidProperty":
        raise NotApplicable("schedules do not answer ElapsedTime")
    assert got == "ProfilingInfoNotAvailable", f"ElapsedTime before any run is {got}"
    begin = time.monotonic()
    kit.ok("RunSchedule", schedule, -1, TIMING)
    most = (time.monotonic() - begin) * 1e3
    packed = query(kit, "GetScheduleProperty", (schedule,), key)
    assert isinstance(packed, bytes), f"ElapsedTime after a timed run is {status_name(packed)}"
    told = struct.unpack("d", packed)[0]
    assert 0 < told <= most, f"a run of at most {most:.3f} ms has an ElapsedTime of {told} ms"


@check(
    "schedule.status",
    "Status says whether a run is in progress or complete.",
    function="GetScheduleProperty",
    needs=("full",),
)
def status(kit: Kit) -> None:
    key, stream = int(Property.Status), new_stream(kit)
    if not isinstance(query(kit, "GetScheduleProperty", (new_schedule(kit),), key), bytes):
        raise NotApplicable("schedules do not answer Status")
    work = HeldWork(kit, stream)
    under_way = query(kit, "GetScheduleProperty", (work.schedule,), key)
    assert under_way in (b"Submitted\0", b"Running\0"), f"a held run's Status is {under_way!r}"
    work.gate.open()
    run(kit, new_schedule(kit), stream)
    over = query(kit, "GetScheduleProperty", (work.schedule,), key)
    assert over == b"Complete\0", f"the Status of a run that is over is {over!r}"
