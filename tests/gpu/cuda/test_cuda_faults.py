"""Refusals and failures of the driver: on the stand-in, which fails on request."""

import time

import numpy as np
import pytest

import nexus
from nexus._ffi import lib

pytestmark = pytest.mark.standin

OUT_OF_MEMORY, UNKNOWN = 2, 999
CALLS = (
    "cuMemAlloc_v2",
    "cuMemHostAlloc",
    "cuMemHostGetDevicePointer_v2",
    "cuMemcpyAsync",
    "cuMemsetD8Async",
    "cuMemsetD32Async",
    "cuModuleLoadDataEx",
    "cuModuleGetFunction",
    "cuFuncGetAttribute",
    "cuDeviceGetAttribute",
    "cuStreamCreate",
    "cuEventRecord",
    "cuEventElapsedTime",
    "cuStreamQuery",
    "cuLaunchKernel",
    "cuStreamWaitEvent",
    "cuStreamBeginCapture_v2",
    "cuStreamEndCapture",
    "cuGraphInstantiateWithFlags",
    "cuGraphLaunch",
)


def everything(device, source):
    """Use most of the plugin once; return the results."""
    with (
        device.compile(source) as library,
        library.get_kernel("scale") as scale,
        device.create_buffer(np.ones(64, np.float32)) as x,
        device.create_buffer(64, settings=nexus.buffer_settings.OnHost) as pinned,
        device.create_event() as event,
        device.create_stream() as one,
        device.create_stream() as other,
        device.create_schedule(nexus.execution_settings.Capture) as first,
        device.create_schedule() as second,
    ):
        pinned.fill(np.int32(7), "int32")
        for schedule in (first, second):
            command = schedule.create_command(scale)
            command.set_buffer(0, x)
            command.set_scalar(1, 2.0)
            command.finalize(32, 64)
        first.create_signal_command(event, 1)
        third = device.create_schedule()
        third.create_wait_command(event, 1)
        with third:
            first.run(one, blocking=False)
            third.run(other)
        # Without a marker at its end: the driver reports whether the stream is idle.
        with device.create_schedule() as empty:
            empty.run(one, blocking=False)
            empty.run(one)
        second.run(other, timing=True)
        second.get_property_flt("ElapsedTime")
        return x.numpy().tolist()


def kept(standin):
    """Count the driver's objects except events, which the plugin keeps for reuse."""
    counts = standin.live()
    counts.pop("events", None)
    return counts


def comes_back_to(before, device, standin):
    """Wait until objects that work used are freed, which queries of its state trigger."""
    for _ in range(1000):
        device.create_stream().close()
        if kept(standin) == before:
            break
        time.sleep(0.005)
    assert kept(standin) == before


def attempt(work, expected):
    """Make a call that succeeds or reports the driver's error."""
    said = ""
    try:
        done = work()
    except nexus.NexusError as error:
        said = str(error)
    assert "CUDA_ERROR" in said if said else done == expected


@pytest.mark.parametrize("result", [OUT_OF_MEMORY, UNKNOWN])
@pytest.mark.parametrize("function", CALLS)
def test_each_call_of_the_driver_can_fail(device, source, standin, function, result):
    expected = everything(device, source)
    device.create_stream().close()
    before = kept(standin)
    # The function is called fewer times, so the last attempts succeed.
    for nth in range(1, 30):
        calls = standin.calls(function)
        standin.fail_call(function, result, nth)
        attempt(lambda: everything(device, source), expected)
        standin.clear_faults()
        if standin.calls(function) - calls < nth:
            break
    assert nth > 1 or standin.calls(function) == 0
    assert everything(device, source) == expected
    comes_back_to(before, device, standin)


def test_no_context_for_a_moment(device, counting, standin):
    """Work that cannot be submitted ends with an error, and is not deferred."""
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):
        for blocking in (True, False):
            standin.fail_call("cuCtxGetCurrent", UNKNOWN)
            with pytest.raises(nexus.NexusError, match="CUDA_ERROR_UNKNOWN"):
                schedule.run(stream, blocking=blocking)
        schedule.run(stream)
        assert counter.numpy().tolist() == [1]


def test_memory_comes_back_when_work_is_done(device, library, standin):
    """Memory that is released while work uses it is freed when other memory is requested."""
    most = device.get_property_int("GlobalMemorySize") * 3 // 4
    standin.delay_streams(500_000)
    x = device.create_buffer(most)
    schedule = device.create_schedule()
    command = schedule.create_command(library.get_kernel("increment"))
    command.set_buffer(0, x)
    command.finalize(1, 1)
    schedule.run(blocking=False)
    # As in a program in C, since Python keeps a schedule until its work is done.
    handle, schedule._handle = schedule._handle, -1
    assert lib.nxs_ReleaseSchedule(device._table, handle) == 0
    x.close()
    with pytest.raises(nexus.OutOfMemoryError):
        device.create_buffer(most)
    standin.clear_faults()
    for _ in range(1000):
        try:
            device.create_buffer(most).close()
            break
        except nexus.OutOfMemoryError:
            time.sleep(0.005)
    else:
        pytest.fail("the memory does not come back")


def test_a_launch_is_little_more_than_the_drivers(device, counting, standin):
    """Runs that nobody waits for share markers."""
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):

        def calls(runs):
            functions = ("cuLaunchKernel", "cuEventRecord")
            before = [standin.calls(name) for name in functions]
            for _ in range(runs):
                schedule.run(stream, blocking=False)
            return [standin.calls(name) - n for name, n in zip(functions, before, strict=True)]

        # Runs that are far apart have one each; on a busy machine some of them are.
        bursts, runs, done = 500, 40, 0
        for _ in range(bursts):
            launches, markers = calls(runs)
            assert launches == runs
            done += runs
            if markers <= 3:
                break
        else:
            pytest.fail(f"{runs} runs in a row have {markers} markers, {bursts} times")
        stream.synchronize()
        assert counter.numpy().tolist() == [done]


def test_runs_that_nobody_waits_for_are_let_go(device, counting, standin):
    """A query of their state frees what runs without their own marker used."""
    device.create_stream().close()
    before = kept(standin)
    stream = device.create_stream()
    with device.create_buffer((1,), dtype="int32") as counter:
        schedule = counting(counter)
        for _ in range(3):
            schedule.run(stream, blocking=False)
    handle, schedule._handle = schedule._handle, -1
    assert lib.nxs_ReleaseSchedule(device._table, handle) == 0
    for _ in range(1000):
        if stream.get_property_str("Status") == "Complete":
            break
        time.sleep(0.005)
    # The driver may report the end before the stand-in's thread releases its objects.
    stream.close()
    comes_back_to(before, device, standin)


def test_times_stay_fine_in_an_old_process(device, library, standin):
    """The driver reports times as float milliseconds: after a day in steps of 8 ms."""
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_schedule() as schedule,
    ):
        command = schedule.create_command(library.get_kernel("increment"))
        command.set_buffer(0, counter)
        command.finalize(1, 1)
        schedule.run(timing=True)
        first = schedule.get_property_int("TimeStamp")
        for _ in range(2):
            standin.pass_time(100_000)
            schedule.run(timing=True)
            elapsed = schedule.get_property_flt("ElapsedTime")
            assert elapsed > 0
            assert elapsed % 0.5 != 0
            assert command.get_property_flt("ElapsedTime") == elapsed
        passed = (schedule.get_property_int("TimeStamp") - first) / 1e9
        assert 200_000 <= passed < 200_300


def test_slow_streams(device, counting, standin):
    standin.delay_streams(500_000)
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):
        schedule.run(stream, blocking=False)
        assert stream.get_property_str("Status") == "Running"
        assert schedule.get_property_str("Status") == "Running"
        standin.clear_faults()
        stream.synchronize()
        assert schedule.get_property_str("Status") == "Complete"
        assert counter.numpy().tolist() == [1]
