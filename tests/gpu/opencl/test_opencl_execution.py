"""Commands, schedules and streams of OpenCL."""

import threading

import numpy as np
import pytest
from support.errors import status_of

import nexus

CAPTURE, TIMING = nexus.execution_settings.Capture, nexus.execution_settings.Timing


def test_shared_memory_of_the_kernels_own(device, library):
    data = np.arange(512, dtype=np.int32)
    with (
        device.create_buffer(data) as x,
        device.create_buffer((512,), dtype="int32") as y,
        library.get_kernel("mirror") as mirror,
    ):
        mirror(x, y, group_size=256, grid_size=512)
        np.testing.assert_array_equal(y.numpy(), data.reshape(2, -1)[:, ::-1].ravel())


def test_too_much_shared_memory(device, library):
    most = device.get_property_int("MaxThreadgroupMemorySize")
    with (
        device.create_buffer((32,), dtype="float32") as x,
        device.create_schedule() as schedule,
        library.get_kernel("total") as total,
        schedule.create_command(total) as command,
    ):
        for index in range(2):
            command.set_buffer(index, x)
        with pytest.raises(nexus.NexusError) as caught:
            command.finalize(32, 32, most + 1)
        assert status_of(caught) == "OutOfResources"


def test_group_of_another_size_than_the_kernels(device, library):
    """The kernel demands groups of 64."""
    with (
        device.create_buffer((64,), dtype="int32") as x,
        device.create_schedule() as schedule,
        library.get_kernel("narrow") as narrow,
        schedule.create_command(narrow) as command,
    ):
        command.set_buffer(0, x)
        with pytest.raises(nexus.NexusError, match="64") as caught:
            command.finalize(32, 64)
        assert status_of(caught) == "InvalidWorkGroupSize"
        command.finalize(64, 64)
        schedule.run()
        assert x.numpy().tolist() == list(range(64))


@pytest.mark.parametrize("captured", [False, True])
def test_argument_that_changes_between_runs(device, library, captured):
    with (
        device.create_buffer(np.ones(8, np.float32)) as x,
        device.create_schedule(CAPTURE if captured else 0) as schedule,
        library.get_kernel("scale") as scale,
        schedule.create_command(scale) as command,
    ):
        command.set_buffer(0, x)
        for factor, expected in ((2.0, 2), (5.0, 10), (0.5, 5)):
            command.set_scalar(1, factor)
            command.finalize(8, 8)
            schedule.run()
            assert x.numpy().tolist() == [expected] * 8


def test_captured_work_on_two_streams(device, counting):
    """A recording is one object of the driver, which runs once at a time."""
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 5, CAPTURE) as schedule,
        device.create_stream() as one,
        device.create_stream() as other,
    ):
        for _ in range(20):
            schedule.run(one, blocking=False)
            schedule.run(other, blocking=False)
        one.synchronize()
        other.synchronize()
        assert counter.numpy().tolist() == [200]


def test_one_kernel_on_many_threads(device, library):
    """Arguments belong to a launch, though OpenCL keeps them in a kernel."""
    wrong = []
    with library.get_kernel("scale") as scale:

        def work(factor):
            with device.create_buffer(np.ones(32, np.float32)) as x:
                for step in range(1, 21):
                    scale(x, factor, group_size=8, grid_size=32)
                    x.fill(1.0) if step < 20 else None
                if x.numpy().tolist() != [factor] * 32:
                    wrong.append((factor, x.numpy()))

        threads = [threading.Thread(target=work, args=(float(i + 2),)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
    assert not wrong


def test_run_of_nothing(device):
    with device.create_schedule() as schedule:
        schedule.run(timing=True)
        assert schedule.get_property_str("Status") == "Complete"
        assert schedule.get_property_flt("ElapsedTime") >= 0


@pytest.mark.parametrize("command_too", [False, True])
def test_timing(device, library, command_too):
    with (
        device.create_buffer(np.arange(256, dtype=np.int32)) as x,
        device.create_buffer((256,), dtype="int32") as y,
        library.get_kernel("spin") as spin,
        device.create_schedule() as schedule,
    ):
        commands = [schedule.create_command(spin, TIMING if command_too else 0) for _ in range(2)]
        for command in commands:
            command.set_buffer(0, x)
            command.set_buffer(1, y)
            command.finalize(64, 256)
        with pytest.raises(nexus.NexusError) as caught:
            schedule.get_property_flt("ElapsedTime")
        assert status_of(caught) == "ProfilingInfoNotAvailable"
        schedule.run(timing=not command_too)
        if not command_too:
            assert 0 < schedule.get_property_flt("ElapsedTime") < 10_000
        starts = [command.get_property_int("TimeStamp") for command in commands]
        assert 0 < starts[0] < starts[1]
        assert all(0 < command.get_property_flt("ElapsedTime") < 10_000 for command in commands)
