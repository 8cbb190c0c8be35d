"""What the host's streams and threads do where several calls meet."""

import gc
import random
import sys
import threading

import numpy as np
import pytest

import nexus

KERNELS = """
#define KERNEL __attribute__((visibility("default"))) void
KERNEL store(int *out, const int *value, int *size, int *id, void *shared, void *barrier) {
  *out = *value;
}
"""


def wait_command(device, event, value=1):
    schedule = device.create_schedule()
    schedule.create_wait_command(event, value)
    return schedule


def signal_command(device, event, value=1):
    schedule = device.create_schedule()
    schedule.create_signal_command(event, value, per_run=False)
    return schedule


def test_work_that_is_submitted_while_another_thread_runs_alone(cpu):
    started, gate, done = (cpu.create_event() for _ in range(3))
    stream, first = cpu.create_stream(), cpu.create_schedule()
    first.create_signal_command(started)
    first.create_wait_command(gate)
    alone = threading.Thread(target=first.run, args=(stream,))
    alone.start()
    started.wait(1, timeout=30)
    signal_command(cpu, done).run(stream, blocking=False)
    assert done.value == 0
    gate.signal()
    done.wait(1, timeout=30)
    alone.join()


def test_a_run_that_is_not_timed_has_no_time_of_an_earlier_one(cpu):
    schedule = signal_command(cpu, cpu.create_event())
    schedule.run(timing=True)
    assert schedule.get_property_flt("ElapsedTime") >= 0
    schedule.run()
    with pytest.raises(nexus.NexusError):
        schedule.get_property_flt("ElapsedTime")


def test_the_first_of_several_failures_is_reported(cpu, tmp_path):
    source = tmp_path / "fails.cpp"
    source.write_text(
        "#include <nexus-api/nxs_kernel.h>\n#include <stdexcept>\n#include <string>\n"
        "NXS_KERNEL(fails, NXS_SCALAR(int, n)) {"
        ' throw std::runtime_error("failure " + std::to_string(n)); }\n'
    )
    kernel, stream = cpu.load_library(source).get_kernel("fails"), cpu.create_stream()
    for number in (1, 2, 3):
        kernel(number, group_size=1, grid_size=1, stream=stream, blocking=False)
    with pytest.raises(nexus.NexusError, match="failure 1"):
        stream.synchronize()
    stream.synchronize()


def test_a_scalar_replaces_a_buffer(cpu):
    """The kernel declares nothing, so that either is possible."""
    kernel = cpu.compile(KERNELS).get_kernel("store")
    out, value = cpu.create_buffer(4), cpu.create_buffer(np.array([7], np.int32))
    schedule = cpu.create_schedule()
    command = schedule.create_command(kernel)
    command.set_buffer(0, out)
    command.set_buffer(1, value)
    command.finalize(1, 1)
    schedule.run()
    assert out.numpy().view(np.int32).tolist() == [7]
    gc.collect()
    live = cpu.runtime.get_property_int_vec("LiveObjects")[0]
    command.set_scalar(1, 9, "int32")
    command.finalize(1, 1)
    schedule.run()
    assert out.numpy().view(np.int32).tolist() == [9]
    assert command.get_property_int_vec("Arguments")[1] == -1
    del value
    assert cpu.runtime.get_property_int_vec("LiveObjects")[0] == live - 1


def test_runs_of_one_schedule_that_are_in_flight_keep_their_own_state(cpu):
    kernel, gate, stream = cpu.compile(KERNELS).get_kernel("store"), cpu.create_event(), None
    outs = [cpu.create_buffer(4) for _ in range(4)]
    stream, schedule = cpu.create_stream(), cpu.create_schedule()
    schedule.create_wait_command(gate, 1, per_run=True)
    command = schedule.create_command(kernel)
    for number, out in enumerate(outs):
        command.set_buffer(0, out)
        command.set_scalar(1, number + 10, "int32")
        command.finalize(1, 1)
        schedule.run(stream, blocking=False)
    assert schedule.get_property_int("Value") == 4
    for number in range(4):
        # The run number counts: each waits for its own value.
        gate.signal(number + 1)
        assert outs[number].numpy().view(np.int32).tolist() == [number + 10]
        assert schedule.get_property_int("Value") <= 4 - number
    stream.synchronize()
    assert schedule.get_property_int("Value") == 0


@pytest.mark.parametrize(("group", "groups"), [((1024, 1, 1), (1 << 21, 1, 1))])
def test_a_dimension_is_limited_in_items(cpu, group, groups):
    command = cpu.create_schedule().create_command(cpu.compile(KERNELS).get_kernel("store"))
    grid = tuple(g * n for g, n in zip(group, groups, strict=True))
    with pytest.raises(nexus.NexusError, match="items along dimension 0") as caught:
        command.finalize(group, grid)
    assert caught.value.status is nexus.status.NXS_InvalidGlobalWorkSize
    command.finalize(group, (grid[0] - group[0], 1, 1))


MASKS = """
import numpy, signal, time
from pathlib import Path

def masks():
    found = {}
    for task in Path("/proc/self/task").iterdir():
        fields = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines())
        found[task.name] = int(fields["SigBlk"], 16)
    return found

before = masks()
import nexus
cpu = nexus.get_runtime("cpu").get_device(0)
kernel = cpu.compile(TEXT).get_kernel("store")
out = cpu.create_buffer(1024)
stream = cpu.create_stream()
kernel(out, out, group_size=1, grid_size=1024, stream=stream, blocking=False)
stream.synchronize()
# A thread that has just been made blocks all signals until it begins.
while True:
    new = {task: mask for task, mask in masks().items() if task not in before}
    if len(new) == 3 and not any(mask >> (signal.SIGSEGV - 1) & 1 for mask in new.values()):
        break
    time.sleep(0.01)
for mask in new.values():
    print(*(number.name for number in signal.Signals if mask >> (number - 1) & 1))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the signal masks of Linux")
def test_threads_of_the_plugin_leave_the_programs_signals_to_the_program(run_python):
    program = MASKS.replace("TEXT", repr(KERNELS))
    lines = run_python(program, NEXUS_CPU_THREADS="3").stdout.splitlines()
    # That of the stream, and two of the pool.
    assert len(lines) == 3
    for line in lines:
        blocked = set(line.split())
        assert {"SIGINT", "SIGTERM", "SIGALRM", "SIGCHLD", "SIGUSR1"} <= blocked
        assert not blocked & {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP"}


STEP = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(step, NXS_OUT(nxs_ulong, x), NXS_SCALAR(nxs_ulong, digit)) {
  NXS_ITEMS { x[0] = x[0] * 1000003 + digit; }
}
"""


@pytest.mark.parametrize("wait", ["run", "copy", "synchronize"])
def test_who_waits_keeps_the_order_of_the_runs(cpu, wait):
    kernel, stream = cpu.compile(STEP).get_kernel("step"), cpu.create_stream()
    x, expected = cpu.create_buffer(np.zeros(1, np.uint64)), 0
    steps = []
    for digit in range(1, 5):
        schedule = cpu.create_schedule()
        command = schedule.create_command(kernel)
        command.set_arg(0, x)
        command.set_arg(1, digit)
        command.finalize(1, 1)
        steps.append(schedule)
    rng = random.Random(1)
    for _ in range(2000):
        # The stream's thread has begun none, one or all of these when the wait begins.
        for digit in rng.choices(range(1, 5), k=rng.randrange(4)):
            steps[digit - 1].run(stream, blocking=False)
            expected = (expected * 1000003 + digit) % 2**64
        if wait == "run":
            steps[0].run(stream)
            expected = (expected * 1000003 + 1) % 2**64
        elif wait == "synchronize":
            stream.synchronize()
        assert x.numpy()[0] == expected
