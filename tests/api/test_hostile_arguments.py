"""Hostile arguments, for every public method, and random calls on four threads."""

from __future__ import annotations

import inspect
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from support.hostile import VALUES, fault_of
from support.paths import TESTS

import nexus

SOURCE = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(k, NXS_OUT(float, x), NXS_SCALAR(int, v)) {
  NXS_ITEMS if (NXS_GLOBAL_ID(0) < 4) x[NXS_GLOBAL_ID(0)] = v;
}"""
# Calls that are right, of which one argument after the other becomes hostile.
CALLS = {
    "device.create_buffer": lambda o: (4, "f4", True, 0),
    "device.load_library": lambda o: (SOURCE.encode(), None),
    "device.compile": lambda o: (SOURCE,),
    "device.copy_buffer": lambda o: (o["buffer"],),
    "device.same_device_as": lambda o: (o["device"],),
    "device.create_stream": lambda o: (0,),
    "device.create_schedule": lambda o: (0,),
    "device.create_event": lambda o: (0,),
    "device.get_property_int": lambda o: ("Size",),
    "device.get_property_str_vec": lambda o: (["Name"],),
    "runtime.get_device": lambda o: (0,),
    "runtimes.get": lambda o: (0,),
    "library.get_kernel": lambda o: ("k",),
    "kernel.__call__": lambda o: (o["buffer"], 1, 4, 4, 0, None, True),
    "buffer.view": lambda o: ("int32",),
    "buffer.fill": lambda o: (1.0, "f4"),
    "buffer.copy": lambda o: (np.empty(4, np.float32),),
    "buffer.copy_from": lambda o: (np.empty(4, np.float32),),
    "buffer.__dlpack__": lambda o: (None, None, None),
    "schedule.create_command": lambda o: (o["kernel"], (), 4, 4, 0),
    "schedule.create_signal_command": lambda o: (o["event"], 1, 0, None),
    "schedule.create_wait_command": lambda o: (o["event"], 1, 0, None),
    "schedule.create_signal": lambda o: (o["event"], 1, 0, None),
    "schedule.create_wait": lambda o: (o["event"], 1, 0, None),
    "schedule.run": lambda o: (None, True, False),
    "command.set_buffer": lambda o: (0, o["buffer"], "x"),
    "command.set_scalar": lambda o: (1, 3, "i4", "factor"),
    "command.set_arg": lambda o: (1, 3, "factor", "i4"),
    "command.set_const": lambda o: (1, 3, "factor", "i4"),
    "command.finalize": lambda o: (4, 4, 0),
    "event.signal": lambda o: (9,),
    "event.wait": lambda o: (1, 0),
    "nexus.get_runtime": lambda o: ("cpu",),
    "nexus.create_buffer": lambda o: (4, "f4", True, 0),
    "nexus.lookup_device_info": lambda o: ("sm_70",),
    "info.get_str": lambda o: ("Name",),
    "info.get_int_vec": lambda o: (["Name", 0],),
}
KEYWORDS = {
    "kernel.__call__": ["group_size", "grid_size", "shared_memory_size", "stream", "blocking"],
    "buffer.__dlpack__": ["max_version", "dl_device", "copy"],
}


@pytest.fixture
def objects(cpu):
    event = cpu.create_event()
    event.signal(3)
    found = {
        "device": cpu, "runtime": cpu.runtime, "runtimes": nexus.get_runtimes(), "nexus": nexus,
        "library": cpu.compile(SOURCE), "buffer": cpu.create_buffer(4, dtype="f4"),
        "event": event, "stream": cpu.create_stream(), "schedule": cpu.create_schedule(),
        "info": nexus.lookup_device_info("sm_70"),
    }  # fmt: skip
    found["kernel"] = found["library"].get_kernel("k")
    found["command"] = cpu.create_schedule().create_command(found["kernel"])
    return found


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore")
def test_every_argument(objects, name):
    owner, method = name.split(".")
    function, right = getattr(objects[owner], method), CALLS[name](objects)
    keywords = KEYWORDS.get(name, [])
    plain = len(right) - len(keywords)
    faults = []
    for place in range(len(right)):
        for value in [*VALUES, objects["kernel"], objects["buffer"], objects["event"], function]:
            if name == "event.wait" and place == 1 and value is None:
                continue  # Without a limit it waits for ever.
            wrong = (*right[:place], value, *right[place + 1 :])
            if name == "event.wait" and place == 0:
                wrong = (value, 0)
            try:
                function(*wrong[:plain], **dict(zip(keywords, wrong[plain:], strict=True)))
            except Exception as error:
                if fault := fault_of(error):
                    faults.append(f"{name}, argument {place} is {value!r}: {fault}")
    assert not faults, "\n".join(faults)
    # All goes on.
    objects["kernel"](objects["buffer"], 7, group_size=4, grid_size=4)
    assert objects["buffer"].numpy().tolist() == [7.0] * 4


@pytest.mark.parametrize("owner", ["device", "library", "kernel", "buffer", "schedule", "event"])
def test_the_list_of_calls_is_complete(objects, owner):
    """A method that is added is added to the list of calls, or has no arguments of its own."""
    internal = {"pin", "unpin", "readable_by"}
    for name, method in inspect.getmembers(type(objects[owner]), inspect.isfunction):
        takes = list(inspect.signature(method).parameters)[1:]
        if takes and not name.startswith(("_", "get_property")) and name not in internal:
            assert f"{owner}.{name}" in CALLS


UNKNOWN = 1 << 30


@pytest.mark.parametrize(
    "use",
    [
        lambda o: o["device"].create_buffer(4, settings=UNKNOWN),
        lambda o: o["device"].create_buffer((4,), "f4", settings=UNKNOWN),
        lambda o: o["device"].create_buffer(np.ones(3), settings=UNKNOWN),
        lambda o: o["device"].create_buffer(np.ones(3), copy=False, settings=UNKNOWN),
        lambda o: o["device"].create_buffer([1], "f4", settings=UNKNOWN),
        lambda o: o["device"].create_buffer(o["buffer"], settings=UNKNOWN),
        lambda o: nexus.create_buffer(4, settings=UNKNOWN),
        lambda o: o["device"].create_stream(UNKNOWN),
        lambda o: o["device"].create_schedule(UNKNOWN),
        lambda o: o["device"].create_event(UNKNOWN),
        lambda o: o["schedule"].create_command(o["kernel"], UNKNOWN),
        lambda o: o["schedule"].create_signal_command(o["event"], 1, UNKNOWN),
        lambda o: o["schedule"].create_wait_command(o["event"], 1, UNKNOWN),
    ],
)
def test_settings_reach_the_plugin(objects, use):
    """Which refuses flags that it does not know."""
    with pytest.raises(nexus.NexusError) as caught:
        use(objects)
    assert caught.value.status is nexus.status.NXS_InvalidValue


def test_sources_in_bytes(cpu):
    padded = SOURCE.ljust(-len(SOURCE) % 4 + len(SOURCE)).encode()
    words, spread = memoryview(padded).cast("I"), bytearray(2 * len(padded))
    spread[::2] = padded
    for source in (padded, bytearray(padded), words, memoryview(spread)[::2]):
        assert cpu.compile(source).get_kernel("k").argument_names == ("x", "v")
    with pytest.raises(TypeError, match="got NoneType"):
        cpu.compile(None)
    with pytest.raises(ValueError, match="half of a character"):
        cpu.compile("\udc80")


@pytest.mark.fuzz
def test_random_calls_on_four_threads(plugin_folder):
    """NEXUS_FUZZ_SECONDS=600 runs it for longer."""
    seconds = float(os.environ.get("NEXUS_FUZZ_SECONDS", "10"))
    seed = int(os.environ.get("NEXUS_FUZZ_SEED", random.randrange(2**32)))
    found = subprocess.run(
        [sys.executable, "-m", "support.random_calls", str(seconds), str(seed)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        cwd=plugin_folder,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    assert found.returncode == 0, f"seed {seed}\n{found.stderr[-6000:]}"
    assert int(found.stdout.split()[1]) > 100
