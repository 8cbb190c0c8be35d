"""The Python API on a plugin as they were published before the ABI had versions."""

from __future__ import annotations

import pytest
from support.field_plugin import SWITCHES

WORKING = [(), *((switch,) for switch in SWITCHES if switch != "NO_SCALAR"), ("EVENTS", "PER_ITEM")]

# What every program does.
MAIN_JOB = """
n = 1000
a, b, c = floats(*range(n)), floats(*[1] * n), device.create_buffer((n,), dtype="float32")
add, scale = kernel("add"), kernel("scale")
for _ in range(300):
    add(a, b, c, n, group_size=10, grid_size=n)
assert (c.numpy() == np.arange(n) + 1).all()
schedule = device.create_schedule()
command = schedule.create_command(scale)
command.set_arg(0, c), command.set_arg(1, 2.0), command.set_arg(2, n)
command.finalize(10, n)
stream = device.create_stream()
for _ in range(2):
    schedule.run(stream)
assert (c.numpy() == 4 * (np.arange(n) + 1)).all()
command.set_arg(1, 0.5)
refused(nexus.NexusError, "not finalized", schedule.run)
command.finalize(10, n)
schedule.run(timing=True)
assert (c.numpy() == 2 * (np.arange(n) + 1)).all()
host = np.empty(n, np.float32)
c.copy(host)
assert (host == 2 * (np.arange(n) + 1)).all()
device.load_library(KERNELS).get_kernel("add" + SUFFIX)
"""


@pytest.mark.parametrize("switches", WORKING, ids="-".join)
def test_the_main_job(run_field, field_kernels, switches):
    job = MAIN_JOB.replace("KERNELS", repr(str(field_kernels)))
    run_field(job.replace("SUFFIX", repr("_item" if "PER_ITEM" in switches else "")), *switches)


def test_scalars_without_the_function_for_them(run_field):
    run_field(
        "refused(nexus.NotSupportedError, 'nxsSetCommandScalar', kernel('fill'), "
        "device.create_buffer(16), 5, 4, group_size=4, grid_size=4)",
        "NO_SCALAR",
    )


SCALARS = """
import ctypes
x = device.create_buffer(np.zeros(2, np.uint64))
take = device.load_library(TAKES).get_kernel("take")
def taken(value, kind):
    schedule = device.create_schedule()
    command = schedule.create_command(take)
    command.set_arg(0, x)
    command.set_scalar(1, value, kind, name="value")
    command.finalize(1, 1)
    del command
    garbage = [bytearray(64) for _ in range(1000)]
    schedule.run()
    return x.numpy()[0]
for kind, value in (("int8", -3), ("uint8", 200), ("int16", -300), ("uint16", 60000),
                    ("int32", -70000), ("uint32", 4000000000), ("int64", -(1 << 40)),
                    ("uint64", (1 << 63) + 5), ("bool", True), ("float32", 1.5),
                    ("float64", -2.25), ("float16", 0.5)):
    dtype = np.dtype(kind)
    raw = np.array(value, dtype).tobytes()
    got = int(taken(value, kind)).to_bytes(8, sys.byteorder)[: dtype.itemsize]
    assert got == raw, (kind, got, raw)
"""


def test_scalars_of_every_type_arrive(run_field, build, tmp_path):
    library = build(
        "#include <string.h>\n"
        '__attribute__((visibility("default"))) void take(unsigned long long *to,'
        " const void *value, int *size, int *id, void *shared, void *barrier) {"
        " memcpy(to, value, 8); }",
        "takes",
    )
    run_field(SCALARS.replace("TAKES", repr(str(library))))


REFUSALS = """
import shutil
c, schedule = device.create_buffer(16), device.create_schedule()
fill = kernel("fill")
command = schedule.create_command(fill)
refused(nexus.NexusError, "not finalized", schedule.run)
refused(nexus.NexusError, "out of range", command.set_arg, 100000, 1)
command.set_arg(0, c), command.set_arg(2, 4)
command.finalize(4, 4)
refused(nexus.NexusError, "argument 1 is not set", schedule.run)
command.set_arg(1, 7)
refused(nexus.NexusError, "groups of one dimension", command.finalize, (2, 2), (2, 2))
refused((nexus.NexusError, ValueError), "0", command.finalize, 0, 4)
command.finalize(4, 4)
schedule.run()
assert c.numpy().view(np.int32).tolist() == [7] * 4
refused(nexus.NotSupportedError, "nxsCreateEvent", schedule.run, blocking=False)
refused(nexus.NotSupportedError, "nxsCreateEvent", device.create_event)
refused(nexus.LibraryError, "cannot be read", device.load_library, "/nowhere/kernels.so")
refused(nexus.LibraryError, "not a regular file", device.load_library, "/")
refused(nexus.LibraryError, "no kernel 'fll'", kernel, "fll")
refused(nexus.PropertyNotFoundError, "", schedule.get_property_int, "Size")
assert command.properties() == {} and device.create_stream().properties() == {}
assert device.get_property_int("Size") == os.cpu_count()
live = [device.create_buffer(64) for _ in range(250)]
def nine(): return [device.create_buffer(1) for _ in range(9)]
refused(nexus.NexusError, "256 buffers are alive", nine)
del live[:]
more = [device.create_buffer(8) for _ in range(50)]
big = kernel("fill")
many = device.create_schedule().create_command(big)
for index in range(32):
    many.set_arg(index, c)
many.finalize(1, 1)
"""


def test_what_such_plugins_crash_for_is_refused(run_field):
    run_field(REFUSALS)


def test_spare_schedules_make_room(run_field):
    text = """
x = device.create_buffer((4,), dtype="int32")
for _ in range(3):
    kernel("fill")(x, 5, 4, group_size=4, grid_size=4)
live = []
for _ in range(256):
    schedule = device.create_schedule()
    live.append(schedule.create_command(kernels))
schedule = device.create_schedule()
refused(nexus.NexusError, "256 schedules are alive", schedule.create_command, kernels)
"""
    run_field("kernels = kernel('fill')\n" + text)


MEMORY = """
first = device.create_buffer(np.full(100, 7, np.uint8))
first.close()
assert not device.create_buffer(100).numpy().any()
x = device.create_buffer((6,), dtype="float64")
x.fill(2.5)
assert (x.numpy() == 2.5).all()
x.copy_from(np.arange(6.0))
assert x.numpy().tolist() == [0, 1, 2, 3, 4, 5]
y = device.create_buffer((3,), dtype="uint64")
y.fill(1 << 40)
assert (y.numpy() == 1 << 40).all()
# A buffer, a library and a kernel that are closed stay for the commands that use them.
schedule, fill = device.create_schedule(), kernel("fill")
kept = device.create_buffer((4,), dtype="int32")
command = schedule.create_command(fill)
command.set_arg(0, kept), command.set_arg(1, 9), command.set_arg(2, 4)
command.finalize(4, 4)
kept.close()
fill._parent.close()
others = [device.create_buffer(16) for _ in range(20)]
schedule.run()
assert not any(other.numpy().any() for other in others)
schedule.close()
schedule.close()
"""


def test_memory(run_field):
    run_field(MEMORY)
    run_field(MEMORY, "NO_FILL")


def test_a_copy_whose_direction_is_ignored(run_field):
    text = """
x, host = floats(1, 2, 3, 4), np.full(4, 9, np.float32)
refused(nexus.NexusError, "ignores the direction", x.copy_from, host)
assert (host == 9).all()
assert x.numpy().tolist() == [1, 2, 3, 4]
"""
    run_field(text, "COPY_READS")


def test_runs_of_a_forked_child(run_field):
    text = """
x = device.create_buffer((4,), dtype="int32")
fill = kernel("fill")
fill(x, 5, 4, group_size=4, grid_size=4)
child = os.fork()
if child == 0:
    try:
        refused(nexus.DeviceNotAvailableError, "forked", fill, x, 5, 4, group_size=4, grid_size=4)
        os._exit(0)
    finally:
        os._exit(1)
assert os.waitpid(child, 0)[1] == 0
"""
    run_field(text)


def test_threads(run_field):
    text = """
failures = []
def work(value):
    try:
        fill = kernel("fill")
        for _ in range(50):
            x = device.create_buffer((64,), dtype="int32")
            fill(x, value, 64, group_size=8, grid_size=64)
            assert (x.numpy() == value).all()
    except BaseException as error:
        failures.append(error)
threads = [threading.Thread(target=work, args=(value,)) for value in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failures, failures
"""
    run_field(text)


def test_exit_with_live_objects(run_field):
    text = """
x, schedule, stream = device.create_buffer(64), device.create_schedule(), device.create_stream()
command = schedule.create_command(kernel("fill"))
command.set_arg(0, x)
print("end")
"""
    assert run_field(text) == "end\n"


def test_runs_without_blocking_where_there_are_events(run_field):
    text = """
x, event = device.create_buffer((4,), dtype="int32"), device.create_event()
schedule, stream = device.create_schedule(), device.create_stream()
command = schedule.create_command(kernel("fill"))
command.set_arg(0, x), command.set_arg(1, 3), command.set_arg(2, 4)
command.finalize(4, 4)
schedule.create_signal_command(event, 1, per_run=False)
schedule.run(stream, blocking=False)
event.wait(1)
assert x.numpy().tolist() == [3] * 4
event.close()
"""
    run_field(text, "EVENTS")
