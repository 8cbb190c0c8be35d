"""How objects end, and how they are bound."""

from __future__ import annotations

import gc
import logging
import signal
import threading
import weakref

import pytest

import nexus
from nexus import _core
from nexus._ffi import lib
from nexus._objects.in_c import in_c
from nexus.schedule import Schedule


def test_dropped_objects_are_released(cpu, caplog):
    caplog.set_level(logging.DEBUG, "nexus")
    for create in (lambda: cpu.create_buffer(8), cpu.create_schedule, cpu.create_event):
        thing = create()
        table, handle, release = thing._table, thing._handle, type(thing)._release
        del thing
        assert release(table, handle) < 0
    assert not [record for record in caplog.records if "returned status" in record.getMessage()]


def test_cycles_are_collected(cpu):
    schedule = cpu.create_schedule()
    handle, gone = schedule._handle, weakref.ref(schedule)
    schedule._used.append(schedule)
    del schedule
    gc.collect()
    assert gone() is None
    assert lib.nxs_ReleaseSchedule(cpu._table, handle) < 0


def test_a_cycle_through_a_buffer(cpu):
    buffer = cpu.create_buffer(8)
    handle, gone = buffer._handle, weakref.ref(buffer)
    buffer._shared = [buffer]
    del buffer
    gc.collect()
    assert gone() is None
    assert lib.nxs_ReleaseBuffer(cpu._table, handle) < 0


def in_threads(*calls):
    """Call in a thread each, and return what they raised."""
    raised = []
    start = threading.Barrier(len(calls))

    def work(call):
        start.wait()
        try:
            call()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_one_of_several_threads_releases(cpu, caplog):
    caplog.set_level(logging.DEBUG, "nexus")
    for _ in range(100):
        buffer = cpu.create_buffer(8)
        assert not in_threads(*[buffer.close] * 4)
        assert buffer.closed
    assert not [record for record in caplog.records if "returned status" in record.getMessage()]


def test_closing_while_another_thread_runs(cpu):
    for _ in range(50):
        schedule = cpu.create_schedule()
        schedule.create_signal_command(cpu.create_event())

        def run(schedule=schedule):
            while True:
                schedule.run()

        raised = in_threads(run, run, schedule.close)
        assert [type(error) for error in raised] == [nexus.InvalidHandleError] * 2


def test_a_signal_handler_that_raises_during_a_run(cpu):
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    #include <signal.h>
    #include <unistd.h>
    NXS_KERNEL(interrupt, NXS_OUT(int32_t, x)) { NXS_ITEMS { x[0] += 1; kill(getpid(), SIGUSR1); } }
    """)
    x, schedule = cpu.create_buffer(4), cpu.create_schedule()
    x = x.view("int32")
    schedule.create_command(library.get_kernel("interrupt"), [x], 1, 1)

    def handler(number, frame):
        raise ZeroDivisionError("handled")

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        for count in (1, 2):
            with pytest.raises(ZeroDivisionError, match="handled"):
                schedule.run()
            assert x.numpy().tolist() == [count]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_objects_that_are_not_bound():
    thing = _core.Object()
    assert thing._handle == -1
    with pytest.raises(AttributeError):
        _ = thing._parent
    with pytest.raises(TypeError, match="a parent"):
        thing._bind(None, 1, 0)
    with pytest.raises(ValueError, match="not bound"):
        thing._bind(_core.Object(), 1, 0)


def test_binding_twice(cpu):
    with pytest.raises(ValueError, match="bound before"):
        cpu.create_buffer(8)._bind(cpu, 0, 0)


def test_installing_what_is_not_there():
    with pytest.raises(ValueError, match="no method __repr__ in C"):
        in_c("__repr__")(Schedule)
    with pytest.raises(TypeError, match="subclass of Object"):
        _core.install(int, "close", len, b"")
