"""Commands, schedules and streams on a GPU."""

import numpy as np
import pytest
from support.errors import status_of

import nexus

CAPTURE = nexus.execution_settings.Capture


@pytest.fixture(params=[0, CAPTURE], ids=["launches", "captured"])
def settings(request):
    return request.param


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


@pytest.mark.parametrize("group", [(4, 2, 3), (1, 1, 64), (16, 4, 1)])
def test_three_dimensions(device, library, group):
    items = tuple(2 * size for size in group)
    count = int(np.prod(items))
    with device.create_buffer((count,), dtype="int32") as out, library.get_kernel("place") as place:
        place(out, group_size=group, grid_size=items)
        z, y, x = np.meshgrid(*(np.arange(n) for n in reversed(items)), indexing="ij")
        np.testing.assert_array_equal(out.numpy(), (x + 100 * y + 10000 * z).ravel())


def test_scalars_of_every_size(device, library, kernels):
    with (
        device.create_buffer((len(kernels.scalars),), dtype=kernels.mixed_type) as out,
        device.create_schedule() as schedule,
        library.get_kernel("mixed") as mixed,
        schedule.create_command(mixed) as command,
    ):
        command.set_buffer(0, out)
        for index, (dtype, value) in enumerate(kernels.scalars):
            command.set_scalar(index + 1, value, dtype)
        command.finalize(1, 1)
        schedule.run()
        assert out.numpy().tolist() == [value for _, value in kernels.scalars]


def test_wrong_arguments_are_refused(device, library, kernels):
    count = len(kernels.scalars) + 1
    with (
        device.create_schedule() as schedule,
        library.get_kernel("mixed") as mixed,
        schedule.create_command(mixed) as command,
    ):
        for index, (dtype, _) in enumerate(kernels.scalars):
            other = "int16" if np.dtype(dtype).itemsize != 2 else "int32"
            if mixed.arguments[index + 1].data_type:
                with pytest.raises(TypeError, match="but dtype= says I"):
                    command.set_scalar(index + 1, 1, other)
                continue
            # Only the size is known, and the plugin compares it.
            with pytest.raises(nexus.NexusError, match="bytes") as caught:
                command.set_scalar(index + 1, 1, other)
            assert status_of(caught) == "InvalidArgSize"
        with pytest.raises(nexus.NexusError, match=f"{count} arguments") as caught:
            command.set_scalar(count, 1)
        assert status_of(caught) == "InvalidArgIndex"
        with pytest.raises(nexus.NexusError, match="argument 0") as caught:
            command.finalize(1, 1)
        assert status_of(caught) == "InvalidKernelArgs"


@pytest.mark.parametrize(
    ("group", "grid", "status"),
    [
        (0, 1, "InvalidWorkGroupSize"),
        (1, 0, "InvalidGlobalWorkSize"),
        ("beyond", "beyond", "InvalidWorkGroupSize"),
        ((64, 64, 64), (64, 64, 64), "InvalidWorkGroupSize"),
    ],
)
def test_sizes_beyond_the_devices(device, library, group, grid, status):
    if group == "beyond":
        group = grid = device.get_property_int("MaxThreadsPerBlock") + 1
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


@pytest.mark.parametrize("group", [1, 32, 256, 1024])
def test_shared_memory(device, library, group):
    """Also sizes that are not multiples of the 16 bytes that Metal requires."""
    if group > device.get_property_int("MaxThreadsPerBlock"):
        pytest.skip(f"groups of {group} items exceed the device")
    data = np.arange(2 * group, dtype=np.float32)
    with (
        device.create_buffer(data) as x,
        device.create_buffer((2,), dtype="float32") as sums,
        library.get_kernel("total") as total,
    ):
        total(x, sums, group_size=group, grid_size=2 * group, shared_memory_size=4 * group)
        np.testing.assert_array_equal(sums.numpy(), data.reshape(2, -1).sum(1))


def test_runs_again_and_again(device, counting, settings):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 10, settings) as schedule,
    ):
        for times in range(1, 4):
            schedule.run()
            assert counter.numpy().tolist() == [10 * times]
        counter.fill(0)
        schedule.run()
        assert counter.numpy().tolist() == [10]


def test_without_blocking(device, counting, settings):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter, 3, settings) as schedule,
    ):
        for _ in range(100):
            schedule.run(stream, blocking=False)
        stream.synchronize()
        assert schedule.get_property_str("Status") == "Complete"
        assert stream.get_property_str("Status") == "Complete"
        assert counter.numpy().tolist() == [300]


def test_runs_again_after_a_change(device, counting, library, settings):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        counting(counter, 2, settings) as schedule,
    ):
        schedule.run()
        command = schedule.create_command(library.get_kernel("increment"))
        command.set_buffer(0, counter)
        command.finalize(1, 1)
        schedule.run()
        assert counter.numpy().tolist() == [5]


def test_released_while_in_flight(device, counting):
    total = device.create_buffer((1,), dtype="int32")
    stream = device.create_stream()
    for _ in range(20):
        schedule = counting(total, 5)
        schedule.run(stream, blocking=False)
        schedule.close()
    watcher = device.create_schedule()
    watcher.run(stream)
    stream.close()
    watcher.close()
    assert total.numpy().tolist() == [100]
    total.close()


def test_streams_run_independently(device, counting):
    with (
        device.create_event() as gate,
        device.create_buffer((2,), dtype="int32") as counters,
        device.create_stream() as held,
        device.create_stream() as free,
        device.create_schedule() as waiting,
        counting(counters, 1) as counts,
    ):
        waiting.create_wait_command(gate, 1)
        waiting.run(held, blocking=False)
        counts.run(free)
        assert counters.numpy()[0] == 1
        assert held.get_property_str("Status") == "Running"
        gate.signal(1)
        held.synchronize()
