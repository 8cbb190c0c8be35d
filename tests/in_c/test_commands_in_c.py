"""Commands that are made, filled and finalized in one call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.both_paths import EXTENTS, ODD, outcome, sampled

import nexus
from nexus import _core
from nexus.buffer import Buffer
from nexus.command import Command
from nexus.kernel import Kernel

USUAL_SIZES = sampled(1, 4, 16, (16,), (4, 1, 1))
NAMES = ("group_size", "grid_size", "settings", "grid", "block", "colour")


@pytest.fixture(scope="module")
def kernels(cpu, add):
    """Return the kernel, which knows its arguments, a closed one, one with a scalar, and none."""
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, by)) {
      NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= by;
    }
    """)
    closed = library.get_kernel("scale")
    closed.close()
    assert add._element_types()
    return [add, add, add, closed, library.get_kernel("scale"), None]


def after(cpu, name, args, keywords):
    """Return what a call says, and what is in its schedule then."""
    schedule = cpu.create_schedule()
    made = outcome(getattr(schedule, name), args, keywords)
    buffers = [list(arguments.items()) for arguments in schedule._buffers]
    return made, schedule.get_property_int("Count"), buffers, list(schedule._used)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_commands(cpu, kernels, arguments, data):
    usual = data.draw(st.booleans())
    kernel = kernels[0 if usual else data.draw(st.integers(0, len(kernels) - 1))]
    count = 3 if usual else data.draw(st.integers(0, 5))
    most = 2 if usual else len(arguments) - 1
    values = [arguments[data.draw(st.integers(0, most))] for _ in range(count)]
    held = data.draw(sampled(values, tuple(values)) if usual else sampled(values, None, 2**70))
    sizes = USUAL_SIZES if usual else USUAL_SIZES | EXTENTS
    args, keywords = [kernel, held], {}
    if data.draw(st.booleans()):
        args += [data.draw(sizes) for _ in range(2 if usual else data.draw(st.integers(0, 4)))]
    else:
        names = st.permutations(NAMES[:2]) if usual else st.lists(sampled(*NAMES), unique=True)
        keywords = {name: data.draw(sizes if usual else sizes | ODD) for name in data.draw(names)}
    in_python = after(cpu, "_python_create_command", args, keywords)
    assert after(cpu, "create_command", args, keywords) == in_python


@pytest.fixture
def in_c_only(monkeypatch):
    """Fail where a call takes the Python method."""

    def refuse(*args, **keywords):
        raise AssertionError("the Python method was called")

    monkeypatch.setattr(nexus.schedule.Schedule, "_python_create_command", refuse)


def test_a_command_runs(cpu, add, arguments, in_c_only):
    a, b, c, *_ = arguments
    assert add._element_types()
    sizes = {"group_size": (4,), "grid_size": 16}
    for args, keywords in (
        ([(a, b, c), 4, 16], {}),
        ([[a, b, c]], sizes),
        ([(a, b, c)], dict(reversed(sizes.items()))),
    ):
        schedule = cpu.create_schedule()
        a.fill(1)
        b.fill(2)
        c.fill(0)
        command = schedule.create_command(add, *args, **keywords)
        assert (command.kernel, command.get_event(), command.closed) == (add, None, False)
        assert schedule.get_commands() == [command]
        schedule.run()
        assert c.numpy().tolist() == [3.0] * 16
        # The command is as open to changes as any other.
        command.set_arg(0, b)
        command.finalize(4, 4)
        schedule.run()
        assert c.numpy().tolist() == [4.0] * 4 + [3.0] * 12


def test_its_buffers_live_as_long_as_the_schedule(cpu, add, in_c_only):
    assert add._element_types()
    schedule, c = cpu.create_schedule(), cpu.create_buffer((4,), dtype="float32")
    ones = [cpu.create_buffer((4,), dtype="float32") for _ in range(2)]
    for one in ones:
        one.fill(1)
    schedule.create_command(add, (*ones, c), 4, 4)
    del ones, one
    schedule.run()
    assert c.numpy().tolist() == [2.0] * 4
    assert [type(arguments[0]) for arguments in schedule._buffers] == [Buffer]


def test_a_size_that_the_device_refuses(cpu, add, arguments, in_c_only):
    assert add._element_types()
    schedule = cpu.create_schedule()
    for keywords in (
        {"group_size": 2**20, "grid_size": 2**21},
        {"grid_size": 2**21, "group_size": 2**20},
    ):
        with pytest.raises(nexus.NexusError, match=r"groups of \(1048576, 1, 1\) items") as caught:
            schedule.create_command(add, tuple(arguments[:3]), **keywords)
        assert caught.value.function == "nxsFinalizeCommand"
    assert schedule.get_property_int("Count") == 2


def test_a_closed_schedule(cpu, add, arguments):
    schedule = cpu.create_schedule()
    schedule.close()
    with pytest.raises(nexus.InvalidHandleError, match="Schedule is closed"):
        schedule.create_command(add, tuple(arguments[:3]), 4, 16)


def test_closing_the_schedule_closes_its_command(cpu, add, arguments):
    schedule = cpu.create_schedule()
    command = schedule.create_command(add, tuple(arguments[:3]), 4, 16)
    schedule.close()
    with pytest.raises(nexus.InvalidHandleError):
        command.set_arg(0, arguments[0])


def test_what_commands_are_configured_with():
    with pytest.raises(TypeError, match="subclass of Step"):
        _core.configure_commands(Kernel, Kernel)
    with pytest.raises(TypeError, match="one of Object"):
        _core.configure_commands(Command, int)
