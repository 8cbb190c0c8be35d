"""Order of the host's copies and fills, and work that uses the same buffers."""

from __future__ import annotations

from typing import Any

from nexus.conformance.checks.support.work import (
    HeldWork,
    a_while,
    command,
    copying,
    fill,
    i32,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
    signal_in,
    start,
)
from nexus.conformance.harness.call_arguments import Dim3, Out
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

# Numbers in a buffer that keeps a device busy for a moment.
_MANY = 1 << 18


def _waits_for_work(kit: Kit, buffer: int, transfer: tuple[Any, ...]) -> None:
    """Demand that a transfer waits for work that waits for events, and for work queued behind."""
    begun = [new_event(kit), new_event(kit)]

    def append(schedule: int, place: int) -> None:
        signal_in(kit, schedule, begun[place])
        fill(kit, schedule, buffer, 5)

    held = [HeldWork(kit, new_stream(kit), lambda schedule: append(schedule, 0)), HeldWork(kit)]
    queued = new_schedule(kit)
    append(queued, 1)
    start(kit, queued)
    host = [transfer, *(("WaitEventTimeout", event, 1, 0) for event in begun)]
    gates = [("SignalEvent", work.gate.event, 1) for work in held]
    (copied, *late), _ = kit.threads([host, [a_while(kit), gates[0], a_while(kit), gates[1]]])
    name = f"nxs{transfer[0]}"
    assert copied == 0, f"{name} of a buffer that pending work uses gives {status_name(copied)}"
    assert late == [0, 0], f"{name} returned before the work that was submitted earlier had begun"


@check(
    "buffer.copy_after_work",
    "A copy to the host waits for all earlier work that uses the buffer.",
    function="work",
)
def copy_after_work(kit: Kit) -> None:
    buffer = int_buffer(kit, [0])
    _waits_for_work(kit, buffer, ("CopyBuffer", buffer, Out(4, canary=False), 0))
    assert read_ints(kit, buffer) == [5], "the work was not done"
    large, schedule, kernel = int_buffer(kit, [0] * _MANY), new_schedule(kit), kit.kernel("fill")
    for value in range(1, 9):
        size = {"grid": Dim3(_MANY // 64), "group": Dim3(64)}
        command(kit, schedule, kernel, [large], [value, _MANY], **size)
    start(kit, schedule, new_stream(kit))
    found = set(read_ints(kit, large, _MANY))
    assert found == {8}, f"a copy behind a run that does not block has {sorted(found)[:4]} in it"


@check(
    "buffer.write_after_work",
    "A copy to the device waits for all earlier work that uses the buffer.",
    function="work",
    root="buffer.copy_to_device",
)
def write_after_work(kit: Kit) -> None:
    buffer = int_buffer(kit, [0])
    _waits_for_work(kit, buffer, ("CopyBuffer", buffer, i32(7), 1))
    found = read_ints(kit, buffer)
    assert found == [7], f"after the copy the buffer has {found[0]}, not 7"


@check(
    "buffer.fill_after_work",
    "A fill waits for all earlier work that uses the buffer.",
    function="work",
)
def fill_after_work(kit: Kit) -> None:
    buffer = int_buffer(kit, [0])
    _waits_for_work(kit, buffer, ("FillBuffer", buffer, i32(7), 4))
    found = read_ints(kit, buffer)
    assert found == [7], f"after the fill the buffer has {found[0]}, not 7"


@check(
    "buffer.copy_unrelated",
    "A copy or fill of a buffer that no pending work uses does not wait.",
    function="work",
)
def copy_unrelated(kit: Kit) -> None:
    used, other = int_buffer(kit, [0]), int_buffer(kit, [1])
    works = [
        HeldWork(kit, stream, lambda schedule: fill(kit, schedule, used, 5))
        for stream in (new_stream(kit), -1)
    ]
    assert read_ints(kit, other) == [1], "a copy beside pending work is wrong"
    kit.ok("CopyBuffer", other, i32(2), 1)
    kit.ok("FillBuffer", other, i32(3), 4)
    assert read_ints(kit, other) == [3], "a fill beside pending work is wrong"
    for work in works:
        work.finish()


@check(
    "buffer.work_after_copy",
    "Work submitted after a copy or fill sees the new contents.",
    function="work",
)
def work_after_copy(kit: Kit) -> None:
    count = 4096
    source, out, schedule = int_buffer(kit, [0]), int_buffer(kit, [0] * count), new_schedule(kit)
    wide = int_buffer(kit, [0] * count)
    command(kit, schedule, copying(kit), [wide, out], [count], grid=Dim3(count))
    for value in range(1, 6):
        kit.ok("FillBuffer", wide, i32(value), 4)
        start(kit, schedule, -1)
        kit.ok("CopyBuffer", wide, i32(-value) * count, 1)
        found = set(read_ints(kit, out, count))
        assert found == {value}, f"a run after a fill with {value} saw {sorted(found)[:4]}"
    assert read_ints(kit, source) == [0], "work wrote to a buffer that it does not use"
