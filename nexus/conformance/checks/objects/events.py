"""Events: counters that only grow, and waits for them."""

from __future__ import annotations

import functools
import time

from nexus.conformance.checks.support.subjects import (
    INT_MAX,
    INT_MIN,
    bad_devices,
    double_release,
    live_if_told,
    refused,
)
from nexus.conformance.checks.support.work import (
    A_WHILE,
    a_while,
    new_event,
    promptly,
    reached,
)
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_MS = 1_000_000
# Seconds that a wait may end late on a busy machine.
_LATE = 2.0


@check(
    "event.starts_at_zero",
    "A new event is at 0, and a wait for 0 or less returns.",
    function="CreateEvent",
)
def starts_at_zero(kit: Kit) -> None:
    event = new_event(kit)
    reached(kit, event, 0)
    for value in (0, -1, INT_MIN):
        kit.ok("WaitEvent", event, value)
        if kit.has("WaitEventTimeout"):
            kit.ok("WaitEventTimeout", event, value, 0)
    used = new_event(kit)
    kit.ok("SignalEvent", used, 9)
    kit.ok("ReleaseEvent", used)
    for _ in range(4):
        reached(kit, new_event(kit), 0)


@check(
    "event.signal_before_wait",
    "A wait for a value that the counter has reached returns at once.",
    function="WaitEvent",
)
def signal_before_wait(kit: Kit) -> None:
    event = new_event(kit)
    for value in (1, 2, 5, 1000):
        kit.ok("SignalEvent", event, value)
        for wanted in (value, value - 1, 0):
            kit.ok("WaitEvent", event, wanted)
        reached(kit, event, value)


@check(
    "event.grows_only",
    "A signal that does not raise the counter is Success and changes nothing.",
    function="SignalEvent",
)
def grows_only(kit: Kit) -> None:
    event = new_event(kit)
    kit.ok("SignalEvent", event, 7)
    for value in (6, 7, 1, 0, -1, INT_MIN):
        kit.ok("SignalEvent", event, value)
        reached(kit, event, 7)


@check(
    "event.extremes",
    "The lowest and the highest value can be signalled and waited for.",
    function="SignalEvent",
)
def extremes(kit: Kit) -> None:
    event = new_event(kit)
    kit.ok("SignalEvent", event, INT_MIN)
    reached(kit, event, 0)
    kit.ok("WaitEvent", event, INT_MIN)
    for value in (INT_MAX - 1, INT_MAX):
        kit.ok("SignalEvent", event, value)
        reached(kit, event, value)


@check(
    "event.timeout",
    "An unmet wait ends with Timeout, not before its time and soon after.",
    function="WaitEventTimeout",
)
def timeout(kit: Kit) -> None:
    kit.need("WaitEventTimeout")
    event = new_event(kit)

    def wait(ms: int) -> None:
        begin = time.monotonic()
        refused(kit, "Timeout", "WaitEventTimeout", event, 1, ms * _MS)
        took = time.monotonic() - begin
        assert took >= ms / 1e3, f"a wait of {ms} ms ended after {took * 1e3:.3f} ms"

    for ms in (1, 20, 100):
        promptly(f"a wait of {ms} ms", functools.partial(wait, ms), ms / 1e3 + _LATE)


@check(
    "event.zero_timeout",
    "A time-out of 0 checks the counter and does not wait.",
    function="WaitEventTimeout",
)
def zero_timeout(kit: Kit) -> None:
    kit.need("WaitEventTimeout")
    event = new_event(kit)

    def ask() -> None:
        for _ in range(20):
            refused(kit, "Timeout", "WaitEventTimeout", event, 1, 0)

    promptly("20 waits of no time", ask, _LATE)
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
        (waited, signalled), _ = kit.threads([waiter, other])
        got = status_name(waited)
        assert waited == 0, f"a wait of {nanoseconds} ns for a signal that comes gives {got}"
        assert signalled == 0, f"a wait of {nanoseconds} ns ended before the signal"


@check(
    "event.wakes", "A signal wakes every wait for a value that it reaches.", function="SignalEvent"
)
def wakes(kit: Kit) -> None:
    for _ in range(3):
        event = new_event(kit)
        waits = [[("WaitEvent", event, 1 + number % 5)] for number in range(8)]
        signals = [a_while(kit), ("SignalEvent", event, 5)]
        results = kit.threads([*waits, signals])
        assert all(result == [0] for result in results[:-1]), f"waits end with {results[:-1]}"


@check(
    "event.lost_wake_up",
    "A wait that begins at the moment of the signal ends too.",
    function="WaitEvent",
)
def lost_wake_up(kit: Kit) -> None:
    # In parts, each with a time-out that suits a busy machine.
    ping, pong, parts, rounds = new_event(kit), new_event(kit), 8, 50
    for part in range(parts):
        first, second = [], []
        for value in range(part * rounds + 1, (part + 1) * rounds + 1):
            first += [("SignalEvent", ping, value), ("WaitEvent", pong, value)]
            second += [("WaitEvent", ping, value), ("SignalEvent", pong, value)]
        kit.threads([first, second])
    reached(kit, pong, parts * rounds)


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
    (first, second), (third,), _ = kit.threads([waits, timed, signals])
    assert first == 0, f"the wait ends with {status_name(first)}"
    assert second == 0, "a wait for 2 ended when 1 was signalled"
    assert status_name(third) == "Timeout", f"a wait for 3 ends with {status_name(third)}"


@check(
    "event.interrupted",
    "A system signal that is handled during a wait does not end it.",
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
        reached(kit, event, 1)
    before = live_if_told(kit)
    for number in (3, 4, 100, INT_MAX, -1):
        refused(kit, "InvalidValue", "CreateEvent", 0, number, 0)
    assert live_if_told(kit) == before, "a refused event is counted as live"


@check(
    "event.device_index",
    "An out-of-range device index is InvalidDevice.",
    function="CreateEvent",
)
def device_index(kit: Kit) -> None:
    bad_devices(kit, "CreateEvent", 0, 0)


@check(
    "event.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseEvent",
    root="buffer.double_release",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "event")
