"""The SDK's deferred stream on a device with a queue: order, snapshots, events."""

from __future__ import annotations


def test_runs_follow_each_other(toy):
    toy("""
    x = buffer()
    put("delay_us", 500)
    schedule = schedule_of("increment", "increment", x=x)
    stream = device.create_stream()
    for _ in range(20):
        schedule.run(stream, blocking=False)
    schedule.run(stream)
    assert x.numpy().tolist() == [42] * 4
    assert schedule.get_property_int("Value") == 0
    assert schedule.get_property_str("Status") == "Complete"
    """)


def test_copies_and_fills_follow_the_work_in_flight(toy):
    toy("""
    x, other = buffer(), buffer(5)
    one, two = device.create_stream(), device.create_stream()
    schedule = schedule_of("spin", "spin", x=x)
    schedule.run(one, blocking=False)
    schedule.run(two, blocking=False)
    assert other.numpy().tolist() == [5] * 4
    host = np.empty(4, np.int32)
    x.copy(host)
    assert host.tolist() == [4] * 4
    schedule.run(two, blocking=False)
    x.fill(np.int32(9), "int32")
    x.copy(host)
    assert host.tolist() == [9] * 4
    """)


def test_copies_do_not_wait_for_work_that_comes_later(toy):
    toy("""
    x, gate, stream = buffer(), device.create_event(), device.create_stream()
    first = schedule_of("spin", x=x)
    second = device.create_schedule()
    second.create_wait_command(gate, 1)
    add(second, "increment", x)
    first.run(stream, blocking=False)
    host, copied = np.empty(4, np.int32), threading.Event()
    def copy():
        x.copy(host)
        copied.set()
    thread = threading.Thread(target=copy)
    thread.start()
    while not copied.is_set() and get("executed") == 0:
        time.sleep(0.001)
    time.sleep(0.002)
    second.run(stream, blocking=False)
    thread.join(20)
    assert copied.is_set()
    gate.signal(1)
    stream.synchronize()
    assert x.numpy().tolist() == [2] * 4
    """)


def test_a_run_is_a_snapshot(toy):
    toy("""
    x, y, gate, stream = buffer(), buffer(10), device.create_event(), device.create_stream()
    schedule = device.create_schedule()
    schedule.create_wait_command(gate, 1)
    command = add(schedule, "increment", x)
    schedule.run(stream, blocking=False)
    command.set_buffer(0, y)
    error = fails(schedule.run, stream)
    assert error.status == status.NXS_InvalidCommand, error
    command.finalize(4, 4)
    gate.signal(1)
    schedule.run(stream)
    assert (x.numpy()[0], y.numpy()[0]) == (1, 11)
    """)


def test_memory_of_a_changed_command_is_freed(toy):
    toy("""
    x, y, stream = buffer(), buffer(), device.create_stream()
    schedule = device.create_schedule()
    command = add(schedule, "increment", x)
    schedule.run(stream)
    before = get("buffers")
    command.set_buffer(0, y)
    x.close()
    assert get("buffers") == before - 1
    command.finalize(4, 4)
    schedule.run(stream)
    assert y.numpy().tolist() == [1] * 4
    """)


def test_deferred_work_and_events(toy):
    toy("""
    x, gate, done = buffer(), device.create_event(), device.create_event()
    one, two = device.create_stream(), device.create_stream()
    waits, signals = device.create_schedule(), device.create_schedule()
    waits.create_wait_command(gate, 3)
    add(waits, "increment", x)
    waits.create_signal_command(done, 1)
    add(signals, "spin", x)
    signals.create_signal_command(gate, 3)
    waits.run(one, blocking=False)
    assert waits.get_property_int("Value") == 1
    assert fails(done.wait, 1, timeout=0.05).status == status.NXS_Timeout
    signals.run(two, blocking=False)
    done.wait(1, timeout=20)
    assert x.numpy().tolist() == [2] * 4
    assert gate.value == 3
    """)


def test_values_per_run(toy):
    toy("""
    event, stream = device.create_event(), device.create_stream()
    from nexus._enums import event_command_settings
    from nexus._ffi import lib
    PER_RUN, table = int(event_command_settings.PerRun), runtime._table
    schedule = device.create_schedule()
    handle = lib.nxs_CreateSignalCommand(table, schedule._handle, event._handle, 2, PER_RUN)
    assert handle >= 0
    for value in (2, 4, 6):
        schedule.run(stream)
        assert event.value == value
    bad = lib.nxs_CreateSignalCommand(table, schedule._handle, event._handle, 0, PER_RUN)
    assert bad == status.NXS_InvalidValue
    """)


def test_waits_that_nobody_can_end(toy):
    toy("""
    x, stream = buffer(), device.create_stream()
    event, gate = device.create_event(), device.create_event()
    waits = device.create_schedule()
    waits.create_wait_command(event, 1)
    add(waits, "increment", x)
    signals = device.create_schedule()
    signals.create_wait_command(gate, 1)
    signals.create_signal_command(event, 1)
    other = device.create_stream()
    signals.run(other, blocking=False)
    waits.run(stream, blocking=False)
    event.close()
    signals.close()
    # A pending run can still signal it.
    assert waits.get_property_str("Status") in ("Submitted", "Running")
    gate.signal(1)
    stream.synchronize()
    assert x.numpy().tolist() == [1] * 4
    event = device.create_event()
    waits = device.create_schedule()
    waits.create_wait_command(event, 1)
    waits.run(stream, blocking=False)
    event.close()
    error = fails(stream.synchronize)
    assert error.status == WAIT_FAILED and "released" in str(error), error
    """)


def test_a_device_that_is_full(toy):
    toy("""
    x, stream = buffer(), device.create_stream()
    put("most_pending", 3)
    put("delay_us", 200)
    schedule = schedule_of(*["increment"] * 5, x=x)
    for _ in range(10):
        schedule.run(stream, blocking=False)
    stream.synchronize()
    assert x.numpy().tolist() == [50] * 4
    """)


def test_timing(toy):
    toy("""
    x, stream = buffer(), device.create_stream()
    schedule = schedule_of("spin", "increment", x=x)
    schedule.run(stream, timing=True)
    assert 15 < schedule.get_property_flt("ElapsedTime") < 5000
    device.create_schedule().run(stream, timing=True)
    """)


def test_streams_end_with_their_work(toy):
    toy("""
    x, gate = buffer(), device.create_event()
    for _ in range(10):
        stream = device.create_stream()
        schedule = device.create_schedule()
        schedule.create_wait_command(gate, 1)
        add(schedule, "increment", x)
        schedule.run(stream, blocking=False)
        schedule.close()
        stream.close()
    assert get("queues") >= 10
    gate.signal(1)
    assert x.numpy().tolist() == [10] * 4
    """)


def test_many_threads(toy):
    toy("""
    x, turn = buffer(), device.create_event()
    def work(place):
        with device.create_stream() as stream, device.create_schedule() as schedule:
            schedule.create_wait_command(turn, place)
            command = add(schedule, "increment", x)
            schedule.create_signal_command(turn, place + 1)
            schedule.run(stream)
            command.close()
    threads = [threading.Thread(target=work, args=(place,)) for place in range(16)]
    for thread in reversed(threads):
        thread.start()
    for thread in threads:
        thread.join(30)
    assert turn.value == 16
    assert x.numpy().tolist() == [16] * 4
    """)
