"""Events: counters that only grow, and waits that end when they should."""

from __future__ import annotations

import time

from nexus._enums import property as Property
from nexus.conformance.checks import check
from nexus.conformance.dispatch import (
    A_WHILE,
    Gate,
    a_while,
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
from nexus.conformance.kit import Kit, status_name
from nexus.conformance.objects import (
    INT_MAX,
    INT_MIN,
    bad_devices,
    double_release,
    live_if_told,
    query,
    refused,
)

_MS = 1_000_000
# How much later than asked a wait may end on a machine that is busy, in s.
_LATE = 2.0


def _value(kit: Kit, event: int) -> int | None:
    """Return an event's counter, None where the plugin does not tell."""
    if not kit.has("GetEventProperty"):
        return None
    packed = query(kit, "GetEventProperty", (event,), int(Property.Value))
    return int.from_bytes(packed, "little", signed=True) if isinstance(packed, bytes) else None


def _reached(kit: Kit, event: int, value: int) -> None:
    found = _value(kit, event)
    assert found in (None, value), f"the event's Value is {found}, and {value} is right"
    kit.ok("WaitEvent", event, value)
    if kit.has("WaitEventTimeout") and value < INT_MAX:
        more = kit.worker.call("WaitEventTimeout", event, value + 1, 0).value
        assert more != 0, f"an event of {value} has reached {value + 1}"


@check(
    "event.starts_at_zero",
    "A new event is at 0, and a wait for 0 or less returns.",
    function="CreateEvent",
)
def starts_at_zero(kit: Kit) -> None:
    event = new_event(kit)
    _reached(kit, event, 0)
    for value in (0, -1, INT_MIN):
        kit.ok("WaitEvent", event, value)
        if kit.has("WaitEventTimeout"):
            kit.ok("WaitEventTimeout", event, value, 0)
    used = new_event(kit)
    kit.ok("SignalEvent", used, 9)
    kit.ok("ReleaseEvent", used)
    for _ in range(4):
        _reached(kit, new_event(kit), 0)


@check(
    "event.signal_before_wait",
    "A wait for what has been signalled returns at once.",
    function="WaitEvent",
)
def signal_before_wait(kit: Kit) -> None:
    event = new_event(kit)
    for value in (1, 2, 5, 1000):
        kit.ok("SignalEvent", event, value)
        for wanted in (value, value - 1, 0):
            kit.ok("WaitEvent", event, wanted)
        _reached(kit, event, value)


@check(
    "event.grows_only",
    "A signal that is not higher is Success and changes nothing.",
    function="SignalEvent",
)
def grows_only(kit: Kit) -> None:
    event = new_event(kit)
    kit.ok("SignalEvent", event, 7)
    for value in (6, 7, 1, 0, -1, INT_MIN):
        kit.ok("SignalEvent", event, value)
        _reached(kit, event, 7)


@check(
    "event.extremes",
    "The lowest and the highest value can be signalled and waited for.",
    function="SignalEvent",
)
def extremes(kit: Kit) -> None:
    event = new_event(kit)
    kit.ok("SignalEvent", event, INT_MIN)
    _reached(kit, event, 0)
    kit.ok("WaitEvent", event, INT_MIN)
    for value in (INT_MAX - 1, INT_MAX):
        kit.ok("SignalEvent", event, value)
        _reached(kit, event, value)


@check(
    "event.timeout",
    "A wait that is not met ends with Timeout, not before its time and soon after.",
    function="WaitEventTimeout",
)
def timeout(kit: Kit) -> None:
    kit.need("WaitEventTimeout")
    event = new_event(kit)
    for ms in (1, 20, 100):
        begin = time.monotonic()
        refused(kit, "Timeout", "WaitEventTimeout", event, 1, ms * _MS)
        took = time.monotonic() - begin
        assert took >= ms / 1e3, f"a wait of {ms} ms ended after {took * 1e3:.3f} ms"
        assert took < ms / 1e3 + _LATE, f"a wait of {ms} ms ended after {took:.1f} s"


@check(
    "event.zero_timeout",
    "A time-out of 0 asks and does not wait.",
    function="WaitEventTimeout",
)
def zero_timeout(kit: Kit) -> None:
    kit.need("WaitEventTimeout")
    event = new_event(kit)
    begin = time.monotonic()
    for _ in range(20):
        refused(kit, "Timeout", "WaitEventTimeout", event, 1, 0)
    assert time.monotonic() - begin < _LATE, "waits of no time take time"
    kit.ok("SignalEvent", event, 1)
    kit.ok("WaitEventTimeout", event, 1, 0)


@check(
    "event.long_timeout",
    "A time-out of centuries does not overflow: the wait ends by the signal.",
    function="WaitEventTimeout",
)
def long_timeout(kit: Kit) -> None:
    for nanoseconds in ((1 << 64) - 1, (1 << 63) - 1, 1 << 63, 10**18):
        event, flag = new_event(kit), new_event(kit)
        waiter = [("WaitEventTimeout", event, 1, nanoseconds), ("WaitEventTimeout", flag, 1, 0)]
        other = [a_while(kit), ("SignalEvent", flag, 1), ("SignalEvent", event, 1)]
        (waited, signalled), _ = kit.worker.control("threads", [waiter, other], timeout=10)
        got = status_name(waited)
        assert waited == 0, f"a wait of {nanoseconds} ns for a signal that comes gives {got}"
        assert signalled == 0, f"a wait of {nanoseconds} ns ended before the signal"


@check("event.wakes", "A signal wakes every wait that it meets.", function="SignalEvent")
def wakes(kit: Kit) -> None:
    for _ in range(3):
        event = new_event(kit)
        waits = [[("WaitEvent", event, 1 + number % 5)] for number in range(8)]
        signals = [a_while(kit), ("SignalEvent", event, 5)]
        results = kit.worker.control("threads", [*waits, signals], timeout=10)
        assert all(result == [0] for result in results[:-1]), f"waits end with {results[:-1]}"


@check(
    "event.lost_wake_up",
    "A wait that begins while the signal is given ends all the same.",
    function="WaitEvent",
)
def lost_wake_up(kit: Kit) -> None:
    rounds = 400
    ping, pong = new_event(kit), new_event(kit)
    first, second = [], []
    for value in range(1, rounds):
        first += [("SignalEvent", ping, value), ("WaitEvent", pong, value)]
        second += [("WaitEvent", ping, value), ("SignalEvent", pong, value)]
    kit.worker.control("threads", [first, second], timeout=10)
    _reached(kit, pong, rounds - 1)


@check(
    "event.wakes_only_met",
    "A signal that is too low does not end a wait.",
    function="WaitEvent",
)
def wakes_only_met(kit: Kit) -> None:
    event, later = new_event(kit), new_event(kit)
    waits = [("WaitEvent", event, 2), ("WaitEventTimeout", later, 1, 0)]
    timed = [("WaitEventTimeout", event, 3, 3 * A_WHILE)]
    signals = [
        *(a_while(kit), ("SignalEvent", event, 1), a_while(kit)),
        *(("SignalEvent", later, 1), ("SignalEvent", event, 2)),
    ]
    (first, second), (third,), _ = kit.worker.control(
        "threads", [waits, timed, signals], timeout=10
    )
    assert first == 0, f"the wait ends with {status_name(first)}"
    assert second == 0, "a wait for 2 ended when 1 was signalled"
    assert status_name(third) == "Timeout", f"a wait for 3 ends with {status_name(third)}"


@check(
    "event.release_while_waited",
    "A release does not end a wait; the signal that is pending does.",
    function="ReleaseEvent",
)
def release_while_waited(kit: Kit) -> None:
    event, gate, schedule = new_event(kit), Gate(kit), new_schedule(kit)
    gate.hold(schedule)
    signal_in(kit, schedule, event)
    start(kit, schedule, new_stream(kit))
    waits = [("WaitEvent", event, 1), ("WaitEventTimeout", gate.event, 1, 0)]
    others = [a_while(kit), ("ReleaseEvent", event), a_while(kit), ("SignalEvent", gate.event, 1)]
    (waited, opened), rest = kit.worker.control("threads", [waits, others], timeout=10)
    assert rest[1] == 0, f"releasing an event that is waited for gives {status_name(rest[1])}"
    assert waited == 0, f"a wait for a released event ends with {status_name(waited)}"
    assert opened == 0, "the release ended the wait"


@check(
    "event.signal_command",
    "A signal command raises the counter when its turn comes.",
    function="CreateSignalCommand",
)
def signal_command(kit: Kit) -> None:
    schedule, gate, event = new_schedule(kit), Gate(kit), new_event(kit)
    signal_in(kit, schedule, event, 1)
    gate.hold(schedule)
    signal_in(kit, schedule, event, 2)
    start(kit, schedule, new_stream(kit))
    finished(kit, event, 1)
    held(kit, event, 2)
    gate.open()
    finished(kit, event, 2)
    lower = new_schedule(kit)
    signal_in(kit, lower, event, 1)
    run(kit, lower)
    _reached(kit, event, 2)


@check(
    "event.wait_command",
    "A wait command holds back the commands after it, and no others.",
    function="CreateWaitCommand",
)
def wait_command(kit: Kit) -> None:
    schedule, gate, event = new_schedule(kit), new_event(kit), new_event(kit)
    buffers = [int_buffer(kit, [0]) for _ in range(2)]
    fill(kit, schedule, buffers[0], 4)
    signal_in(kit, schedule, event, 1)
    kit.ok("CreateWaitCommand", schedule, gate, 3, 0)
    fill(kit, schedule, buffers[1], 5)
    signal_in(kit, schedule, event, 2)
    start(kit, schedule, new_stream(kit))
    finished(kit, event, 1)
    assert read_ints(kit, buffers[0]) == [4], "a command before the wait did not run"
    for value in (1, 2):
        kit.ok("SignalEvent", gate, value)
        held(kit, event, 2)
    assert read_ints(kit, buffers[1]) == [0], "a command after the wait ran"
    kit.ok("SignalEvent", gate, 3)
    finished(kit, event, 2)
    assert read_ints(kit, buffers[1]) == [5], "a command after the wait did not run"


@check("event.across_streams", "Events order the work of two streams.",
       function="CreateWaitCommand")  # fmt: skip
def across_streams(kit: Kit) -> None:
    streams = [new_stream(kit), new_stream(kit)]
    turn, gate, buffer, rounds = new_event(kit), Gate(kit), int_buffer(kit, [0]), 20
    kernel = kit.kernel("fill")
    opening = new_schedule(kit)
    gate.hold(opening)
    signal_in(kit, opening, turn, 1)
    for place in (1, 0):
        for number in range(1 + place, rounds + 1, 2):
            schedule = new_schedule(kit)
            kit.ok("CreateWaitCommand", schedule, turn, number, 0)
            fill(kit, schedule, buffer, number, kernel)
            signal_in(kit, schedule, turn, number + 1)
            start(kit, schedule, streams[place])
    start(kit, opening, new_stream(kit))
    held(kit, turn, 1)
    gate.open()
    finished(kit, turn, rounds + 1)
    assert read_ints(kit, buffer) == [rounds], "the streams did not take turns"


@check(
    "event.interrupted",
    "A signal of the system that is handled during a wait does not end it.",
    function="WaitEvent",
)
def interrupted(kit: Kit) -> None:
    event = new_event(kit)
    early, value = kit.worker.control("probe", "interrupted_wait", "WaitEvent", event, timeout=10)
    assert value == 0, f"an interrupted wait ends with {status_name(value)}"
    assert not early, "an interrupted wait ended before its signal"
    if kit.has("WaitEventTimeout"):
        other = new_event(kit)
        early, value = kit.worker.control(
            "probe", "interrupted_wait", "WaitEventTimeout", other, timeout=10
        )
        assert value == 0, f"an interrupted wait with a time-out ends with {status_name(value)}"
        assert not early, "an interrupted wait with a time-out ended before its signal"


@check(
    "event.types",
    "Shared, Signal and Fence events can be created; another type is InvalidValue.",
    function="CreateEvent",
)
def types(kit: Kit) -> None:
    for number in range(3):
        event = kit.ok("CreateEvent", 0, number, 0)
        kit.ok("SignalEvent", event, 1)
        _reached(kit, event, 1)
    before = live_if_told(kit)
    for number in (3, 4, 100, INT_MAX, -1):
        refused(kit, "InvalidValue", "CreateEvent", 0, number, 0)
    assert live_if_told(kit) == before, "a refused event is counted as live"


@check(
    "event.device_index",
    "An index that is none of a device is InvalidDevice.",
    function="CreateEvent",
)
def device_index(kit: Kit) -> None:
    bad_devices(kit, "CreateEvent", 0, 0)


@check(
    "event.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseEvent",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "event")
