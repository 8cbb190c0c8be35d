"""The calls that the base type makes in C do what the Python methods do that they stand for."""

from __future__ import annotations

import inspect
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.both_paths import EXTENTS, ODD, Whole, all_ints, compare, sampled

import nexus
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
    (Schedule, "create_command"),
    (Kernel, "__call__"),
]


class Endless:
    """A key that asks for itself."""

    def __init__(self, owner):
        self.owner = owner

    def __hash__(self):
        return hash(self.owner.get_property_int(self))


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
    (closed_stream := cpu.create_stream()).close()
    return {
        "stream": cpu.create_stream(),
        "closed stream": closed_stream,
        "device": cpu,
        "buffer": cpu.create_buffer(8),
        "closed buffer": closed,
        "schedule": cpu.create_schedule(),
        "closed schedule": closed_schedule,
        "signals": unfinished,
    }


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


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_runs_on_streams(objects, data):
    streams = sampled("stream", "stream", "closed stream", "buffer")
    stream = objects[data.draw(streams)] if data.draw(st.booleans()) else None
    blocking = data.draw(sampled(True, False, 1))
    count = data.draw(st.integers(0, 2))
    keywords = {"stream": stream, "blocking": blocking, "timing": data.draw(st.booleans())}
    kept = data.draw(st.sets(sampled(*keywords)))
    compare(
        objects["schedule"],
        "run",
        [stream, blocking][:count],
        {name: value for name, value in keywords.items() if name in kept},
    )


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


def test_a_launch(add, arguments):
    a, b, c, *_ = arguments
    for grid, group in ((16, 16), ((16,), (4,)), ((4, 4), (2, 1)), ((16, 1, 1), 8)):
        c.fill(0)
        a.fill(1)
        b.fill(2)
        assert add(a, b, c, grid_size=grid, group_size=group) is nexus.status.NXS_Success
        assert c.numpy()[:4].tolist() == [3.0] * 4
    assert add._in_c is not None


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
