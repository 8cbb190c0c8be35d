"""Kernels, schedules, streams and events."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nexus
from nexus._objects.work_size import groups_of

SIZES = st.integers(1, 8)
on_each_device = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def vectors(device, count):
    a = device.create_buffer(np.arange(count, dtype=np.float32))
    b = device.create_buffer(np.full(count, 0.5, np.float32))
    return a, b, device.create_buffer(count, dtype="float32")


def test_one_call_runs_a_kernel(device, library):
    a, b, out = vectors(device, 1024)
    status = library.get_kernel("add")(a, b, out, 1024, group_size=32, grid_size=1024)
    assert status is nexus.status.NXS_Success
    assert (out.numpy() == np.arange(1024) + 0.5).all()


@on_each_device
@given(
    group=st.tuples(SIZES, SIZES, SIZES),
    groups=st.tuples(SIZES, SIZES, SIZES),
    dimensions=st.integers(1, 3),
)
def test_grids_count_items(scratch, group, groups, dimensions):
    group, groups = group[:dimensions], groups[:dimensions]
    grid = tuple(size * count for size, count in zip(group, groups, strict=True))
    items = int(np.prod(grid))
    x = scratch.create_buffer(np.ones(items + 1, np.float32))
    kernel = scratch.load_library(b"SCRATCH1").get_kernel("scale")
    kernel(x, 3.0, items + 1, group_size=group, grid_size=list(grid))
    assert x.numpy().tolist() == [3.0] * items + [1.0]


@given(size=st.integers(1, 2**20), total=st.integers(1, 2**31))
def test_a_grid_of_partial_groups_suggests_sizes(size, total):
    if total % size == 0:
        assert groups_of((size, 1, 1), (total, 1, 1)) == (total // size, 1, 1)
        return
    with pytest.raises(ValueError, match="is not a multiple of group_size") as caught:
        groups_of((size, 1, 1), (total, 1, 1))
    proposed = str(caught.value).split("along x use ")[1].split(", or")[0].split(" or ")
    for other in map(int, proposed):
        assert other % size == 0
        assert abs(other - total) < size


def test_schedules_run_again_and_again(device, library):
    x = device.create_buffer(np.ones(64, np.float32))
    schedule = device.create_schedule()
    for factor in (2.0, 3.0):
        command = schedule.create_command(library.get_kernel("scale"))
        command.set_arg(0, x)
        command.set_arg(1, factor)
        command.set_arg(2, 64)
        command.finalize(64, 64)
    assert schedule.run() is nexus.status.NXS_Success
    assert schedule.run() is nexus.status.NXS_Success
    assert (x.numpy() == 36).all()
    assert schedule.get_property_int("Count") == 2


def test_commands_hold_what_they_use(device, library):
    kernel = library.get_kernel("scale")
    x = device.create_buffer(np.ones(64, np.float32))
    array = x.numpy()
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    command.set_buffer(0, x)
    command.set_scalar(1, 2.0)
    command.set_scalar(2, 64)
    command.finalize(64, 64)
    x.close()
    kernel.close()
    library.close()
    command.close()
    schedule.run()
    assert (array == 2).all()


def test_timing(device, library):
    a, b, out = vectors(device, 1024)
    schedule = device.create_schedule()
    command = schedule.create_command(library.get_kernel("add"))
    for index, value in enumerate((a, b, out, 1024)):
        command.set_arg(index, value)
    command.finalize(64, 1024)
    with pytest.raises(nexus.PropertyNotFoundError, match="ElapsedTime"):
        schedule.get_property_flt("ElapsedTime")
    schedule.run(timing=True)
    assert schedule.get_property_flt("ElapsedTime") > 0
    timed = device.create_schedule(nexus.execution_settings.Timing)
    timed.run()
    assert timed.get_property_flt(nexus.property.ElapsedTime) >= 0


def test_declared_arguments(device, library):
    kernel = library.get_kernel("add")
    assert [argument.kind for argument in kernel.arguments] == ["in", "in", "out", "scalar"]
    assert [argument.data_type.name for argument in kernel.arguments] == ["F32"] * 3 + ["I32"]


def test_scalars_become_what_the_kernel_declares(device, library):
    x = device.create_buffer(np.ones(4, np.float32))
    scale = library.get_kernel("scale")
    for factor in (2, np.float64(2), np.int8(2), True + 1):
        x.fill(1)
        scale(x, factor, np.int64(4), group_size=4, grid_size=4)
        assert x.numpy().tolist() == [2] * 4
    command = device.create_schedule().create_command(scale)
    with pytest.raises(OverflowError, match="I32"):
        command.set_scalar(2, 2**31)
    with pytest.raises(TypeError, match="integer"):
        command.set_scalar(2, 0.5)
    with pytest.raises(TypeError, match="create_buffer"):
        command.set_arg(0, np.ones(8, np.float32)[::2])
    with pytest.raises(TypeError, match="of kernel 'scale' is I32, but dtype= says I64"):
        command.set_scalar(2, 4, dtype="int64")


def test_scalars_of_kernels_that_declare_nothing(cpu, build):
    path = build(
        """#include <stdint.h>
        void store(double *out, int32_t *i, float *f, uint8_t *b, double *d, int *size, int *id,
                   void *shared, void *barrier) {
          (void)size, (void)id, (void)shared, (void)barrier;
          out[0] = *i; out[1] = *f; out[2] = *b; out[3] = *d;
        }""",
        "store",
        "-fvisibility=default",
    )
    kernel = cpu.load_library(path).get_kernel("store")
    assert kernel.arguments == ()
    out = cpu.create_buffer(4, dtype="f64")
    kernel(out, -3, 0.25, True, np.float64(1e300), group_size=1, grid_size=1)
    assert out.numpy().tolist() == [-3, 0.25, 1, 1e300]
    command = cpu.create_schedule().create_command(kernel)
    with pytest.raises(OverflowError, match="dtype="):
        command.set_scalar(1, 2**31)
    with pytest.raises(TypeError, match="'store' has to be a number, got None"):
        command.set_scalar(1, None)


def test_streams(device, library):
    a, b, out = vectors(device, 256)
    with device.create_stream() as stream:
        kernel = library.get_kernel("add")
        kernel(a, b, out, 256, group_size=64, grid_size=256, stream=stream, blocking=False)
        kernel(out, b, a, 256, group_size=64, grid_size=256, stream=stream, blocking=False)
        assert stream.synchronize() is nexus.status.NXS_Success
        assert (a.numpy() == np.arange(256) + 1).all()
    with pytest.raises(nexus.InvalidHandleError, match="Stream is closed"):
        device.create_schedule().run(stream)


def test_streams_wait_for_each_other(cpu):
    first, second = cpu.create_stream(), cpu.create_stream()
    event, done = cpu.create_event(), cpu.create_event()
    waits = cpu.create_schedule()
    assert waits.create_wait_command(event, 2).get_event() is event
    waits.create_signal_command(done)
    waits.run(first, blocking=False)
    assert done.value == 0
    signals = cpu.create_schedule()
    signals.create_signal_command(event, 2)
    signals.run(second)
    assert done.wait(timeout=30) is nexus.status.NXS_Success


def test_events_only_grow(scratch, cpu):
    for device in (scratch, cpu):
        event = device.create_event(nexus.event_type.Fence)
        assert (event.value, event.type.name) == (0, "Fence")
        event.signal(5)
        event.signal(3)
        assert event.value == 5
        event.wait(-1)
        event.wait(5, timeout=0)


def test_a_wait_times_out(scratch, cpu):
    for device in (scratch, cpu):
        event = device.create_event()
        with pytest.raises(
            nexus.WaitTimeoutError, match=r"did not reach 1 after 0\.12 s"
        ) as caught:
            event.wait(timeout=0.12)
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.status is nexus.status.NXS_Timeout
        with pytest.raises(nexus.WaitTimeoutError):
            event.wait(timeout=0)
        for bad in (-1, float("nan")):
            with pytest.raises(ValueError, match="timeout"):
                event.wait(timeout=bad)


def test_a_wait_ends_when_another_thread_signals(device):
    event = device.create_event()
    thread = threading.Timer(0.1, event.signal, [2])
    thread.start()
    assert event.wait(2) is nexus.status.NXS_Success
    thread.join()


def test_a_signal_of_the_system_ends_a_wait(run_python):
    found = run_python(
        """
import _thread, nexus, signal, threading
# Where the tests run in the background the signal is ignored, which children inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
event = nexus.get_runtimes()[0].get_device(0).create_event()
threading.Timer(0.3, _thread.interrupt_main).start()
try:
    event.wait()
except KeyboardInterrupt:
    print("interrupted")
"""
    )
    assert found.stdout == "interrupted\n"


def test_get_events_lists_those_that_are_held(device):
    before = set(device.get_events())
    kept, closed = device.create_event(), device.create_event()
    closed.close()
    device.create_event()
    assert set(device.get_events()) - before == {kept}


def test_unknown_event_types(device):
    with pytest.raises((nexus.NexusError, ValueError)):
        device.create_event(17)
