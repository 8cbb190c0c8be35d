"""Events between the host and the streams of a Metal device."""

import threading
import time

import numpy as np
import pytest

import nexus


def test_across_devices(runtime, library):
    """Work on one GPU waits for work on another."""
    devices = runtime.get_devices()
    if len(devices) < 2:
        pytest.skip("one device only")
    one, other = devices[:2]
    with (
        one.create_event() as turn,
        one.create_buffer(np.ones(4, np.float32)) as x,
        one.create_schedule() as signals,
        other.create_schedule() as waits,
    ):
        command = signals.create_command(library.get_kernel("scale"))
        command.set_buffer(0, x)
        command.set_scalar(1, 2.0)
        command.finalize(4, 4)
        signals.create_signal_command(turn, 1)
        waits.create_wait_command(turn, 1)
        signals.run(blocking=False)
        waits.run()
        assert x.numpy().tolist() == [2] * 4


def test_more_waiting_work_than_a_queue_takes(device, library):
    """Metal's queues block the caller beyond a limit; the plugin defers the rest."""
    count = 200
    with (
        device.create_event() as gate,
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        device.create_schedule() as schedule,
    ):
        schedule.create_wait_command(gate, 1)
        command = schedule.create_command(library.get_kernel("increment"))
        command.set_buffer(0, counter)
        command.finalize(1, 1)
        for _ in range(count):
            schedule.run(stream, blocking=False)
        gate.signal(1)
        stream.synchronize()
        assert counter.numpy().tolist() == [count]


@pytest.fixture
def failing(device, library, standin):
    """Return an event, and a schedule whose work fails before it signals the event."""
    with (
        device.create_event() as event,
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_schedule() as schedule,
    ):
        command = schedule.create_command(library.get_kernel("increment"))
        command.set_buffer(0, counter)
        command.finalize(1, 1)
        schedule.create_signal_command(event, 1)
        standin.set("fail_run", 1)
        yield event, schedule


def test_host_waits_for_work_that_fails(failing):
    event, schedule = failing
    caught = []

    def wait():
        try:
            event.wait(1, timeout=20)
        except nexus.NexusError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.01)
    with pytest.raises(nexus.NexusError):
        schedule.run()
    thread.join(30)
    assert caught[0].status == nexus.status.NXS_ExecStatusErrorForEventsInWaitList
    assert event.value == 0
    # A successful run clears the failure.
    schedule.run()
    event.wait(1, timeout=20)


def test_stream_waits_for_work_that_fails(device, failing, standin):
    event, schedule = failing
    standin.set("slow_us", 50_000)
    with device.create_stream() as stream, device.create_schedule() as waits:
        waits.create_wait_command(event, 1)
        schedule.run(blocking=False)
        with pytest.raises(nexus.NexusError, match=r"waited for|was to signal") as caught:
            waits.run(stream)
        assert caught.value.status == nexus.status.NXS_ExecStatusErrorForEventsInWaitList
        with pytest.raises(nexus.NexusError, match="earlier work"):
            schedule.run()
