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
