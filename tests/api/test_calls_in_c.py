"""The calls that the base type makes in C do what the Python methods do that they stand for."""

from __future__ import annotations

import gc
import inspect
import logging
import math
import signal
import threading
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nexus
from nexus import _core
from nexus._ffi import lib
from nexus._objects.in_c import in_c
from nexus.buffer import Buffer
from nexus.device import Device
from nexus.kernel import Kernel
from nexus.schedule import Schedule

IN_C = [
    (Buffer, "close"),
    (Kernel, "close"),
    (Kernel, "get_property_int"),
    (Device, "get_property_int"),
    (Device, "create_buffer"),
    (Schedule, "run"),
    (Kernel, "__call__"),
]


class Whole(int):
    """An int of a class of its own."""


class Hostile:
    """An object whose every conversion raises."""

    def __index__(self):
        raise ZeroDivisionError("no index")

    __hash__ = None  # type: ignore[assignment]


class Unhashable:
    """An object whose hash raises another error than TypeError."""

    def __hash__(self):
        raise LookupError("no hash")


class Endless:
    """A key that asks for itself."""

    def __init__(self, owner):
        self.owner = owner

    def __hash__(self):
        return hash(self.owner.get_property_int(self))


@pytest.fixture(scope="module")
def cpu():
    """Yield the device, made to take the calls in C though a buffer has shared memory before."""
    device = nexus.get_runtime("cpu").get_device(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "_unusual", False)
        patch.setattr(device._runs, "shares", False)
        yield device


@pytest.fixture(scope="module")
def objects(cpu):
    """Objects of every state, by name."""
    closed, closed_schedule, unfinished = (
        cpu.create_buffer(8),
        cpu.create_schedule(),
        cpu.create_schedule(),
    )
    closed.close()
    closed_schedule.close()
    unfinished.create_signal_command(cpu.create_event())
    return {
        "device": cpu,
        "buffer": cpu.create_buffer(8),
        "closed buffer": closed,
        "schedule": cpu.create_schedule(),
        "closed schedule": closed_schedule,
        "signals": unfinished,
    }


def outcome(call, args, keywords):
    """Return what a call returns, or the class and text of what it raises."""
    try:
        result = call(*args, **keywords)
    except Exception as error:
        return type(error), str(error)
    if isinstance(result, Buffer):
        with result:
            return result.layout, result.device, result.numpy().tolist(), result._shared
    return result


def compare(thing, name, args, keywords=None):
    keywords = keywords or {}
    in_python = outcome(getattr(thing, f"_python_{name}"), args, keywords)
    fast = outcome(getattr(thing, name), args, keywords)
    assert fast == in_python


def sampled(*values):
    return st.sampled_from(values)


ODD = (
    sampled(None, True, 1.5, "", b"Size", (), Whole(4), 2**70, -1)
    | st.builds(Hostile)
    | st.builds(Unhashable)
    | st.builds(lambda: ["Size"])
)
KEYS = sampled(*nexus.property, *nexus.property.__members__) | st.integers(-(2**65), 2**65) | ODD
SIZES = st.integers(-3, 300) | sampled(2**60, 2**63 - 1, 2**63, 2**64, -(2**64), Whole(16)) | ODD


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_properties(objects, data):
    thing = objects[data.draw(sampled(*objects))]
    count = data.draw(sampled(1, 1, 1, 1, 0, 2))
    compare(thing, "get_property_int", [data.draw(KEYS) for _ in range(count)])
    compare(thing, "get_property_int", [], {"key": data.draw(KEYS)})


@settings(max_examples=300, deadline=None)
@given(SIZES, st.dictionaries(sampled("dtype", "copy", "settings", "colour"), ODD, max_size=2))
def test_creations(cpu, size, keywords):
    compare(cpu, "create_buffer", [size])
    compare(cpu, "create_buffer", [size], keywords)


@settings(max_examples=200, deadline=None)
@given(
    sampled("schedule", "closed schedule", "signals"),
    st.lists(ODD, max_size=4),
    st.dictionaries(sampled("stream", "blocking", "timing", "colour"), ODD, max_size=2),
)
def test_runs(objects, name, args, keywords):
    compare(objects[name], "run", args, keywords)


@pytest.fixture(scope="module")
def add(cpu):
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c)) {
      NXS_ITEMS c[NXS_GLOBAL_ID(0)] = a[NXS_GLOBAL_ID(0)] + b[NXS_GLOBAL_ID(0)];
    }
    """)
    return library.get_kernel("add")


@pytest.fixture(scope="module")
def arguments(cpu):
    """Buffers of 16 items, and what is none that the kernel takes."""
    a, b, c = (cpu.create_buffer((16,), dtype="float32") for _ in range(3))
    a.fill(1)
    b.fill(2)
    closed = cpu.create_buffer((16,), dtype="float32")
    closed.close()
    integers = cpu.create_buffer((16,), dtype="int32")
    return [a, b, c, cpu.create_buffer(64), closed, integers, 1, 2.5, None, Hostile(), [1.0]]


PARTS = sampled(0, 1, 4, 16, 3, -4, 2**32, 2**70, True, 4.0, "4", None, Whole(4))
EXTENTS = PARTS | st.lists(PARTS, max_size=4) | st.lists(PARTS, max_size=4).map(tuple)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_launches(add, arguments, data):
    usual = data.draw(st.booleans())
    assert add._element_types()
    count = 3 if usual else data.draw(st.integers(0, 5))
    args = [data.draw(st.integers(0, 3 if usual else len(arguments) - 1)) for _ in range(count)]
    keywords = {
        name: data.draw(sampled(1, 4, 16, (16,), (4, 1, 1)) | EXTENTS)
        for name in data.draw(
            st.just(["group_size", "grid_size"])
            | st.lists(
                sampled("group_size", "grid_size", "blocking", "stream", "colour"), unique=True
            )
        )
    }
    # Larger grids than the buffers would be written past their ends.
    items = keywords.get("grid_size")
    total = math.prod(items) if isinstance(items, (list, tuple)) and all_ints(items) else items
    if isinstance(total, int) and total > 16:
        keywords["grid_size"] = 2**70
    compare(add, "__call__", [arguments[index] for index in args], keywords)


def all_ints(values):
    return all(isinstance(value, int) for value in values)


def test_a_launch(add, arguments):
    a, b, c, *_ = arguments
    for grid, group in ((16, 16), ((16,), (4,)), ((4, 4), (2, 1)), ((16, 1, 1), 8)):
        c.fill(0)
        a.fill(1)
        b.fill(2)
        assert add(a, b, c, grid_size=grid, group_size=group) is nexus.status.NXS_Success
        assert c.numpy()[:4].tolist() == [3.0] * 4
    assert add._buffer_types is not None


def test_a_refused_launch_says_what_was_asked(add, arguments):
    with pytest.raises(nexus.NexusError, match=r"groups of \(1048576, 1, 1\) items") as caught:
        add(*arguments[:3], grid_size=2**21, group_size=2**20)
    assert caught.value.function == "nxsLaunch"


def test_a_failed_run_runs_once(cpu):
    schedule, event = cpu.create_schedule(), cpu.create_event()
    schedule.create_signal_command(event)
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(nothing, NXS_OUT(float, x)) { NXS_ITEMS x[0] = 1; }
    """)
    schedule.create_command(library.get_kernel("nothing"))
    with pytest.raises(nexus.NexusError) as caught:
        schedule.run()
    assert caught.value.function == "nxsRunSchedule"
    assert event.value == 0


def test_endless_recursion(cpu):
    with pytest.raises(RecursionError):
        cpu.get_property_int(Endless(cpu))
    assert cpu.create_buffer(8).get_property_int("Size") == 8


@pytest.mark.parametrize(("cls", "name"), IN_C)
def test_documentation(cls, name):
    method, in_python = getattr(cls, name), getattr(cls, f"_python_{name}")
    assert inspect.ismethoddescriptor(method)
    assert inspect.isfunction(in_python)
    assert method.__doc__ == in_python.__doc__
    own = [(item.name, item.default) for item in inspect.signature(method).parameters.values()]
    wanted = inspect.signature(in_python).parameters.values()
    assert own == [(item.name, item.default) for item in wanted]


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
