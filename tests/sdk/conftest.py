"""The toy device: a plugin on the SDK's deferred stream, which fails on request."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from support.compilation import SUFFIX
from support.once import made_once
from support.paths import ROOT

TOY = f"libtoy_plugin{SUFFIX}"

PREAMBLE = """
import ctypes, gc, threading, time
import numpy as np
import nexus
from nexus import status

toy = ctypes.CDLL({plugin!r})
toy._toy_get.restype = ctypes.c_long
def put(name, value): toy._toy_set(name.encode(), ctypes.c_long(value))
def get(name): return toy._toy_get(name.encode())

runtime = nexus.get_runtime("toy")
device = runtime.get_device({number})
library = device.compile("toy")

def buffer(value=0):
    return device.create_buffer(np.full(4, value, np.int32))

def add(schedule, kernel, x):
    command = schedule.create_command(library.get_kernel(kernel))
    command.set_buffer(0, x)
    command.finalize(4, 4)
    return command

def schedule_of(*kernels, x):
    schedule = device.create_schedule()
    for kernel in kernels:
        add(schedule, kernel, x)
    return schedule

def fails(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except nexus.NexusError as error:
        return error
    raise AssertionError("it does not fail")

WAIT_FAILED = status.NXS_ExecStatusErrorForEventsInWaitList
"""
# No object is left, neither in the plugin nor on the device.
EPILOGUE = """
name = object = None
for name, object in list(globals().items()):
    if isinstance(object, (nexus.Event, nexus.Stream, nexus.Schedule, nexus.Command, nexus.Kernel)):
        object.close()
    elif isinstance(object, (nexus.Buffer, nexus.Library)):
        object.close()
error = None
gc.collect()
for _ in range(2000):
    # Both release objects that were kept for work in flight.
    device.create_stream().close()
    device.create_schedule().run()
    if get("buffers") == 0 and get("queues") <= QUEUES:
        break
    time.sleep(0.002)
assert get("buffers") == 0, get("buffers")
assert get("queues") <= QUEUES, get("queues")
live = runtime.get_property_int_vec("LiveObjects")
assert not any(live), live
print("done")
"""


def compile_toy(folder: Path, *flags: str) -> Path:
    """Compile the toy plugin."""
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    command = [*compiler, "-std=c++20", "-O0", "-Wall", "-Wextra", "-Werror", "-shared"]
    command += ["-fPIC", "-pthread", "-fvisibility=hidden"]
    command += [f"-I{ROOT / part}" for part in ("include", "sdk")]
    target = folder / TOY
    source = ROOT / "tests" / "sdk" / "toy_plugin.cpp"
    subprocess.run([*command, *flags, str(source), "-o", str(target)], check=True)
    return target


@pytest.fixture(scope="session")
def toy_plugin(request: pytest.FixtureRequest) -> Path:
    """Compile the toy plugin, with the sanitizers that NEXUS_SANITIZE names."""
    sanitizers = os.environ.get("NEXUS_SANITIZE")
    flags = [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all"] if sanitizers else []
    folder = made_once(request, "toy", lambda folder: compile_toy(folder, *flags))
    return folder / TOY


def run_toy(plugin: Path, number: int, text: str, left: bool, **environment: str) -> None:
    """Run a program with the toy device in a process of its own, which must end in time."""
    # The default stream stays.
    end = "print('done')" if left else "QUEUES = 2\n" + EPILOGUE
    program = PREAMBLE.format(plugin=str(plugin), number=number) + textwrap.dedent(text) + end
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=plugin.parent,
        env={**os.environ, "NEXUS_PLUGIN_PATH": str(plugin), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.endswith("done\n"), found.stdout
    assert "Error" not in found.stderr, found.stderr


@pytest.fixture(params=[0, 1], ids=["polled", "calls_back"])
def toy(request: pytest.FixtureRequest, toy_plugin: Path) -> Callable[..., None]:
    """Return a function that runs a program with the toy device, for each kind of completion."""

    def run(text: str, left: bool = False) -> None:
        run_toy(toy_plugin, request.param, text, left)

    return run


@pytest.fixture
def polled_toy(toy_plugin: Path) -> Callable[[str], None]:
    """Return a function that runs a program with the toy device that is polled."""
    return lambda text: run_toy(toy_plugin, 0, text, False)
