"""A device that its work has broken: errors say so. Each test has its own process."""

import textwrap

import pytest
from support.paths import ROOT

PREAMBLE = """
import sys
sys.path.append(ROOT)
import numpy as np
import nexus
device = nexus.get_runtime("cuda").get_device(0)
library = device.compile(open(SOURCE).read())
x = device.create_buffer(np.zeros(64, np.int32))
schedule = device.create_schedule()
command = schedule.create_command(library.get_kernel(NAME))
command.set_buffer(0, x)
command.finalize(1, 1)
def fails(call):
    try:
        call()
    except nexus.NexusError as error:
        return error
    raise AssertionError("it does not fail")
"""
AFTERWARDS = """
assert error.status == nexus.status.NXS_DeviceNotAvailable, error
assert TEXT in str(error), error
for call in (x.numpy, lambda: device.create_buffer(64), schedule.run, device.create_stream,
             lambda: x.fill(1), lambda: device.compile("__device__ int x;")):
    again = fails(call)
    assert again.status == nexus.status.NXS_DeviceNotAvailable, again
assert device.name
schedule.close()
x.close()
library.close()
print("done")
"""


@pytest.fixture
def after_the_end(run_python):
    """Run a program whose device breaks down during it."""

    def run(middle, name, text):
        names = {
            "ROOT": str(ROOT),
            "SOURCE": str(ROOT / "tests" / "gpu" / "kernels.cu"),
            "NAME": name,
            "TEXT": text,
        }
        head = "".join(f"{key} = {value!r}\n" for key, value in names.items())
        program = head + PREAMBLE + textwrap.dedent(middle) + AFTERWARDS
        found = run_python(program)
        assert found.stdout == "done\n"
        assert "Error" not in found.stderr

    return run


def test_illegal_address(after_the_end):
    after_the_end("error = fails(schedule.run)", "stray", "CUDA_ERROR_ILLEGAL_ADDRESS")


def test_illegal_address_within_a_graph(after_the_end):
    middle = """
    schedule = device.create_schedule(nexus.execution_settings.Capture)
    command = schedule.create_command(library.get_kernel(NAME))
    command.set_buffer(0, x)
    command.finalize(1, 1)
    error = fails(schedule.run)
    """
    after_the_end(middle, "stray", "CUDA_ERROR_ILLEGAL_ADDRESS")


def test_failure_without_blocking(after_the_end):
    middle = """
    stream = device.create_stream()
    schedule.run(stream, blocking=False)
    error = fails(stream.synchronize)
    assert schedule.get_property_str("Status").startswith("Error"), schedule.properties()
    """
    after_the_end(middle, "stray", "CUDA_ERROR_ILLEGAL_ADDRESS")


def test_failure_of_what_signals_an_event(after_the_end):
    middle = """
    event = device.create_event()
    schedule.create_signal_command(event, 1)
    schedule.run(blocking=False)
    error = fails(lambda: event.wait(1, timeout=30))
    assert error.status == nexus.status.NXS_ExecStatusErrorForEventsInWaitList, error
    assert "CUDA_ERROR_ILLEGAL_ADDRESS" in str(error), error
    assert event.get_property_str("Status").startswith("Error: "), event.properties()
    error = fails(schedule.run)
    """
    after_the_end(middle, "stray", "CUDA_ERROR_ILLEGAL_ADDRESS")


@pytest.mark.standin
def test_kernel_that_fails(after_the_end):
    middle = """
    from standins.cuda import Standin
    Standin().fail_kernel(719)
    error = fails(schedule.run)
    """
    after_the_end(middle, "increment", "LAUNCH_FAILED")


@pytest.mark.standin
@pytest.mark.parametrize(
    ("result", "text"),
    [(214, "ECC_UNCORRECTABLE"), (226, "CONTAINED"), (709, "CONTEXT_IS_DESTROYED")],
)
def test_lost_context(after_the_end, result, text):
    middle = f"""
    from standins.cuda import Standin
    schedule.run()
    Standin().lose_context(0, {result})
    error = fails(schedule.run)
    """
    after_the_end(middle, "increment", text)


@pytest.mark.standin
def test_driver_that_has_shut_down(after_the_end):
    """As at the exit of a process, where objects may be closed after the driver has gone."""
    middle = """
    from standins.cuda import Standin
    stream, event = device.create_stream(), device.create_event()
    schedule.create_signal_command(event, 1)
    schedule.run(stream, blocking=False)
    Standin().fail_call("cuCtxGetCurrent", 4, times=1_000_000)
    error = fails(schedule.run)
    """
    after_the_end(middle, "increment", "CUDA_ERROR_DEINITIALIZED")


@pytest.mark.standin
def test_lost_context_within_a_graph(after_the_end):
    middle = """
    from standins.cuda import Standin
    schedule = device.create_schedule(nexus.execution_settings.Capture)
    command = schedule.create_command(library.get_kernel(NAME))
    command.set_buffer(0, x)
    command.finalize(1, 1)
    schedule.run()
    Standin().lose_context(0, 719)
    error = fails(schedule.run)
    """
    after_the_end(middle, "increment", "LAUNCH_FAILED")
