"""The SDK's deferred stream on a device with a queue: failures, refusals, lost markers."""

from __future__ import annotations

import pytest

FUNCTIONS = ["enter", "launch", "record", "flush"]


def test_a_failed_run_fails_its_events_and_their_waiters(toy):
    toy("""
    x, event, after = buffer(), device.create_event(), device.create_event()
    one, two = device.create_stream(), device.create_stream()
    broken, waits = device.create_schedule(), device.create_schedule()
    add(broken, "spin", x)
    add(broken, "fail", x)
    broken.create_signal_command(event, 1)
    waits.create_wait_command(event, 1)
    add(waits, "increment", x)
    waits.create_signal_command(after, 1)
    broken.run(one, blocking=False)
    waits.run(two, blocking=False)
    for failed in (event, after):
        error = fails(failed.wait, 1, timeout=20)
        assert error.status == WAIT_FAILED, error
        assert "fails on request" in str(error), error
        assert failed.get_property_str("Status").startswith("Error: ")
        failed.wait(0)
    error = fails(two.synchronize)
    assert error.status == WAIT_FAILED, error
    error = fails(one.synchronize)
    assert error.status == status.NXS_InvalidProgramExecutable, error
    # Once reported.
    one.synchronize()
    event.signal(1)
    event.wait(1)
    assert event.get_property_str("Status") == "Complete"
    """)


@pytest.mark.parametrize("during_the_run", [0, 1], ids=["after_run", "during_run"])
def test_a_failure_is_noticed_while_the_rest_is_deferred(toy, during_the_run):
    """The run that submits the work does not raise it, however early the device reports it."""
    toy(f"""
    put("first_flush_drains", {during_the_run})
    x, gate, event, stream = (
        buffer(), device.create_event(), device.create_event(), device.create_stream())
    schedule = device.create_schedule()
    add(schedule, "fail", x)
    schedule.create_wait_command(gate, 1)
    schedule.create_signal_command(event, 1)
    schedule.run(stream, blocking=False)
    error = fails(event.wait, 1, timeout=20)
    assert error.status == WAIT_FAILED, error
    assert fails(stream.synchronize).status == status.NXS_InvalidProgramExecutable
    """)


def test_a_blocking_run_reports_an_earlier_failure_instead(toy):
    toy("""
    x, y, event, stream = buffer(), buffer(), device.create_event(), device.create_stream()
    broken, schedule = schedule_of("fail", x=x), schedule_of("increment", x=y)
    schedule.create_signal_command(event, 1)
    broken.run(stream, blocking=False)
    while broken.get_property_str("Status") in ("Submitted", "Running"):
        time.sleep(0.001)
    error = fails(schedule.run, stream)
    assert "earlier work on this stream failed" in str(error), error
    assert schedule.get_property_str("Status").startswith("Canceled: ")
    assert fails(event.wait, 1).status == WAIT_FAILED
    schedule.run(stream)
    assert y.numpy().tolist() == [1] * 4
    event.wait(1)
    """)


@pytest.mark.parametrize("kind", ["fail", "throw"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_refusal_is_the_call_s_and_no_failure_of_work(toy, function, kind):
    toy(f"""
    x, event, stream = buffer(), device.create_event(), device.create_stream()
    schedule = schedule_of("increment", x=x)
    schedule.create_signal_command(event, 1, per_run=False)
    refused = 0
    for nth in (1, 2, 3):
        put("{kind}_{function}", nth)
        try:
            schedule.run(stream, blocking=False)
        except nexus.NexusError as error:
            refused += 1
            assert error.status == status.NXS_OutOfResources, error
        put("{kind}_{function}", 0)
        error = None
        # Not reported again.
        try:
            stream.synchronize()
        except nexus.NexusError as error:
            raise AssertionError from error
    assert refused >= 1
    schedule.run(stream)
    assert event.value == 1
    """)


@pytest.mark.parametrize("kind", ["fail", "throw"])
@pytest.mark.parametrize("function", [*FUNCTIONS, "order_after", "begin_interval"])
def test_every_function_may_fail_in_a_blocking_run(toy, function, kind):
    toy(f"""
    x, event = buffer(), device.create_event()
    one, two = device.create_stream(), device.create_stream()
    signals, waits = device.create_schedule(), device.create_schedule()
    add(signals, "spin", x)
    signals.create_signal_command(event, 1)
    waits.create_wait_command(event, 1)
    add(waits, "increment", x)
    failed = 0
    for nth in range(1, 8):
        event = device.create_event()
        signals, waits = device.create_schedule(), device.create_schedule()
        add(signals, "spin", x)
        signals.create_signal_command(event, 1)
        waits.create_wait_command(event, 1)
        add(waits, "increment", x)
        put("{kind}_{function}", nth)
        for schedule, stream in ((signals, one), (waits, two)):
            try:
                schedule.run(stream, timing=True, blocking=stream is two)
            except nexus.NexusError as error:
                failed += 1
        put("{kind}_{function}", 0)
        for stream in (one, two):
            try:
                stream.synchronize()
            except nexus.NexusError as error:
                failed += 1
    error = None
    assert failed, "it was never called"
    x.fill(np.int32(0), "int32")
    schedule_of("increment", x=x).run(one)
    assert x.numpy().tolist() == [1] * 4
    """)


def test_completion_that_is_reported_twice(toy):
    toy("""
    x, stream = buffer(), device.create_stream()
    schedule = schedule_of("increment", x=x)
    for _ in range(5):
        put("complete_twice", 1)
        schedule.run(stream)
    assert x.numpy().tolist() == [5] * 4
    """)


def test_a_lost_marker_holds_up_its_own_work_only(toy):
    toy(
        """
    x, y = buffer(), buffer()
    one, two, event = device.create_stream(), device.create_stream(), device.create_event()
    lost = schedule_of("increment", x=x)
    lost.create_signal_command(event, 1)
    put("lose_marker", 1)
    lost.run(one, blocking=False)
    assert fails(event.wait, 1, timeout=0.1).status == status.NXS_Timeout
    schedule_of("increment", x=y).run(two)
    assert y.numpy().tolist() == [1] * 4
    event.signal(1)
    event.wait(1)
    for thing in (lost, one, x, event):
        thing.close()
    """,
        left=True,
    )


def test_a_failure_is_reported_once(toy):
    toy("""
    x, y, stream = buffer(), buffer(), device.create_stream()
    broken, schedule = schedule_of("fail", x=x), schedule_of("increment", x=y)
    for _ in range(5):
        broken.run(stream, blocking=False)
        assert fails(schedule.run, stream).status == status.NXS_InvalidProgramExecutable
        schedule.run(stream)
    """)


def test_copies_follow_work_of_a_device_that_was_lost_meanwhile(polled_toy):
    polled_toy("""
    x, stream = buffer(), device.create_stream()
    schedule = schedule_of("spin", x=x)
    schedule.run(stream, blocking=False)
    put("fail_enter", 1)
    fails(schedule.run, stream, blocking=False)
    assert x.numpy().tolist() == [1] * 4
    """)


@pytest.mark.parametrize("kind", ["fail", "throw"])
def test_runs_without_a_marker_outlive_a_marker_that_cannot_be_recorded(toy, kind):
    toy(f"""
    x, stream = buffer(), device.create_stream()
    schedule = schedule_of("spin", x=x)
    schedule.run(stream, blocking=False)
    put("{kind}_record", 1)
    stream.get_property_str("Status")
    put("{kind}_record", 0)
    assert x.numpy().tolist() == [1] * 4
    stream.synchronize()
    """)
