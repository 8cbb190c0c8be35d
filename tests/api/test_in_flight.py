"""Non-blocking runs: the objects they keep alive, and the calls that wait for them."""

from __future__ import annotations

import sys
import threading
from statistics import mode

import numpy as np
import pytest

import nexus
from nexus._objects import runs_in_flight

STAMP = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(stamp, NXS_OUT(nxs_int, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] += 7; }
"""


@pytest.fixture(scope="module")
def stamp():
    cpu = nexus.get_runtime("cpu").get_device(0)
    return cpu.compile(STAMP).get_kernel("stamp")


def gated_run(cpu, stamp, gate, buffer, value=1):
    """Return a schedule that stamps a buffer once an event reaches a value."""
    schedule = cpu.create_schedule()
    schedule.create_wait_command(gate, value)
    command = schedule.create_command(stamp)
    command.set_buffer(0, buffer)
    command.finalize(4, 4)
    return schedule


def test_work_in_flight_holds_wrapped_memory(cpu, stamp):
    gate = cpu.create_event()
    done = cpu.create_event()
    stream = cpu.create_stream()
    array = np.zeros(1 << 20, np.int32)
    schedule = cpu.create_schedule()
    schedule.create_wait_command(gate)
    command = schedule.create_command(stamp)
    command.set_buffer(0, cpu.create_buffer(array, copy=False))
    command.finalize(256, array.size)
    schedule.create_signal_command(done)
    schedule.run(stream, blocking=False)
    del command
    schedule.close()
    assert schedule.closed
    # NumPy refuses to resize an array, which would free its memory, while it is referenced.
    with pytest.raises(ValueError, match="referenced"):
        array.resize(1, refcheck=True)
    gate.signal()
    done.wait(timeout=30)
    stream.synchronize()
    assert (array == 7).all()
    cpu.create_schedule()
    assert not cpu._runs.streams


def test_each_run_in_flight_holds_wrapped_memory(cpu, stamp):
    """One schedule in flight on two streams: the end of one run frees nothing of the other."""
    gate = cpu.create_event()
    streams = [cpu.create_stream(), cpu.create_stream()]
    array = np.zeros(4, np.int32)
    blocked = cpu.create_schedule()
    blocked.create_wait_command(gate)
    schedule = cpu.create_schedule()
    command = schedule.create_command(stamp)
    command.set_buffer(0, cpu.create_buffer(array, copy=False))
    command.finalize(4, 4)
    blocked.run(streams[0], blocking=False)
    schedule.run(streams[0], blocking=False)
    schedule.run(streams[1], blocking=False)
    streams[1].synchronize()
    closing = threading.Thread(target=schedule.close)
    closing.start()
    closing.join()
    del command
    assert cpu._runs.retire() == 1
    with pytest.raises(ValueError, match="referenced"):
        array.resize(1, refcheck=True)
    gate.signal()
    streams[0].synchronize()
    assert array.tolist() == [14] * 4
    assert cpu._runs.retire() == 0
    array.resize(1, refcheck=True)


def test_a_run_that_is_refused_holds_nothing(cpu, stamp):
    array = np.zeros(4, np.int32)
    schedule = cpu.create_schedule()
    command = schedule.create_command(stamp)
    command.set_buffer(0, cpu.create_buffer(array, copy=False))
    with pytest.raises(nexus.NexusError):
        schedule.run(blocking=False)
    assert not cpu._runs.streams


def test_failed_runs_release_wrapped_memory(cpu):
    """A run whose wait fails ends without its kernel, and holds its memory no longer."""
    kernel = cpu.compile(STAMP).get_kernel("stamp")
    array = np.zeros(4, np.int32)
    gate, stream = cpu.create_event(), cpu.create_stream()
    schedule = gated_run(cpu, kernel, gate, cpu.create_buffer(array, copy=False))
    schedule.run(stream, blocking=False)
    schedule.close()
    assert cpu._runs.retire() == 1
    gate.close()
    with pytest.raises(nexus.NexusError, match="event"):
        stream.synchronize()
    assert cpu._runs.retire() == 0
    assert not array.any()


@pytest.mark.parametrize("read", [lambda b: b.numpy(), np.asarray, np.from_dlpack])
def test_the_host_reads_after_work_in_flight(cpu, stamp, read):
    gate, stream = cpu.create_event(), cpu.create_stream()
    buffer = cpu.create_buffer(np.zeros(4, np.int32))
    gated_run(cpu, stamp, gate, buffer).run(stream, blocking=False)
    opener = threading.Timer(0.05, gate.signal)
    opener.start()
    assert read(buffer).tolist() == [7] * 4
    opener.join()


def test_copy_buffer_reads_after_work_in_flight(cpu, stamp):
    gate, stream = cpu.create_event(), cpu.create_stream()
    buffer = cpu.create_buffer(np.zeros(4, np.int32))
    gated_run(cpu, stamp, gate, buffer).run(stream, blocking=False)
    opener = threading.Timer(0.05, gate.signal)
    opener.start()
    assert cpu.copy_buffer(buffer).numpy().tolist() == [7] * 4
    opener.join()


@pytest.mark.parametrize("wait", ["stream.synchronize()", "event.wait()"])
def test_ctrl_c_ends_a_wait(run_python, wait):
    run_python(
        f"""
import os, signal, threading
import nexus
# Where the tests run in the background the signal is ignored, which children inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
cpu = nexus.get_runtime("cpu").get_device(0)
event, stream = cpu.create_event(), cpu.create_stream()
schedule = cpu.create_schedule()
schedule.create_wait_command(event)
schedule.run(stream, blocking=False)
try:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    {wait}
except KeyboardInterrupt:
    event.signal()
    stream.synchronize()
else:
    raise SystemExit("the wait ended without Ctrl-C")
"""
    )


def test_a_blocking_run_frees_nothing_that_comes_after_it(cpu, stamp, monkeypatch):
    """Another thread submits to the stream between the end of a run and its return."""
    gate, stream = cpu.create_event(), cpu.create_stream()
    first = gated_run(cpu, stamp, gate, cpu.create_buffer(np.zeros(4, np.int32), copy=False))
    first.run(stream, blocking=False)
    array = np.zeros(4, np.int32)
    second_gate = cpu.create_event()
    second = gated_run(cpu, stamp, second_gate, cpu.create_buffer(array, copy=False))
    plain_run = runs_in_flight._run

    def run_and_submit(table, handle, on, settings):
        gate.signal()
        result = plain_run(table, handle, on, settings)
        monkeypatch.setattr(runs_in_flight, "_run", plain_run)
        second.run(stream, blocking=False)
        return result

    monkeypatch.setattr(runs_in_flight, "_run", run_and_submit)
    cpu.create_schedule().run(stream)
    second.close()
    assert cpu._runs.retire() == 1
    with pytest.raises(ValueError, match="referenced"):
        array.resize(1, refcheck=True)
    second_gate.signal()
    stream.synchronize()
    assert cpu._runs.retire() == 0
    assert array.tolist() == [7] * 4


def lines_of(call):
    """Return how many lines of Python a call executes."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def test_a_run_costs_the_same_however_many_are_in_flight(cpu, stamp):
    gate, stream = cpu.create_event(), cpu.create_stream()
    schedule = gated_run(cpu, stamp, gate, cpu.create_buffer(np.zeros(4, np.int32), copy=False))
    counts = [lines_of(lambda: schedule.run(stream, blocking=False)) for _ in range(300)]
    assert cpu._runs.retire() == 300
    # Not all, since objects may be collected in between.
    assert mode(counts[1:50]) == mode(counts[250:])
    gate.signal()
    stream.synchronize()
    assert cpu._runs.retire() == 0


def test_an_argument_that_is_replaced_during_a_blocking_run_is_kept(cpu, stamp):
    gate, started, stream = cpu.create_event(), cpu.create_event(), cpu.create_stream()
    array = np.zeros(4, np.int32)
    schedule = cpu.create_schedule()
    schedule.create_signal_command(started)
    schedule.create_wait_command(gate)
    command = schedule.create_command(stamp)
    command.set_buffer(0, cpu.create_buffer(array, copy=False))
    command.finalize(4, 4)
    running = threading.Thread(target=schedule.run, args=(stream,))
    running.start()
    started.wait(1, timeout=30)
    command.set_buffer(0, cpu.create_buffer(16).view("int32"))
    with pytest.raises(ValueError, match="referenced"):
        array.resize(1, refcheck=True)
    gate.signal()
    running.join()
    assert array.tolist() == [7] * 4
    array.resize(1, refcheck=True)


def test_an_argument_that_is_published_during_a_submission_is_kept(cpu, stamp, monkeypatch):
    """Another thread changes the command just before the plugin takes its snapshot."""
    gate, stream = cpu.create_event(), cpu.create_stream()
    first, second = np.zeros(4, np.int32), np.zeros(4, np.int32)
    schedule = cpu.create_schedule()
    schedule.create_wait_command(gate)
    command = schedule.create_command(stamp)
    command.set_buffer(0, cpu.create_buffer(first, copy=False))
    command.finalize(4, 4)
    plain_run = runs_in_flight._run

    def change_and_run(table, handle, on, settings):
        command.set_buffer(0, cpu.create_buffer(second, copy=False))
        command.finalize(4, 4)
        result = plain_run(table, handle, on, settings)
        command.set_buffer(0, cpu.create_buffer(16).view("int32"))
        return result

    monkeypatch.setattr(runs_in_flight, "_run", change_and_run)
    schedule.run(stream, blocking=False)
    schedule.close()

    with pytest.raises(ValueError, match="referenced"):
        second.resize(1, refcheck=True)
    assert cpu._runs.retire() == 1
    gate.signal()
    monkeypatch.undo()
    stream.synchronize()
    assert cpu._runs.retire() == 0
    assert (first.tolist(), second.tolist()) == ([0] * 4, [7] * 4)
    first.resize(1, refcheck=True)
    second.resize(1, refcheck=True)


def test_runs_without_shared_memory_are_not_counted(cpu, stamp):
    gate, stream = cpu.create_event(), cpu.create_stream()
    cpu.create_buffer(np.zeros(4, np.int32), copy=False)
    events = len(cpu.get_events())
    gated_run(cpu, stamp, gate, cpu.create_buffer(np.zeros(4, np.int32))).run(stream, False)
    assert cpu._runs.shares
    assert cpu._runs.retire() == 0
    assert len(cpu.get_events()) == events
    gate.signal()
    stream.synchronize()
