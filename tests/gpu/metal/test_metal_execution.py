"""Commands, schedules and streams on a Metal device."""

import time

import numpy as np
import pytest
from support.errors import status_of

import nexus

TIMING = nexus.execution_settings.Timing


def test_numbers_become_what_the_kernel_declares(device, library):
    with (
        device.create_buffer((7,), dtype="float32") as out,
        library.get_kernel("mixed") as mixed,
    ):
        mixed(out, 1, 2, 3, 4, 5, 0.5, True, group_size=1, grid_size=1)
        assert out.numpy().tolist() == [1, 2, 3, 4, 5, 0.5, 1]


def test_scalar_for_a_buffer_is_refused(device, library):
    with (
        device.create_schedule() as schedule,
        library.get_kernel("mixed") as mixed,
        schedule.create_command(mixed) as command,
    ):
        with pytest.raises(nexus.NexusError, match="is a buffer") as caught:
            command.set_scalar(0, 1.0, "float32")
        assert status_of(caught) == "InvalidArgValue"


def test_constants_may_be_buffers(device, library):
    """Metal does not distinguish a reference to a constant from a pointer to constants."""
    with (
        device.create_buffer(np.ones(8, np.float32)) as x,
        device.create_buffer(np.full(1, 3, np.float32)) as factor,
        library.get_kernel("scale") as scale,
    ):
        scale(x, factor, group_size=8, grid_size=8)
        assert (x.numpy() == 3).all()


def test_indices_with_gaps(device, library):
    with (
        device.create_buffer((4,), dtype="int32") as x,
        device.create_schedule() as schedule,
        library.get_kernel("sparse") as sparse,
        schedule.create_command(sparse) as command,
    ):
        with pytest.raises(nexus.NexusError, match="none with index 0") as caught:
            command.set_buffer(0, x)
        assert status_of(caught) == "InvalidArgIndex"
        command.set_buffer(3, x)
        command.set_scalar(30, 9)
        command.finalize(4, 4)
        schedule.run()
        assert x.numpy().tolist() == [9] * 4


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
    with (
        device.create_buffer((32,), dtype="float32") as x,
        device.create_schedule() as schedule,
        library.get_kernel("total") as total,
        schedule.create_command(total) as command,
    ):
        most = total.get_property_int("MaxThreadgroupMemorySize")
        for index in range(2):
            command.set_buffer(index, x)
        with pytest.raises(nexus.NexusError, match=str(most)) as caught:
            command.finalize(32, 32, most + 1)
        assert status_of(caught) == "OutOfResources"
        command.finalize(32, 32, most)


def test_run_of_nothing(device):
    with device.create_schedule() as schedule:
        schedule.run(timing=True)
        assert schedule.get_property_str("Status") == "Complete"
        assert schedule.get_property_flt("ElapsedTime") >= 0


def test_everything_released_while_in_flight(device, counting, standin, source, finish):
    """A run keeps released objects alive until its end."""
    live = standin.get("live")
    standin.set("slow_us", 20_000)
    library = device.compile(source)
    counter = device.create_buffer((1,), dtype="int32")
    stream = device.create_stream()
    schedule = counting(counter, 5)
    schedule.run(stream, blocking=False)
    for one in (library, counter, schedule, stream):
        one.close()
    assert standin.get("live") > live
    finish(device)
    # The handler that ended the run has not returned yet.
    for _ in range(2000):
        if standin.get("live") <= live:
            return
        time.sleep(0.005)
    pytest.fail(f"{standin.get('live') - live} objects of Metal are left")


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


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (1, "OutOfResources"),
        (2, "Timeout"),
        (3, "OutOfResources"),
        (4, "DeviceNotAvailable"),
        (8, "MemObjectAllocationFailure"),
        (9, "InvalidMemObject"),
        (11, "DeviceNotAvailable"),
    ],
)
def test_work_that_fails(device, counting, standin, code, status):
    standin.set("error_code", code)
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 1) as schedule,
    ):
        standin.set("fail_run", 1)
        with pytest.raises(nexus.NexusError, match=f"MTLCommandBufferErrorDomain {code}") as caught:
            schedule.run()
        assert status_of(caught) == status
        assert schedule.get_property_str("Status").startswith("Error: the work failed")
        schedule.run()
        assert counter.numpy().tolist() == [1]


def test_failure_of_work_that_nobody_waited_for(device, counting, standin):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter, 1) as schedule,
    ):
        standin.set("fail_run", 1)
        schedule.run(stream, blocking=False)
        with pytest.raises(nexus.NexusError, match="earlier work on this stream failed") as caught:
            counting(counter, 1).run(stream)
        assert status_of(caught) == "OutOfResources"
        assert schedule.get_property_str("Status").startswith("Error")
        schedule.run(stream)


@pytest.mark.parametrize("fault", ["fail_command_buffer", "fail_encoder"])
def test_work_that_metal_does_not_take(device, counting, standin, fault):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 1) as schedule,
    ):
        standin.set(fault, 1)
        with pytest.raises(nexus.NexusError, match="Metal made no") as caught:
            schedule.run()
        assert status_of(caught) == "OutOfResources"
        schedule.run()
        assert counter.numpy().tolist() == [1]


@pytest.mark.parametrize("fault", ["fail_queue", "fail_event"])
def test_stream_that_metal_does_not_make(device, standin, fault):
    standin.set(fault, 1)
    with pytest.raises(nexus.NexusError, match="Metal made no"):
        device.create_stream()
    device.create_stream().close()


def test_device_that_is_lost(device, counting, standin):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 1) as schedule,
    ):
        standin.set("lost", 1)
        for _ in range(3):
            with pytest.raises(nexus.NexusError) as caught:
                schedule.run()
            assert status_of(caught) == "DeviceNotAvailable"
