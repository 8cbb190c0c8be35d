"""The fuzzer's launches: the model's answers, repetitions on other handles, and threads."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.conformance_kit import mutant

pytest.importorskip("hypothesis")

from support.fuzz_models import new_model

from nexus._enums import command_type
from nexus.conformance.fuzz.model_launches import Launches
from nexus.conformance.fuzz.model_objects import Buffer, Kernel
from nexus.conformance.fuzz.model_work import NON_BLOCKING
from nexus.conformance.fuzz.reduce import Recorder, replay
from nexus.conformance.fuzz.thread_fuzzer import fuzz_threads
from nexus.conformance.harness import recipe
from nexus.conformance.harness.call_arguments import Dim3, Launch, LaunchArgument, Layout
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import BrokenRule, Forged

_I32 = 8


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mutant(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def session(sound: Path) -> Iterator[Session]:
    with Session(str(sound)) as session:
        yield session


@pytest.fixture
def model(session: Session, tmp_path: Path) -> Launches:
    return new_model(tmp_path, session)


def number(value: int) -> LaunchArgument:
    return LaunchArgument(struct.pack("=i", value), data_type=_I32)


def filling(model: Launches) -> tuple[Kernel, Buffer, Launch]:
    """Return the kernel fill, a buffer, and a launch that writes 9 to three of its numbers."""
    library = model.create_library(0)
    buffer = model.create_buffer(0, Layout(_I32, (4,)), None, 0)
    assert library is not None
    assert buffer is not None
    kernel = model.get_kernel(library.handle, "fill")
    assert kernel is not None
    given = [LaunchArgument(buffer=buffer.handle), number(9), number(3)]
    return kernel, buffer, Launch(Dim3(1), Dim3(4), given)


def test_the_model_knows_what_launches_write(model: Launches) -> None:
    kernel, buffer, launch = filling(model)
    for settings in (0, NON_BLOCKING):
        model.launch(kernel.handle, -1, launch, settings)
    model.check_buffers()
    assert buffer.data == struct.pack("=4i", 9, 9, 9, 0)
    buffer.data[:] = bytes(16)
    with pytest.raises(BrokenRule, match="of what it wrote is 0x09, and 0x00 is right"):
        model.check_buffers()


def test_the_model_lets_launches_wait_for_events(model: Launches) -> None:
    kernel, buffer, launch = filling(model)
    stream, schedule = model.create_stream(0, 0), model.create_schedule(0, 0)
    event = model.create_event(0, 0)
    assert stream is not None
    assert schedule is not None
    assert event is not None
    model.create_event_command(command_type.Wait, schedule.handle, event.handle, 1, 0)
    model.run(schedule.handle, stream.handle, NON_BLOCKING)
    model.launch(kernel.handle, stream.handle, launch, 0)
    (call,) = (step for step in model.trace.steps if step.function == "Launch")
    assert call.arguments[-1] == NON_BLOCKING, "a blocking launch would not end"
    assert buffer.data == bytes(16)
    model.release(Kernel, kernel.handle)
    model.signal(event.handle, 1)
    model.check_buffers()
    assert buffer.data == struct.pack("=4i", 9, 9, 9, 0)


@pytest.mark.parametrize(
    ("changes", "refusals"),
    [
        ({"arguments": None, "count": 3}, {"InvalidValue"}),
        ({"arguments": None}, {"InvalidKernelArgs"}),
        ({"arguments": ()}, {"InvalidKernelArgs"}),
        ({"group": Dim3(0)}, {"InvalidWorkGroupSize"}),
        ({"shared": (1 << 32) - 1}, {"OutOfResources"}),
    ],
)
def test_the_model_refuses_wrong_launches(
    model: Launches, changes: dict[str, object], refusals: set[str]
) -> None:
    kernel, buffer, launch = filling(model)
    model.launch(kernel.handle, -1, replace(launch, **changes), 0)
    assert model.trace.steps[-1].want.refusals == refusals
    model.check_buffers()
    assert buffer.data == bytes(16)


@pytest.mark.parametrize(
    ("argument", "refusals"),
    [
        (LaunchArgument(), {"InvalidKernelArgs"}),
        (replace(number(1), buffer=5), {"InvalidArgValue", "InvalidArgSize", "InvalidBuffer"}),
        (LaunchArgument(buffer=5), {"InvalidBuffer", "InvalidKernelArgs"}),
        (LaunchArgument(bytes(8), data_type=31), {"InvalidArgValue", "InvalidArgSize"}),
    ],
)
def test_the_model_refuses_wrong_arguments(
    model: Launches, argument: LaunchArgument, refusals: set[str]
) -> None:
    kernel, _, launch = filling(model)
    model.launch(kernel.handle, -1, replace(launch, arguments=[argument, number(9), number(3)]), 0)
    assert model.trace.steps[-1].want.refusals == refusals


def test_launches_are_repeated_on_other_handles(
    model: Launches, session: Session, tmp_path: Path
) -> None:
    recorder = Recorder(model)
    recorder.create_stream(0, 0)
    kernel, buffer, launch = filling(recorder)
    recorder.launch(kernel.handle, -1, launch, 0)
    near = LaunchArgument(buffer=Forged(buffer.handle, 30))
    recorder.launch(kernel.handle, -1, replace(launch, arguments=[near]), 0)
    again = new_model(tmp_path, session)
    replay(again, recorder.operations[1:])
    (other,) = again.things(Buffer)
    assert other.handle != buffer.handle
    assert other.data == struct.pack("=4i", 9, 9, 9, 0)
    launches = [step.arguments[2].arguments for step in again.trace.steps[-2:]]
    assert [given[0].buffer for given in launches] == [other.handle, other.handle ^ 1 << 30]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ((), ""),
        (["LAUNCH_KEEPS_SCHEDULE"], "of kind schedule"),
        (["LAUNCH_ONE_GROUP"], "launches wrote 07 00"),
    ],
)
def test_threads_launch(names: Sequence[str], problem: str, tmp_path: Path) -> None:
    kernels = recipe.find("reference", None, tmp_path)
    plugin = mutant(tmp_path, *names)
    with Session(str(plugin)) as session:
        findings = fuzz_threads(session, kernels, examples=30, seed=3)
    assert [problem in each.message for each in findings] == [True] * bool(names)
    for each in findings:
        (script,) = each.recording(str(plugin))["entries"][-1]["arguments"]
        launches = [call for calls in script for call in calls if call[0] == "Launch"]
        assert launches[0][1:3] == [{"handle": "kernel"}, {"handle": "stream"}]
        assert launches[0][3]["arguments"][0]["buffer"] == {"handle": "target"}
