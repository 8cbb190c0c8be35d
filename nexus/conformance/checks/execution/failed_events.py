"""Failures that reach those who wait for the work, by marked events."""

from __future__ import annotations

from typing import Any

from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import query
from nexus.conformance.checks.support.subjects import refused
from nexus.conformance.checks.support.work import (
    KERNEL_FAILED,
    SOON,
    WAIT_FAILED,
    Gate,
    a_while,
    counter,
    failing_schedule,
    finished,
    new_event,
    new_schedule,
    new_stream,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


def _fail_signals(kit: Kit, events: list[int], stream: int = -1, value: int = 1) -> str:
    """Run work that fails before it signals events; return the text of the cause."""
    schedule = failing_schedule(kit)
    for event in events:
        signal_in(kit, schedule, event, value)
    refused(kit, KERNEL_FAILED, "RunSchedule", schedule, stream, 0)
    return kit.message()


def _status(kit: Kit, event: int) -> bytes:
    found = query(kit, "GetEventProperty", (event,), int(Property.Status))
    if not isinstance(found, bytes):
        raise NotApplicable("events do not answer Status")
    return found


@check(
    "event.failure_reaches_wait",
    "A wait for a signal behind a failed kernel ends with the text of the cause.",
    function="work",
    needs=("full",),
)
def failure_reaches_wait(kit: Kit) -> None:
    for stream in (-1, new_stream(kit)):
        events = [new_event(kit), new_event(kit)]
        cause = _fail_signals(kit, events, stream)
        for event in events:
            for wait in (("WaitEvent", event, 1), ("WaitEventTimeout", event, 1, SOON)):
                refused(kit, WAIT_FAILED, *wait)
                text = kit.message()
                assert cause in text, f"the wait's message {text!r} is without the cause {cause!r}"
            found = counter(kit, event)
            assert found in (None, 0), f"a failed run raised an event to {found}"


@check(
    "event.failure_ends_wait",
    "A failure ends the waits that are pending.",
    function="work",
    needs=("full",),
)
def failure_ends_wait(kit: Kit) -> None:
    event, schedule = new_event(kit), failing_schedule(kit)
    signal_in(kit, schedule, event)
    waits: list[list[Any]] = [[("WaitEvent", event, 1)], [("WaitEventTimeout", event, 1, 2 * SOON)]]
    fails = [a_while(kit), ("RunSchedule", schedule, new_stream(kit), 8)]
    *waited, _ = kit.threads([*waits, fails])
    names = [status_name(values[0]) for values in waited]
    assert names == [WAIT_FAILED] * 2, f"pending waits for work that fails end with {names}"


@check(
    "event.failure_reaches_stream",
    "A wait command for a signal behind a failed kernel fails its run, and those that wait for it.",
    function="work",
    needs=("full",),
)
def failure_reaches_stream(kit: Kit) -> None:
    event, then = new_event(kit), new_event(kit)
    waiter = new_schedule(kit)
    kit.ok("CreateWaitCommand", waiter, event, 1, 0)
    signal_in(kit, waiter, then)
    early, late = new_stream(kit), new_stream(kit)
    start(kit, waiter, early)
    cause = _fail_signals(kit, [event], new_stream(kit))
    refused(kit, WAIT_FAILED, "WaitEventTimeout", then, 1, SOON)
    text = kit.message()
    assert cause in text, f"behind a wait command the message {text!r} is without {cause!r}"
    refused(kit, WAIT_FAILED, "RunSchedule", new_schedule(kit), early, 0)
    refused(kit, WAIT_FAILED, "RunSchedule", waiter, late, 0)
    text = kit.message()
    assert cause in text, f"the run's message {text!r} is without the cause {cause!r}"


@check(
    "event.failure_spares_reached",
    "Waits for a value that the counter has reached succeed, although a later signal failed.",
    function="work",
    needs=("full",),
)
def failure_spares_reached(kit: Kit) -> None:
    event, then = new_event(kit), new_event(kit)
    kit.ok("SignalEvent", event, 2)
    _fail_signals(kit, [event], value=3)
    kit.ok("WaitEvent", event, 2)
    kit.ok("WaitEventTimeout", event, 1, 0)
    waiter = new_schedule(kit)
    kit.ok("CreateWaitCommand", waiter, event, 2, 0)
    signal_in(kit, waiter, then)
    run(kit, waiter, new_stream(kit))
    finished(kit, then)
    refused(kit, WAIT_FAILED, "WaitEventTimeout", event, 3, SOON)


@check(
    "event.failure_cleared",
    "Only a signal that raises the counter clears a failure.",
    function="work",
    needs=("full",),
)
def failure_cleared(kit: Kit) -> None:
    event = new_event(kit)
    _fail_signals(kit, [event], value=5)
    kit.ok("SignalEvent", event, 0)
    refused(kit, WAIT_FAILED, "WaitEventTimeout", event, 5, 0)
    kit.ok("SignalEvent", event, 1)
    kit.ok("WaitEvent", event, 1)
    refused(kit, "Timeout", "WaitEventTimeout", event, 5, 0)
    kit.ok("SignalEvent", event, 5)
    kit.ok("WaitEvent", event, 5)


@check(
    "event.failure_status",
    "The Status of an event begins with Error after work that was to signal it has failed.",
    function="work",
    needs=("full",),
)
def failure_status(kit: Kit) -> None:
    event = new_event(kit)
    before = _status(kit, event)
    assert not before.startswith(b"Error"), f"the Status of a new event is {before!r}"
    _fail_signals(kit, [event])
    marked = _status(kit, event)
    assert marked.startswith(b"Error"), f"after a failure the Status is {marked!r}"
    kit.ok("SignalEvent", event, 1)
    cleared = _status(kit, event)
    assert not cleared.startswith(b"Error"), f"after a signal the Status is still {cleared!r}"


@check(
    "event.dropped_run",
    "A dropped run marks the events that it was to signal.",
    function="work",
    needs=("full",),
)
def dropped_run(kit: Kit) -> None:
    stream, event, dropped = new_stream(kit), new_event(kit), new_schedule(kit)
    signal_in(kit, dropped, event)
    gate, failing = Gate(kit), new_schedule(kit)
    gate.hold(failing)
    start(kit, failing, stream)
    start(kit, failing_schedule(kit), stream)
    gate.open()
    refused(kit, KERNEL_FAILED, "RunSchedule", dropped, stream, 0)
    refused(kit, WAIT_FAILED, "WaitEventTimeout", event, 1, SOON)
    run(kit, dropped, stream)
    kit.ok("WaitEvent", event, 1)
