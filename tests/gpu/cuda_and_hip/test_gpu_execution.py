"""Commands, schedules and streams on a GPU of CUDA or HIP."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.errors import status_of

import nexus

CAPTURE, TIMING = nexus.execution_settings.Capture, nexus.execution_settings.Timing


@pytest.fixture(params=[0, CAPTURE], ids=["launches", "graph"])
def settings(request):
    return request.param


def test_floats_become_what_the_kernel_declares(device, library):
    with (
        device.create_buffer((6,), dtype="float64") as out,
        library.get_kernel("mixed") as mixed,
    ):
        assert [argument.kind for argument in mixed.arguments[1:4]] == ["scalar"] * 3
        assert mixed.arguments[6].data_type == nexus.data_type.F64
        small, short, long = np.int8(1), np.int16(2), np.int64(4)
        mixed(out, small, short, 3, long, 0.5, 1e-300, group_size=1, grid_size=1)
        assert out.numpy().tolist() == [1, 2, 3, 4, 0.5, 1e-300]


def test_buffer_for_a_scalar_is_refused(device, library):
    with (
        device.create_buffer((6,), dtype="float64") as out,
        device.create_schedule() as schedule,
        library.get_kernel("mixed") as mixed,
        schedule.create_command(mixed) as command,
    ):
        with pytest.raises(TypeError, match="'mixed' is F64, but dtype= says F32"):
            command.set_scalar(6, 1, "float32")
        with pytest.raises(nexus.NexusError, match="scalar, not a buffer") as caught:
            command.set_buffer(3, out)
        assert status_of(caught) == "InvalidArgValue"


def test_scalars_of_any_width_become_what_the_kernel_takes(device, library):
    with (
        device.create_buffer((6,), dtype="float64") as out,
        library.get_kernel("mixed") as mixed,
    ):
        wide = [np.int64(value) for value in (1, 2, 3, 4)]
        mixed(out, *wide, np.float64(0.5), np.float32(0.25), group_size=1, grid_size=1)
        assert out.numpy().tolist() == [1, 2, 3, 4, 0.5, 0.25]
        with device.create_schedule() as schedule, schedule.create_command(mixed) as command:
            with pytest.raises(OverflowError, match="argument 3"):
                command.set_scalar(3, np.int64(2**40))
            with pytest.raises(OverflowError, match="argument 1"):
                command.set_scalar(1, 300)


def test_more_shared_memory_than_by_default(device, library):
    most = library.get_kernel("total").get_property_int("MaxThreadgroupMemorySize")
    data = np.ones(32, np.float32)
    with (
        device.create_buffer(data) as x,
        device.create_buffer((1,), dtype="float32") as sums,
        library.get_kernel("total") as total,
    ):
        total(x, sums, group_size=32, grid_size=32, shared_memory_size=most)
        assert sums.numpy().tolist() == [32]
        with pytest.raises(nexus.NexusError, match=str(most)) as caught:
            total(x, sums, group_size=32, grid_size=32, shared_memory_size=most + 1)
        assert status_of(caught) == "OutOfResources"


@pytest.mark.parametrize(
    ("group", "grid", "status"),
    [
        ((1, 1, 65), (1, 1, 65), "InvalidWorkGroupSize"),
        ((1, 1, 1), (1, 65536, 1), "InvalidGlobalWorkSize"),
        ((1, 1, 1), (1, 1, 65536), "InvalidGlobalWorkSize"),
        ((1, 1, 1), (1 << 31, 1, 1), "InvalidGlobalWorkSize"),
    ],
)
def test_dimensions_beyond_the_devices(device, library, group, grid, status):
    with device.create_schedule() as schedule, library.get_kernel("increment") as kernel:
        command = schedule.create_command(kernel)
        with pytest.raises(nexus.NexusError) as caught:
            command.finalize(group, grid)
        assert status_of(caught) == status


def test_on_two_streams_by_two_threads(device, counting, settings):
    times = 200
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 20, settings) as schedule,
        ThreadPoolExecutor(2) as threads,
    ):

        def work():
            with device.create_stream() as stream:
                for _ in range(times):
                    schedule.run(stream, blocking=False)
                stream.synchronize()

        for done in [threads.submit(work) for _ in range(2)]:
            done.result()
        assert counter.numpy().tolist() == [2 * 20 * times]


@pytest.mark.parametrize("command_too", [False, True])
def test_timing(device, library, counting, settings, command_too):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 2, settings) as schedule,
    ):
        with pytest.raises(nexus.NexusError) as caught:
            schedule.get_property_flt("ElapsedTime")
        assert status_of(caught) == "ProfilingInfoNotAvailable"
        command = None
        if command_too:
            command = schedule.create_command(library.get_kernel("increment"), TIMING)
            command.set_buffer(0, counter)
            command.finalize(1, 1)
        schedule.run(timing=True)
        elapsed = schedule.get_property_flt("ElapsedTime")
        assert 0 < elapsed < 10_000
        assert schedule.get_property_int("TimeStamp") > 0
        if command:
            assert 0 <= command.get_property_flt("ElapsedTime") <= elapsed
