"""Objects in any order of creation, use and release."""

from __future__ import annotations

import gc
import os
import sys

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from support.compilation import KERNELS

import nexus

ITEMS = 16


class Lifecycle(RuleBasedStateMachine):
    """Model: what each open buffer holds, which objects are closed, what each command does."""

    runtime = "cpu"
    buffers = Bundle("buffers")
    schedules = Bundle("schedules")
    kernels = Bundle("kernels")
    events = Bundle("events")
    streams = Bundle("streams")

    @initialize()
    def start(self):
        self.device = nexus.get_runtime(self.runtime).get_device(0)
        if self.runtime == "cpu":
            self.library = self.device.compile(KERNELS)
        else:
            self.library = self.device.load_library(b"SCRATCH1")
        self.contents = {}
        self.commands = {}
        self.reached = {}

    @rule(target=buffers, value=st.integers(-8, 8))
    def create_buffer(self, value):
        buffer = self.device.create_buffer(np.full(ITEMS, value, np.float32))
        self.contents[buffer] = [float(value)]
        return buffer

    @rule(target=kernels)
    def get_kernel(self):
        return self.library.get_kernel("scale")

    @rule(target=schedules)
    def create_schedule(self):
        schedule = self.device.create_schedule()
        self.commands[schedule] = []
        return schedule

    @rule(target=events)
    def create_event(self):
        event = self.device.create_event()
        self.reached[event] = [0]
        return event

    @rule(target=streams)
    def create_stream(self):
        return self.device.create_stream()

    @rule(schedule=schedules, kernel=kernels, buffer=buffers, factor=st.sampled_from([-1, 2, 0.5]))
    def add_command(self, schedule, kernel, buffer, factor):
        if schedule.closed or kernel.closed:
            with pytest.raises(nexus.InvalidHandleError):
                schedule.create_command(kernel)
            return
        if buffer.closed:
            probe = self.device.create_schedule().create_command(kernel)
            with pytest.raises(nexus.InvalidHandleError):
                probe.set_buffer(0, buffer)
            return
        command = schedule.create_command(kernel)
        command.set_buffer(0, buffer)
        command.set_scalar(1, factor)
        command.set_scalar(2, ITEMS)
        command.finalize(ITEMS, ITEMS)
        self.commands[schedule].append(("scale", self.contents[buffer], factor))

    @rule(schedule=schedules, event=events, value=st.integers(1, 5))
    def add_signal(self, schedule, event, value):
        if schedule.closed or event.closed:
            with pytest.raises(nexus.InvalidHandleError):
                schedule.create_signal_command(event, value, per_run=False)
            return
        schedule.create_signal_command(event, value, per_run=False)
        self.commands[schedule].append(("signal", self.reached[event], value))

    @rule(schedule=schedules, stream=st.one_of(st.none(), streams), blocking=st.booleans())
    def run(self, schedule, stream, blocking):
        if schedule.closed or (stream is not None and stream.closed):
            with pytest.raises(nexus.InvalidHandleError):
                schedule.run(stream)
            return
        schedule.run(stream, blocking=blocking)
        if not blocking:
            self.device.create_schedule().run(stream)
        for kind, target, value in self.commands[schedule]:
            if kind == "scale":
                target[0] = float(np.float32(target[0]) * np.float32(value))
            else:
                target[0] = max(target[0], value)

    @rule(event=events, value=st.integers(1, 5))
    def signal(self, event, value):
        if event.closed:
            with pytest.raises(nexus.InvalidHandleError):
                event.signal(value)
            return
        event.signal(value)
        self.reached[event][0] = max(self.reached[event][0], value)

    @rule(thing=st.one_of(buffers, schedules, kernels, events, streams))
    def close(self, thing):
        thing.close()
        assert thing.closed

    @rule(buffer=buffers, use=st.sampled_from(["copy", "numpy", "property"]))
    def read(self, buffer, use):
        if buffer.closed:
            with pytest.raises(nexus.InvalidHandleError):
                buffer.numpy()
            return
        if use == "property":
            assert buffer.get_property_int("Size") == 4 * ITEMS
            return
        host = np.empty(ITEMS, np.float32)
        if use == "copy":
            buffer.copy(host)
        else:
            host = buffer.numpy()
        assert set(host.tolist()) == {self.contents[buffer][0]}

    @rule(event=events)
    def ask(self, event):
        if event.closed:
            with pytest.raises(nexus.InvalidHandleError):
                event.wait(0)
        else:
            assert event.value == self.reached[event][0]

    @invariant()
    def handles_differ(self):
        if hasattr(self, "contents"):
            handles = [b._handle for b in self.contents if not b.closed]
            assert len(handles) == len(set(handles))


class ScratchLifecycle(Lifecycle):
    runtime = "scratch"


TestCpu = Lifecycle.TestCase
TestScratch = ScratchLifecycle.TestCase
TestCpu.settings = TestScratch.settings = settings(max_examples=60, deadline=None)


def test_nothing_is_left(cpu, scratch):
    gc.collect()
    for device in (cpu, scratch):
        before = device.runtime.get_property_int_vec("LiveObjects")
        library = device.compile(KERNELS) if device is cpu else device.load_library(b"SCRATCH1")
        for _ in range(20):
            x = device.create_buffer(np.ones(ITEMS, np.float32))
            event, stream = device.create_event(), device.create_stream()
            schedule = device.create_schedule()
            command = schedule.create_command(library.get_kernel("scale"))
            for index, value in enumerate((x, 2.0, ITEMS)):
                command.set_arg(index, value)
            command.finalize(ITEMS, ITEMS)
            schedule.create_signal_command(event, per_run=False)
            schedule.run(stream, blocking=False)
            stream.synchronize()
        del library, x, event, stream, schedule, command
        gc.collect()
        device.create_schedule()
        assert device.runtime.get_property_int_vec("LiveObjects") == before


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestLeaks:
    """Memory that a process holds stays where it was, within less than 16 bytes a cycle."""

    @staticmethod
    def growth(cycle, count):
        for _ in range(count // 4):
            cycle()
        gc.collect()
        before = resident_bytes()
        for _ in range(count):
            cycle()
        gc.collect()
        return resident_bytes() - before

    def test_buffers(self, cpu):
        assert self.growth(lambda: cpu.create_buffer(64), 200_000) < 3_000_000

    def test_errors(self, cpu):
        def cycle():
            with pytest.raises(nexus.PropertyNotFoundError):
                cpu.get_property_str("Vendo")

        assert self.growth(cycle, 2_000) < 1_000_000

    def test_schedules(self, cpu):
        kernel = cpu.compile(KERNELS).get_kernel("scale")
        x = cpu.create_buffer(np.ones(ITEMS, np.float32))

        def cycle():
            schedule = cpu.create_schedule()
            command = schedule.create_command(kernel)
            command.set_buffer(0, x)
            command.set_scalar(1, 1.0)
            command.set_scalar(2, ITEMS)
            command.finalize(ITEMS, ITEMS)
            schedule.run()

        assert self.growth(cycle, 20_000) < 1_000_000


@pytest.mark.parametrize("runtime", ["cpu", "scratch", "field"])
def test_a_clean_exit_with_live_objects(run_python, runtime):
    source = "KERNELS" if runtime == "cpu" else "b'SCRATCH1'"
    load = "compile" if runtime == "cpu" else "load_library"
    found = run_python(
        f"""
KERNELS = {KERNELS!r}
import nexus, numpy as np
device = nexus.get_runtime({runtime!r}).get_device(0)
kernel = device.{load}({source}).get_kernel("scale")
x = device.create_buffer(np.ones(1 << 16, np.float32))
array, event, stream = x.numpy(), device.create_event(), device.create_stream()
schedule = device.create_schedule()
command = schedule.create_command(kernel)
for index, value in enumerate((x, 2.0, 1 << 16)):
    command.set_arg(index, value)
command.finalize(256, 1 << 16)
schedule.run(stream, blocking=False)
cycle = [schedule, command]
cycle.append(cycle)
""",
        NEXUS_LOG="debug",
        NEXUS_PLUGIN_PATH=os.environ["NEXUS_PLUGIN_PATH"],
    )
    assert "Exception" not in found.stderr
    assert "Traceback" not in found.stderr
