"""Each object exists once: it is not copied or pickled, and can be referenced weakly."""

import copy
import gc
import pickle
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import nexus

KERNEL = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(nothing, NXS_IN(int, x)) { NXS_ITEMS (void)x; }
"""
CLASSES = ["Runtimes", "Runtime", "Device", "Buffer", "Library", "Kernel"]
CLASSES += ["Stream", "Event", "Schedule", "Command"]
CLOSABLE = CLASSES[3:]


@pytest.fixture
def objects(cpu):
    library, schedule = cpu.compile(KERNEL), cpu.create_schedule()
    kernel = library.get_kernel("nothing")
    found = [nexus.get_runtimes(), cpu.runtime, cpu, cpu.create_buffer(64), library, kernel]
    found += [cpu.create_stream(), cpu.create_event(), schedule, schedule.create_command(kernel)]
    return {type(each).__name__: each for each in found}


def test_every_class_is_tried(objects):
    assert list(objects) == CLASSES


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_says_what_to_do(objects, name, protocol):
    with pytest.raises(TypeError, match=f"a {name} cannot be pickled: .+") as caught:
        pickle.dumps([objects[name]], protocol)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda each: copy.deepcopy([each])])
def test_copying_says_what_to_do(objects, name, make):
    with pytest.raises(TypeError, match=f"a {name} cannot be copied: .+"):
        make(objects[name])


def test_nothing_is_released_by_a_refused_copy(cpu):
    buffer = cpu.create_buffer(np.full(1 << 16, 1.0))
    view = buffer.numpy()
    with pytest.raises(TypeError):
        copy.copy(buffer)
    gc.collect()
    others = [cpu.create_buffer(np.full(1 << 16, 2.0 + i)) for i in range(4)]
    assert view.max() == 1.0 == view.min()
    assert len(others) == 4


@pytest.mark.parametrize("name", CLASSES)
def test_weak_references(objects, name):
    reference = weakref.ref(objects[name])
    assert reference() is objects[name]
    assert objects[name] in weakref.WeakSet([objects[name]])


def test_a_weak_reference_dies_with_the_object(cpu):
    ended = []
    buffer = cpu.create_buffer(64)
    weakref.finalize(buffer, ended.append, True)
    del buffer
    gc.collect()
    assert ended == [True]


@pytest.mark.parametrize("name", CLOSABLE)
def test_equality_and_hash_are_those_of_the_object(objects, name):
    each = objects[name]
    before = hash(each)
    assert each == each
    others = [other for other in objects.values() if other is not each]
    assert each not in others
    each.close()
    assert hash(each) == before
    assert each in {each}
    assert each not in others


def live_buffers(cpu):
    return cpu.runtime.get_property_int_vec("LiveObjects")[0]


def at_each_line(module, act):
    """Return a trace function that has a thread call `act` before a line of a module.

    The line is number ``lines["stop"]`` of those that are executed.
    """
    lines, threads, acts = {"seen": 0, "stop": 0}, [], [act]

    def trace(frame, event, _):
        if not frame.f_code.co_filename.endswith(module):
            return None
        if event == "line":
            lines["seen"] += 1
            if lines["seen"] == lines["stop"]:
                thread = threading.Thread(target=acts.pop())
                thread.start()
                # It may have to wait for a lock that is held at this line.
                thread.join(0.1)
                threads.append(thread)
        return trace

    return trace, lines, threads


def read_while_closed(cpu, read, line):
    """Read a buffer that another thread closes at a line; return the outcome, None past the end."""
    before, buffer = live_buffers(cpu), cpu.create_buffer(4096, dtype="uint8")
    trace, lines, threads = at_each_line("exported_memory.py", buffer.close)
    lines["stop"], tracing = line, sys.gettrace()
    sys.settrace(trace)
    try:
        view = read(buffer)
    except (nexus.InvalidHandleError, ValueError, TypeError):
        view = None
    finally:
        sys.settrace(tracing)
        for thread in threads:
            thread.join()
    if not threads:
        return None
    assert buffer.closed
    if view is None:
        return "refused"
    assert live_buffers(cpu) == before + 1
    assert view.shape == (4096,)
    assert not view.any()
    return "read"


@pytest.mark.parametrize("read", [nexus.Buffer.numpy, np.asarray, np.from_dlpack])
def test_a_close_at_any_line_leaves_a_view_its_memory(cpu, read):
    gc.collect()
    before, outcomes = live_buffers(cpu), []
    while not outcomes or outcomes[-1]:
        outcomes.append(read_while_closed(cpu, read, len(outcomes) + 1))
        assert live_buffers(cpu) == before or not outcomes[-1]
    assert outcomes.count("read") > 3
    assert outcomes.count("refused") > 0


def test_the_last_of_several_pins_releases_a_closed_buffer(cpu):
    gc.collect()
    before = live_buffers(cpu)
    buffer = cpu.create_buffer(64)
    buffer.pin()
    buffer.pin()
    buffer.close()
    assert live_buffers(cpu) == before + 1
    buffer.unpin()
    assert live_buffers(cpu) == before + 1
    buffer.unpin()
    assert live_buffers(cpu) == before
    with pytest.raises(nexus.InvalidHandleError, match="closed"):
        buffer.pin()


def test_a_copied_buffer_is_released_at_its_close(cpu):
    gc.collect()
    before = live_buffers(cpu)
    buffer = cpu.create_buffer(np.arange(4))
    copied = cpu.create_buffer(buffer)
    buffer.close()
    assert live_buffers(cpu) == before + 1
    assert copied.numpy().tolist() == [0, 1, 2, 3]


def test_events_are_listed_beside_their_creation(cpu):
    stop = threading.Event()

    def create():
        while not stop.is_set():
            events = [cpu.create_event() for _ in range(64)]
            del events

    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(create) for _ in range(2)]
        try:
            for _ in range(100):
                assert all(isinstance(event, nexus.Event) for event in cpu.get_events())
        finally:
            stop.set()
    assert [each.result() for each in made] == [None, None]
