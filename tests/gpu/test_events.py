"""Events between the host and the streams of a GPU."""

import threading
import time

import numpy as np
import pytest


def test_host_only(device):
    with device.create_event() as event:
        assert event.value == 0
        event.signal(3)
        event.signal(2)
        assert event.value == 3
        event.wait(3)
        with pytest.raises(TimeoutError):
            event.wait(4, timeout=0.01)


def test_host_waits_for_the_device(device):
    with device.create_event() as event, device.create_schedule() as schedule:
        schedule.create_signal_command(event, 5)
        schedule.run(blocking=False)
        event.wait(5, timeout=20)
        assert event.value == 5


def test_device_never_lowers(device):
    with device.create_event() as event, device.create_schedule() as schedule:
        event.signal(9)
        schedule.create_signal_command(event, 5)
        schedule.run()
        assert event.value == 9


def gated(device, library, gate, value, x):
    schedule = device.create_schedule()
    schedule.create_wait_command(gate, value)
    command = schedule.create_command(library.get_kernel("scale"))
    command.set_buffer(0, x)
    command.set_scalar(1, 2.0)
    command.finalize(4, 4)
    return schedule


def test_device_waits_for_the_host(device, library):
    with (
        device.create_event() as gate,
        device.create_buffer(np.ones(4, np.float32)) as x,
        device.create_stream() as stream,
        gated(device, library, gate, 2, x) as schedule,
    ):
        schedule.run(stream, blocking=False)
        gate.signal(1)
        time.sleep(0.01)
        assert schedule.get_property_str("Status") in ("Submitted", "Running")
        gate.signal(2)
        stream.synchronize()
        assert x.numpy().tolist() == [2] * 4


def test_blocking_run_waits_for_another_thread(device, library):
    with (
        device.create_event() as gate,
        device.create_buffer(np.ones(4, np.float32)) as x,
        gated(device, library, gate, 1, x) as schedule,
    ):
        timer = threading.Timer(0.05, gate.signal, (1,))
        timer.start()
        schedule.run()
        timer.join()
        assert x.numpy().tolist() == [2] * 4


@pytest.mark.parametrize("signal_first", [False, True])
def test_across_streams(device, library, signal_first):
    with (
        device.create_event() as gate,
        device.create_buffer(np.ones(4, np.float32)) as x,
        device.create_stream() as one,
        device.create_stream() as other,
        gated(device, library, gate, 7, x) as waits,
        device.create_schedule() as signals,
    ):
        signals.create_signal_command(gate, 7)
        runs = [(waits, one), (signals, other)]
        for schedule, stream in reversed(runs) if signal_first else runs:
            schedule.run(stream, blocking=False)
        one.synchronize()
        assert x.numpy().tolist() == [2] * 4


def test_ping_pong_between_streams(device, library):
    with (
        device.create_event() as ping,
        device.create_event() as pong,
        device.create_stream() as one,
        device.create_stream() as other,
    ):
        schedules = []
        for value in range(1, 6):
            first, second = device.create_schedule(), device.create_schedule()
            first.create_wait_command(pong, value - 1)
            first.create_signal_command(ping, value)
            second.create_wait_command(ping, value)
            second.create_signal_command(pong, value)
            second.run(other, blocking=False)
            schedules += [first, second]
        for first in schedules[::2]:
            first.run(one, blocking=False)
        pong.wait(5, timeout=20)
        assert ping.value == 5
        for schedule in schedules:
            schedule.close()


def test_wait_within_a_schedule(device, library):
    """Work before a wait is executed while the wait is pending."""
    with (
        device.create_event() as before,
        device.create_event() as gate,
        device.create_buffer(np.ones(4, np.float32)) as x,
        device.create_stream() as stream,
        device.create_schedule() as schedule,
    ):
        schedule.create_signal_command(before, 1)
        schedule.create_wait_command(gate, 1)
        command = schedule.create_command(library.get_kernel("scale"))
        command.set_buffer(0, x)
        command.set_scalar(1, 2.0)
        command.finalize(4, 4)
        schedule.run(stream, blocking=False)
        before.wait(1, timeout=20)
        assert schedule.get_property_str("Status") == "Running"
        gate.signal(1)
        stream.synchronize()
        assert x.numpy().tolist() == [2] * 4


def test_released_while_waited_for(device, library):
    gate = device.create_event()
    x = device.create_buffer(np.ones(4, np.float32))
    stream = device.create_stream()
    schedule = gated(device, library, gate, 1, x)
    schedule.run(stream, blocking=False)
    schedule.close()
    stream.close()
    gate.signal(1)
    gate.close()
    for _ in range(2000):
        if x.numpy()[0] == 2:
            break
        time.sleep(0.001)
    assert x.numpy().tolist() == [2] * 4
    x.close()


def test_many_threads(device, library):
    """Each thread adds on its own stream, after the previous thread."""
    count = 8
    with device.create_event() as turn, device.create_buffer((1,), dtype="int32") as counter:

        def work(place):
            with device.create_stream() as stream, device.create_schedule() as schedule:
                schedule.create_wait_command(turn, place)
                command = schedule.create_command(library.get_kernel("increment"))
                command.set_buffer(0, counter)
                command.finalize(1, 1)
                schedule.create_signal_command(turn, place + 1)
                schedule.run(stream)

        threads = [threading.Thread(target=work, args=(place,)) for place in range(count)]
        for thread in reversed(threads):
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        assert turn.value == count
        assert counter.numpy().tolist() == [count]
