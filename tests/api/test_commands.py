"""Commands that change between runs, and events that fail or count per run."""

from __future__ import annotations

import numpy as np
import pytest

import nexus

FAILED = nexus.status.NXS_ExecStatusErrorForEventsInWaitList


def scale_kernel(cpu):
    return cpu.compile(
        """#include <nexus-api/nxs_kernel.h>
        NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor)) {
          NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= factor;
        }"""
    ).get_kernel("scale")


def test_one_command_for_every_launch(cpu):
    x, y = (cpu.create_buffer(np.ones(64, np.float32)) for _ in range(2))
    schedule = cpu.create_schedule()
    command = schedule.create_command(scale_kernel(cpu))
    for buffer, factor, items in ((x, 2.0, 64), (y, 3.0, 32), (x, 5.0, 64)):
        command.set_buffer(0, buffer)
        command.set_scalar(1, factor)
        command.finalize(32, items)
        schedule.run()
    assert x.numpy().tolist() == [10.0] * 64
    assert y.numpy().tolist() == [3.0] * 32 + [1.0] * 32
    # Nothing keeps replaced arguments alive.
    assert schedule._buffers == [{0: x}]


def test_a_changed_command_has_to_be_finalized_again(cpu):
    x = cpu.create_buffer(np.ones(64, np.float32))
    schedule = cpu.create_schedule()
    command = schedule.create_command(scale_kernel(cpu))
    command.set_buffer(0, x)
    command.set_scalar(1, 2.0)
    command.finalize(64, 64)
    command.set_scalar(1, 3.0)
    with pytest.raises(nexus.NexusError) as caught:
        schedule.run()
    assert caught.value.status is nexus.status.NXS_InvalidCommand
    command.finalize(64, 64)
    schedule.run()
    assert (x.numpy() == 3).all()


def test_a_run_keeps_the_arguments_of_its_submission(cpu):
    gate, stream = cpu.create_event(), cpu.create_stream()
    x = cpu.create_buffer(np.ones(64, np.float32))
    schedule = cpu.create_schedule()
    schedule.create_wait_command(gate)
    command = schedule.create_command(scale_kernel(cpu))
    command.set_buffer(0, x)
    for factor in (2.0, 3.0):
        command.set_scalar(1, factor)
        command.finalize(64, 64)
        schedule.run(stream, blocking=False)
    gate.signal()
    stream.synchronize()
    assert (x.numpy() == 6).all()


def test_signals_and_waits_per_run(cpu):
    event = cpu.create_event()
    first, second = cpu.create_schedule(), cpu.create_schedule()
    first.create_signal_command(event, 2, per_run=True)
    second.create_wait_command(event, 2, per_run=True)
    stream = cpu.create_stream()
    values = []
    for _ in range(3):
        second.run(stream, blocking=False)
        first.run()
        stream.synchronize()
        values.append(event.value)
    assert values == [2, 4, 6]


def test_commands_of_an_event_count_alike_as_the_first_does(cpu):
    """A signal per run, a wait absolutely, unless per_run says otherwise."""
    ordered, gate, absolute = cpu.create_event(), cpu.create_event(), cpu.create_event()
    signals, waits = cpu.create_schedule(), cpu.create_schedule()
    signals.create_signal_command(ordered, 2)
    signals.create_signal_command(absolute, 2, per_run=False)
    waits.create_wait_command(gate, 1)
    waits.create_wait_command(ordered, 2)
    gate.signal(1)
    stream, values = cpu.create_stream(), []
    for _ in range(3):
        waits.run(stream, blocking=False)
        signals.run()
        stream.synchronize()
        values.append((ordered.value, absolute.value))
    assert values == [(2, 2), (4, 2), (6, 2)]
    with cpu.create_schedule() as more:
        more.create_signal_command(gate, 5)
        more.run()
        more.run()
        assert gate.value == 5


def test_per_run_needs_a_plugin_of_version_1_1(cpu, monkeypatch):
    monkeypatch.setattr(cpu._plugin, "api_version", (1, 0, 0))
    with pytest.raises(nexus.NotSupportedError, match=r"per_run needs 1\.1"):
        cpu.create_schedule().create_signal_command(cpu.create_event(), per_run=True)


def test_a_failed_run_fails_waits_for_its_signals(cpu):
    gate, event, stream = cpu.create_event(), cpu.create_event(), cpu.create_stream()
    schedule = cpu.create_schedule()
    schedule.create_wait_command(gate)
    schedule.create_signal_command(event, 3)
    schedule.run(stream, blocking=False)
    # Nothing can signal the gate any more, so the wait and its run fail.
    gate.close()
    with pytest.raises(nexus.NexusError) as caught:
        event.wait(3, timeout=30)
    assert caught.value.status is FAILED
    assert event.status.startswith("Error")
    event.signal(1)
    assert not event.status.startswith("Error")
    with pytest.raises(nexus.NexusError):
        stream.synchronize()


def test_argument_names(cpu):
    assert scale_kernel(cpu).argument_names == ("x", "factor")


def test_argument_names_that_are_unknown(field):
    assert field.load_library(b"SCRATCH1").get_kernel("scale").argument_names == ()
