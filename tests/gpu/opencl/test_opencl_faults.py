"""Drivers that fail: a layer makes each call fail in turn, and nothing is lost, leaked or left."""

import signal
import threading
import time

import numpy as np
import pytest

import nexus
from standins.opencl.control import PRINT, THROW

ALLOCATION, RESOURCES, LOST = -4, -5, -9999
CALLS = (
    *("clCreateCommandQueue", "clCreateBuffer", "clSVMAlloc", "clEnqueueReadBuffer"),
    *("clEnqueueWriteBuffer", "clEnqueueFillBuffer", "clEnqueueCopyBuffer"),
    *("clCreateProgramWithSource", "clCreateProgramWithBinary", "clBuildProgram"),
    *("clGetProgramInfo", "clGetProgramBuildInfo", "clCreateKernel", "clGetKernelInfo"),
    *("clGetKernelArgInfo", "clGetKernelWorkGroupInfo", "clSetKernelArg"),
    *("clSetKernelArgSVMPointer", "clEnqueueNDRangeKernel", "clEnqueueMarkerWithWaitList"),
    *("clEnqueueBarrierWithWaitList", "clFlush", "clFinish", "clWaitForEvents"),
    *("clGetEventInfo", "clGetEventProfilingInfo", "clGetDeviceInfo"),
)
# Without an answer to these, work goes on with less knowledge.
QUERIES = {name for name in CALLS if name.startswith("clGet")}


def everything(device, source):
    """Use most of the plugin once; return the results."""
    with (
        device.compile(source) as library,
        library.get_kernel("scale") as scale,
        device.create_buffer(np.ones(64, np.float32)) as x,
        device.create_buffer(60, settings=nexus.buffer_settings.OnHost) as pinned,
        device.create_event() as event,
        device.create_stream() as one,
        device.create_stream() as other,
        device.create_schedule(nexus.execution_settings.Capture) as first,
        device.create_schedule() as second,
        device.create_schedule() as third,
        device.create_schedule() as empty,
    ):
        pinned.fill(np.int32(7), "int32")
        for schedule in (first, second):
            for _ in range(2):
                command = schedule.create_command(scale)
                command.set_buffer(0, x)
                command.set_scalar(1, 2.0)
                command.finalize(32, 64)
        first.create_signal_command(event, 1)
        third.create_wait_command(event, 1)
        first.run(one, blocking=False)
        third.run(other)
        empty.run(one, blocking=False)
        empty.run(one)
        second.run(other, timing=True)
        second.get_property_flt("ElapsedTime")
        scale(x, 0.5, group_size=32, grid_size=64)
        return x.numpy().tolist()


def comes_back_to(before, device, layer):
    """Wait until objects that work used are released, which queries of its state trigger."""
    for _ in range(500):
        device.create_stream().close()
        if layer.live() == before:
            break
        time.sleep(0.01)
    assert layer.live() == before


@pytest.mark.parametrize("status", [RESOURCES, LOST])
@pytest.mark.parametrize("function", CALLS)
def test_each_call_of_the_driver_can_fail(device, source, layer, function, status):
    expected = everything(device, source)
    device.create_stream().close()
    before = layer.live()
    # The function is called fewer times, so the last attempts succeed.
    for nth in range(1, 40):
        calls = layer.calls(function)
        layer.fail_call(function, status, nth)
        said = ""
        try:
            done = everything(device, source)
        except nexus.NexusError as error:
            said = str(error)
        made = layer.calls(function) - calls
        layer.clear()
        assert f"error {status}" in said or function in QUERIES if said else done == expected
        if made < nth:
            break
    else:
        assert function in QUERIES
    assert everything(device, source) == expected
    comes_back_to(before, device, layer)


def test_statuses(device, source, layer):
    """OpenCL's numbers become the exceptions that they stand for."""
    for function in ("clCreateBuffer", "clSVMAlloc"):
        layer.fail_call(function, ALLOCATION, times=-1)
    with pytest.raises(nexus.OutOfMemoryError, match="allocating 4096 bytes"):
        device.create_buffer(4096)
    layer.clear()
    # One failure alone is none: memory may have been waiting for its release.
    for function in ("clCreateBuffer", "clSVMAlloc"):
        layer.fail_call(function, ALLOCATION)
    device.create_buffer(4096).close()
    layer.clear()
    layer.fail_call("clBuildProgram", -11)
    with pytest.raises(nexus.NexusError) as found:
        device.compile(source)
    assert found.value.status == nexus.status.NXS_BuildProgramFailure
    layer.clear()


def test_a_large_copy_can_fail(device, layer):
    function, data = "clEnqueueSVMMemcpy", np.arange(1 << 19, dtype=np.int32)
    read = np.zeros_like(data)
    with device.create_buffer(data.nbytes) as buffer:
        calls = layer.calls(function)
        buffer.copy_from(data)
        if layer.calls(function) == calls:
            pytest.skip("large copies are not this driver's work")
        for copy, array in ((buffer.copy_from, data), (buffer.copy, read)):
            layer.fail_call(function, RESOURCES)
            with pytest.raises(nexus.NexusError, match=f"{data.nbytes} bytes.*error {RESOURCES}"):
                copy(array)
            layer.clear()
        buffer.copy(read)
        np.testing.assert_array_equal(read, data)


@pytest.mark.parametrize("function", ["clBuildProgram", "clEnqueueNDRangeKernel", "clCreateKernel"])
def test_a_driver_throws(device, source, layer, function):
    expected = everything(device, source)
    before = layer.live()
    layer.fail_call(function, THROW)
    with pytest.raises(nexus.NexusError, match="a driver's exception"):
        everything(device, source)
    layer.clear()
    assert everything(device, source) == expected
    comes_back_to(before, device, layer)


def test_a_driver_prints(device, source, layer, capfd):
    expected = everything(device, source)
    layer.fail_call("clBuildProgram", PRINT)
    assert everything(device, source) == expected
    assert "the driver prints" in "".join(capfd.readouterr())


@pytest.mark.parametrize("function", [name for name in CALLS if name.startswith("clCreate")])
def test_nothing_is_made_but_success_is_reported(device, source, layer, function):
    """A NULL object with CL_SUCCESS is refused, and never used."""
    expected = everything(device, source)
    calls = layer.calls(function)
    layer.fail_call(function, 0, times=-1)
    try:
        found = everything(device, source)
    except nexus.NexusError:
        found = expected
    assert found == expected
    layer.clear()
    if layer.calls(function) == calls:
        pytest.skip(f"the plugin does not call {function} on this driver")
    assert everything(device, source) == expected


BUILD_LOG, KERNEL_NAMES, ARG_NAME, ARG_TYPE = 0x1183, 0x1168, 0x119A, 0x1198
DEVICE_NAME, EXTENSIONS, GROUP_SIZE, ITEM_SIZES = 0x102B, 0x1030, 0x11B0, 0x1005
LOCAL_SIZE, MAX_ALLOCATION, UNITS, CLOCK = 0x1023, 0x1010, 0x1002, 0x100C
QUERIED = [
    *(("clGetProgramBuildInfo", BUILD_LOG), ("clGetProgramInfo", KERNEL_NAMES)),
    *(("clGetKernelArgInfo", ARG_NAME), ("clGetKernelArgInfo", ARG_TYPE)),
    *(("clGetDeviceInfo", DEVICE_NAME), ("clGetDeviceInfo", EXTENSIONS)),
    *(("clGetKernelWorkGroupInfo", GROUP_SIZE), ("clGetDeviceInfo", ITEM_SIZES)),
    *(("clGetDeviceInfo", LOCAL_SIZE), ("clGetDeviceInfo", MAX_ALLOCATION)),
    *(("clGetDeviceInfo", UNITS), ("clGetDeviceInfo", CLOCK)),
]
NONSENSE = {
    "nothing": (b"", 0),
    "no_end": (b"abcdefgh", 8),
    "claims_less": (b"abc\0", 1),
    "claims_terabytes": (b"abc\0", 1 << 42),
    "claims_all": (b"abc\0", (1 << 64) - 1),
    "not_text": (b"\xff\xfe\x80abc\xc3\0", 8),
    "ones": (b"\xff" * 64, 64),
    "zeros": (bytes(64), 64),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize(("function", "which"), QUERIED)
def test_nonsense_answers(device, source, layer, function, which, answer):
    """Work succeeds or is refused; properties are whatever can be made of the answer."""
    expected = everything(device, source)
    before = layer.live()
    layer.answer(function, which, *answer)
    try:
        found = everything(device, source)
    except nexus.NexusError:
        found = expected
    assert found == expected
    device.properties()
    layer.clear()
    assert everything(device, source) == expected
    comes_back_to(before, device, layer)


@pytest.mark.parametrize("status", [-5, LOST, -14])
def test_work_that_fails(device, counting, layer, status):
    """The status of an event is negative when its command has failed."""
    event_status, answer = 0x11D3, np.int32(status).tobytes()
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):
        layer.answer("clGetEventInfo", event_status, answer)
        layer.fail_call("clWaitForEvents", status, times=-1)
        layer.fail_call("clFinish", status, times=-1)
        with pytest.raises(nexus.NexusError):
            schedule.run(stream)
        layer.clear()
        schedule.run(stream)


def test_slow_queues(device, counting, layer):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):
        layer.delay_queues(1_000_000)
        began = time.monotonic()
        schedule.run(stream, blocking=False)
        assert stream.get_property_str("Status") == "Running"
        assert schedule.get_property_str("Status") == "Running"
        stream.synchronize()
        assert time.monotonic() - began > 0.8
        assert schedule.get_property_str("Status") == "Complete"
        layer.clear()
        assert counter.numpy().tolist() == [1]


def test_ctrl_c_ends_a_wait_for_a_slow_queue(device, counting, layer):
    with (
        device.create_buffer((1,), dtype="int32") as counter,
        device.create_stream() as stream,
        counting(counter) as schedule,
    ):
        layer.delay_queues(3_000_000)
        schedule.run(stream, blocking=False)
        timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            stream.synchronize()
        assert stream.get_property_str("Status") == "Running"
        timer.join()
        layer.clear()
        stream.synchronize()
        assert counter.numpy().tolist() == [1]


def test_threads_on_a_slow_driver(device, library, layer):
    """Each thread sees its own results."""
    layer.delay_queues(500)
    wrong = []

    def work(number):
        with device.create_stream() as stream, library.get_kernel("scale") as scale:
            for _ in range(20):
                with device.create_buffer(np.full(32, number, np.float32)) as x:
                    scale(x, 2.0, group_size=8, grid_size=32, stream=stream)
                    stream.synchronize()
                    if (x.numpy() != 2 * number).any():
                        wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
