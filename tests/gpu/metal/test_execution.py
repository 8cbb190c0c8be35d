"""Commands, schedules and streams on a Metal device."""

import time

import numpy as np
import pytest
from support.counting import counting

import nexus

TIMING = nexus.execution_settings.Timing


def status_of(caught):
    return caught.value.status.name.removeprefix("NXS_")


def test_add(device, library):
    a, b = (np.random.default_rng(seed).random(1000, np.float32) for seed in (1, 2))
    with (
        device.create_buffer(a) as x,
        device.create_buffer(b) as y,
        device.create_buffer((1000,), dtype="float32") as z,
        library.get_kernel("add") as add,
    ):
        add(x, y, z, 1000, group_size=128, grid_size=1024)
        np.testing.assert_array_equal(z.numpy(), a + b)


def test_scalars_of_every_size(device, library):
    values = [-7, -300, 1 << 30, -(1 << 40), 0.5, 0.25, True]
    types = ["int8", "int16", "int32", "int64", "float32", "float16", "bool"]
    with (
        device.create_buffer((7,), dtype="float32") as out,
        device.create_schedule() as schedule,
        library.get_kernel("mixed") as mixed,
        schedule.create_command(mixed) as command,
    ):
        command.set_buffer(0, out)
        for index, (dtype, value) in enumerate(zip(types, values, strict=True)):
            command.set_scalar(index + 1, value, dtype)
        command.finalize(1, 1)
        schedule.run()
        assert out.numpy().tolist() == values


def test_numbers_become_what_the_kernel_declares(device, library):
    with (
        device.create_buffer((7,), dtype="float32") as out,
        library.get_kernel("mixed") as mixed,
    ):
        mixed(out, 1, 2, 3, 4, 5, 0.5, True, group_size=1, grid_size=1)
        assert out.numpy().tolist() == [1, 2, 3, 4, 5, 0.5, 1]


def test_wrong_arguments_are_refused(device, library):
    with (
        device.create_buffer((7,), dtype="float32") as out,
        device.create_schedule() as schedule,
        library.get_kernel("mixed") as mixed,
        schedule.create_command(mixed) as command,
    ):
        for index, dtype in ((1, "int16"), (3, "int64"), (5, "float64"), (6, "float32")):
            with pytest.raises(nexus.NexusError, match="bytes") as caught:
                command.set_scalar(index, 1, dtype)
            assert status_of(caught) == "InvalidArgSize"
        with pytest.raises(nexus.NexusError, match="is a buffer") as caught:
            command.set_scalar(0, 1.0, "float32")
        assert status_of(caught) == "InvalidArgValue"
        command.set_buffer(1, out)
        with pytest.raises(nexus.NexusError, match="8 arguments") as caught:
            command.set_scalar(8, 1)
        assert status_of(caught) == "InvalidArgIndex"
        command.finalize(1, 1)
        with pytest.raises(nexus.NexusError, match="argument 0") as caught:
            schedule.run()
        assert status_of(caught) == "InvalidKernelArgs"


def test_constants_may_be_buffers(device, library):
    """Metal does not tell a reference to a constant from a pointer to constants."""
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


@pytest.mark.parametrize("group", [(4, 2, 3), (1, 1, 64), (16, 4, 1)])
def test_three_dimensions(device, library, group):
    items = tuple(2 * size for size in group)
    count = int(np.prod(items))
    with device.create_buffer((count,), dtype="int32") as out, library.get_kernel("place") as place:
        place(out, group_size=group, grid_size=items)
        z, y, x = np.meshgrid(*(np.arange(n) for n in reversed(items)), indexing="ij")
        np.testing.assert_array_equal(out.numpy(), (x + 100 * y + 10000 * z).ravel())


@pytest.mark.parametrize("group", [1, 32, 256])
def test_shared_memory(device, library, group):
    """Also sizes that are no multiples of the 16 bytes that Metal wants."""
    data = np.arange(2 * group, dtype=np.float32)
    with (
        device.create_buffer(data) as x,
        device.create_buffer((2,), dtype="float32") as sums,
        library.get_kernel("total") as total,
    ):
        total(x, sums, group_size=group, grid_size=2 * group, shared_memory_size=4 * group)
        np.testing.assert_array_equal(sums.numpy(), data.reshape(2, -1).sum(1))


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
        device.create_schedule() as schedule,
        library.get_kernel("total") as total,
        schedule.create_command(total) as command,
    ):
        most = total.get_property_int("MaxThreadgroupMemorySize")
        with pytest.raises(nexus.NexusError, match=str(most)) as caught:
            command.finalize(32, 32, most + 1)
        assert status_of(caught) == "OutOfResources"
        command.finalize(32, 32, most)


@pytest.mark.parametrize(
    ("group", "grid", "status"),
    [
        (0, 1, "InvalidWorkGroupSize"),
        (1, 0, "InvalidGlobalWorkSize"),
        (4096, 4096, "InvalidWorkGroupSize"),
        ((64, 64, 64), (64, 64, 64), "InvalidWorkGroupSize"),
    ],
)
def test_sizes_beyond_the_devices(device, library, group, grid, status):
    with (
        device.create_schedule() as schedule,
        library.get_kernel("increment") as kernel,
        schedule.create_command(kernel) as command,
    ):
        with pytest.raises(nexus.NexusError) as caught:
            command.finalize(group, grid)
        assert status_of(caught) == status


def test_group_beyond_the_kernels(device, library):
    with device.create_schedule() as schedule, library.get_kernel("narrow") as kernel:
        command = schedule.create_command(kernel)
        with pytest.raises(nexus.NexusError, match="64") as caught:
            command.finalize(65, 65)
        assert status_of(caught) == "InvalidWorkGroupSize"


def test_runs_again_and_again(device, library):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(device, library, counter, 10) as schedule,
    ):
        for times in range(1, 4):
            schedule.run()
            assert counter.numpy().tolist() == [10 * times]
        counter.fill(0)
        schedule.run()
        assert counter.numpy().tolist() == [10]


def test_runs_again_after_a_change(device, library):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(device, library, counter, 2) as schedule,
    ):
        schedule.run()
        command = schedule.create_command(library.get_kernel("increment"))
        command.set_buffer(0, counter)
        command.finalize(1, 1)
        schedule.run()
        assert counter.numpy().tolist() == [5]


def test_run_of_nothing(device):
    with device.create_schedule() as schedule:
        schedule.run(timing=True)
        assert schedule.get_property_str("Status") == "Complete"
        assert schedule.get_property_flt("ElapsedTime") >= 0


def test_without_blocking(device, library):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(device, library, counter, 3) as schedule,
    ):
        for _ in range(100):
            schedule.run(stream, blocking=False)
        stream.synchronize()
        assert schedule.get_property_str("Status") == "Complete"
        assert stream.get_property_str("Status") == "Complete"
        assert counter.numpy().tolist() == [300]


def test_released_while_in_flight(device, library):
    total = device.create_buffer((1,), dtype="int32")
    stream = device.create_stream()
    for _ in range(20):
        schedule = counting(device, library, total, 5)
        schedule.run(stream, blocking=False)
        schedule.close()
    watcher = device.create_schedule()
    watcher.run(stream)
    stream.close()
    watcher.close()
    assert total.numpy().tolist() == [100]
    total.close()


def test_everything_released_while_in_flight(device, standin, source, finish):
    """The work of a run needs what was released meanwhile, and lets go of it in the end."""
    live = standin.get("live")
    standin.set("slow_us", 20_000)
    library = device.compile(source)
    counter = device.create_buffer((1,), dtype="int32")
    stream = device.create_stream()
    schedule = counting(device, library, counter, 5)
    schedule.run(stream, blocking=False)
    for one in (library, counter, schedule, stream):
        one.close()
    assert standin.get("live") > live
    finish(device)
    # The handler that ended the run is still on its way out.
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


def test_streams_run_independently(device, library):
    with (
        device.create_event() as gate,
        device.create_buffer((2,), dtype="int32") as counters,
        device.create_stream() as held,
        device.create_stream() as free,
        device.create_schedule() as waiting,
        counting(device, library, counters, 1) as counts,
    ):
        waiting.create_wait_command(gate, 1)
        waiting.run(held, blocking=False)
        counts.run(free)
        assert counters.numpy()[0] == 1
        assert held.get_property_str("Status") == "Running"
        gate.signal(1)
        held.synchronize()


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
def test_work_that_fails(device, library, standin, code, status):
    standin.set("error_code", code)
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(device, library, counter, 1) as schedule,
    ):
        standin.set("fail_run", 1)
        with pytest.raises(nexus.NexusError, match=f"MTLCommandBufferErrorDomain {code}") as caught:
            schedule.run()
        assert status_of(caught) == status
        assert schedule.get_property_str("Status").startswith("Error: the work failed")
        schedule.run()
        assert counter.numpy().tolist() == [1]


def test_failure_of_work_that_nobody_waited_for(device, library, standin):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(device, library, counter, 1) as schedule,
    ):
        standin.set("fail_run", 1)
        schedule.run(stream, blocking=False)
        with pytest.raises(nexus.NexusError, match="earlier work on this stream failed") as caught:
            counting(device, library, counter, 1).run(stream)
        assert status_of(caught) == "OutOfResources"
        assert schedule.get_property_str("Status").startswith("Error")
        schedule.run(stream)


@pytest.mark.parametrize("fault", ["fail_command_buffer", "fail_encoder"])
def test_work_that_metal_does_not_take(device, library, standin, fault):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(device, library, counter, 1) as schedule,
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


def test_device_that_is_lost(device, library, standin):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(device, library, counter, 1) as schedule,
    ):
        standin.set("lost", 1)
        for _ in range(3):
            with pytest.raises(nexus.NexusError) as caught:
                schedule.run()
            assert status_of(caught) == "DeviceNotAvailable"
