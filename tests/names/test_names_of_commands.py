"""Commands and schedules: names, constants, arrays as arguments, sizes in groups."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import nexus

SCALE = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor)) {
  NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= factor;
}
NXS_KERNEL(flag, NXS_OUT(int, x), NXS_SCALAR(int, on)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = on; }
"""


class Tensor:
    """An array that has DLPack and a shape, and nothing else of NumPy."""

    def __init__(self, array):
        self.array = array
        self.shape = array.shape

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


@pytest.fixture
def scale(cpu):
    return cpu.compile(SCALE).get_kernel("scale")


@pytest.fixture
def x(cpu):
    return cpu.create_buffer(np.ones(64, np.float32))


def test_names_and_types_of_arguments(cpu, scale, x):
    schedule = cpu.create_schedule()
    command = schedule.create_command(scale)
    assert command.get_kernel() is scale
    command.set_arg(0, x, name="x")
    command.set_arg(1, 2, name="factor", data_type="fp32")
    command.finalize(8, 64)
    schedule.run()
    assert x.numpy().tolist() == [2.0] * 64
    with pytest.raises(TypeError, match="dtype= says I32"):
        command.set_arg(1, 2, data_type="int32")
    with pytest.raises(TypeError, match="name of an argument as a str, got int"):
        command.set_arg(1, 2, name=3)
    with pytest.raises(ValueError, match="NUL"):
        command.set_buffer(0, x, name="a\0b")


def test_no_kernel_in_a_signal(cpu):
    assert cpu.create_schedule().create_signal_command().get_kernel() is None


def test_constants(cpu, scale, x):
    schedule = cpu.create_schedule()
    command = schedule.create_command(scale, (x,))
    assert command.set_const(1, 3, "factor") is nexus.status.NXS_Success
    # Compilers fix such a constant in the code, and name it all the same.
    assert command.set_const(5, 7, "BLOCK") is nexus.status.NXS_Success
    assert command.set_const(5, 7, "BLOCK", "int64") is nexus.status.NXS_Success
    command.finalize(8, 64)
    schedule.run()
    assert x.numpy().tolist() == [3.0] * 64
    with pytest.raises(nexus.NexusError, match="argument"):
        command.set_const(5, 7)
    with pytest.raises(TypeError, match="constant 'BLOCK'"):
        command.set_const(5, "seven", "BLOCK")
    with pytest.raises(OverflowError):
        command.set_const(5, 300, "BLOCK", "int8")
    command.close()
    with pytest.raises(nexus.InvalidHandleError):
        command.set_const(5, 7, "BLOCK")


def test_true_as_an_argument(cpu):
    kernel = cpu.compile(SCALE).get_kernel("flag")
    out = cpu.create_buffer(4, dtype="int32")
    schedule = cpu.create_schedule()
    schedule.create_command(kernel, (out, True), 4, 4)
    schedule.run()
    assert out.numpy().tolist() == [1] * 4


def test_an_array_in_the_memory_of_the_device_is_not_copied(cpu, scale):
    array = np.ones(64, np.float32)
    schedule = cpu.create_schedule()
    command = schedule.create_command(scale)
    command.set_arg(0, Tensor(array))
    command.set_arg(1, 4.0)
    command.finalize(8, 64)
    gc.collect()
    schedule.run()
    assert array.tolist() == [4.0] * 64


def test_an_array_that_would_have_to_be_copied_is_refused(cpu, scale, monkeypatch):
    command = cpu.create_schedule().create_command(scale)
    with pytest.raises(TypeError, match=r"cannot be used without a copy .*create_buffer"):
        command.set_arg(0, np.ones(64, np.float32)[::2])
    with pytest.raises(TypeError, match="has elements of F32"):
        command.set_arg(0, np.ones(64, np.int32))
    monkeypatch.setattr(cpu, "_unified", False)
    with pytest.raises(TypeError, match="memory of its own"):
        command.set_arg(0, np.ones(64, np.float32))


def test_none_is_refused(cpu, scale):
    command = cpu.create_schedule().create_command(scale)
    with pytest.raises(TypeError, match=r"argument 0 'x' .* got None: the plugin ABI has no NULL"):
        command.set_arg(0, None)


def count_kernel(cpu):
    return cpu.compile(
        """#include <nexus-api/nxs_kernel.h>
        NXS_KERNEL(count, NXS_OUT(int, x)) {
          NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 100 * NXS_GLOBAL_SIZE(0) + NXS_GROUP_SIZE(0);
        }"""
    ).get_kernel("count")


@pytest.mark.parametrize(
    ("sizes", "names", "items", "group"),
    [
        ((16,), {}, 16, 1),
        ((), {"grid": 16}, 16, 1),
        ((), {"grid": 4, "block": 8}, 32, 8),
        ((), {"grid": (4, 1), "block": [8, 1, 1]}, 32, 8),
        ((8, 32), {}, 32, 8),
    ],
)
def test_sizes_in_groups(cpu, sizes, names, items, group):
    kernel, out = count_kernel(cpu), cpu.create_buffer(64, dtype="int32")
    expected = [100 * items + group] * items + [0] * (64 - items)
    schedule = cpu.create_schedule()
    command = schedule.create_command(kernel, [out])
    command.finalize(*sizes, **names)
    schedule.run()
    assert out.numpy().tolist() == expected
    out.fill(0)
    other = cpu.create_schedule()
    other.create_command(kernel, (out,), *sizes, **names)
    other.run()
    assert out.numpy().tolist() == expected


@pytest.mark.parametrize(
    ("sizes", "names"),
    [((), {}), ((8, 32), {"grid": 4}), ((8,), {"block": 4}), ((), {"block": 4})],
)
def test_sizes_in_both_ways_or_none(cpu, sizes, names):
    kernel, out = count_kernel(cpu), cpu.create_buffer(64, dtype="int32")
    schedule = cpu.create_schedule()
    with pytest.raises(TypeError, match="the size of a launch is group_size and grid_size"):
        schedule.create_command(kernel, (out,)).finalize(*sizes, **names)
    if sizes or names:
        before = schedule.get_property_int("Count")
        with pytest.raises(TypeError, match="the size of a launch is"):
            schedule.create_command(kernel, (out,), *sizes, **names)
        assert schedule.get_property_int("Count") == before


def test_settings_of_a_command_stay_the_second_argument(cpu, scale):
    timing = nexus.execution_settings.Timing
    assert cpu.create_schedule().create_command(scale, timing)
    assert cpu.create_schedule().create_command(scale, settings=timing)
    with pytest.raises(TypeError, match="as a tuple or list, got str"):
        cpu.create_schedule().create_command(scale, "x")


def test_commands_of_a_schedule_in_their_order(cpu, scale, x):
    schedule, other = cpu.create_schedule(), cpu.create_schedule()
    foreign = other.create_command(scale)
    made = [
        schedule.create_command(scale),
        schedule.create_signal(),
        schedule.create_command(scale),
    ]
    made.append(schedule.create_wait(made[1].get_event()))
    assert schedule.get_commands() == made
    made.pop(0).close()
    assert schedule.get_commands() == made
    assert other.get_commands() == [foreign]


def test_a_signal_without_an_event_makes_one(cpu):
    schedule = cpu.create_schedule()
    command = schedule.create_signal(value=3)
    event = command.get_event()
    assert event in cpu.get_events()
    assert event.value == 0
    schedule.create_wait(event, 3)
    schedule.run()
    assert event.value == 3
