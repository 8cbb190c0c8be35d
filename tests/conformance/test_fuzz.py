"""The fuzzer: correct plugins pass, planted bugs are found, and programs reproduce them."""

from __future__ import annotations

import functools
import json
import shutil
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.conformance_kit import CPU, REFERENCE, compile_program, run
from support.conformance_kit import mutant as compile_mutant
from support.fuzz_models import new_model

import nexus

pytest.importorskip("hypothesis")

from nexus.conformance.fuzz import fuzzer as fuzz_module
from nexus.conformance.fuzz import outcomes as run_fuzz
from nexus.conformance.fuzz.fuzzer import Finding, FuzzReport, fuzz
from nexus.conformance.fuzz.model_launches import Launches
from nexus.conformance.fuzz.model_objects import Buffer, Event, Schedule, Stream
from nexus.conformance.fuzz.reduce import Operation, Recorder, reduce, replay
from nexus.conformance.fuzz.thread_fuzzer import ThreadFinding
from nexus.conformance.harness import recipe
from nexus.conformance.harness.call_arguments import Dim3, Layout
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import BrokenRule, Forged
from nexus.conformance.runner import Runner, Settings

# Bugs that the fuzzer must always find. The benchmark fuzz_bugs uses more seeds.
PLANTED = json.loads((REFERENCE.parent / "planted.json").read_text("utf-8"))

# Other bugs, and a part of the finding's name.
WRONG = {
    "EVENT_BACKWARDS": "Event",
    "KERNELS_SURVIVE": "",
    "COUNT_KEPT": "GetRuntimeProperty",
    "ADD_SUBTRACTS": "CopyBuffer",
    "COMMAND_REMOVED": "",
}


@pytest.fixture(scope="module")
def mutant(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that compiles the reference plugin with mutations."""
    folder = tmp_path_factory.mktemp("fuzzed")

    return functools.partial(compile_mutant, folder)


def fuzzed(
    plugin: Path,
    runtime: str,
    work: Path,
    examples: int,
    seed: int,
    sanitize: Sequence[str] = (),
    jobs: int = 2,
    reduce_seconds: float = 5,
) -> FuzzReport:
    """Fuzz a plugin with the kit's own kernels."""
    kernels = recipe.find(runtime, None, work)
    assert kernels is not None
    with Session(str(plugin), sanitize) as session:
        return fuzz(
            session,
            kernels,
            examples=examples,
            seed=seed,
            reduce_seconds=reduce_seconds,
            jobs=jobs,
        )


def found(report: FuzzReport) -> str:
    """Return the findings as text."""
    return "\n".join(f"{each.name}: {each.message}" for each in report.findings)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_cpu_plugin_survives(seed: int, tmp_path: Path) -> None:
    report = fuzzed(CPU, "cpu", tmp_path, 100, seed)
    assert not report.findings, found(report)
    assert report.examples >= 100
    assert report.calls >= 30 * report.examples


def test_the_reference_survives(mutant: Callable[..., Path], tmp_path: Path) -> None:
    report = fuzzed(mutant(), "reference", tmp_path, 100, 1)
    assert not report.findings, found(report)


@pytest.mark.long
@pytest.mark.parametrize(("name", "about"), WRONG.items())
def test_finds_what_is_wrong(
    name: str,
    about: str,
    mutant: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # On a busy machine a call may take long without hanging.
    monkeypatch.setattr("nexus.conformance.fuzz.fuzzer.TIMEOUT_WHILE_REDUCING", 3.0)
    # The reduction ends long before this time limit.
    report = fuzzed(mutant(name), "reference", tmp_path, 1000, 1, jobs=1, reduce_seconds=300)
    assert report.findings, f"{report.examples} examples found nothing"
    assert any(about in each.name for each in report.findings), found(report)
    assert all(len(each.steps) <= 40 for each in report.findings)


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: "_and_".join(bug["mutants"]))
def test_finds_planted_bugs(
    bug: dict[str, Any],
    mutant: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A shorter time-out for plugins that hang.
    monkeypatch.setattr("nexus.conformance.fuzz.fuzzer.TIMEOUT", 2.0)
    sanitize = ["address"] if bug["sanitize"] else []
    if sanitize and sys.platform != "linux":
        pytest.skip("the sanitizers are found on Linux only")
    plugin = mutant(*bug["mutants"], flags=["-fsanitize=address", "-g"] if sanitize else [])
    report = fuzzed(plugin, "reference", tmp_path, 1000, 1, sanitize, jobs=1, reduce_seconds=0)
    assert report.findings, f"{report.examples} examples found nothing"
    assert 0 < report.findings[0].after <= 1000


def test_a_plugin_that_crashes_when_it_is_loaded_again_is_found(
    mutant: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = tmp_path / "libgone_plugin.so"
    shutil.copy(mutant(), plugin)
    from nexus.conformance.fuzz.learn import learn as real

    def learn_and_lose(*arguments: Any) -> Any:
        facts = real(*arguments)
        plugin.write_text("no plugin any more")
        return facts

    monkeypatch.setattr(fuzz_module, "learn", learn_and_lose)
    report = fuzzed(plugin, "reference", tmp_path, 10, 1)
    assert [each.name for each in report.findings] == ["LoadError_load"]
    assert "cannot be loaded" in report.findings[0].message


def test_shares_are_fuzzed_as_the_whole_would_be(mutant: Callable[..., Path]) -> None:
    with (
        Session(str(mutant()), interpose=True) as session,
        Session(*session.options) as other,
        other.worker() as worker,
    ):
        worker.control("fail_allocation", 1)
        assert worker.call("CreateEvent", 0, 0, 0).value == nexus.status.NXS_OutOfHostMemory


def assert_shows(finding: Finding, bad: Path, good: Path, folder: Path) -> None:
    """Check that program and recording succeed on a good plugin, and fail on the bad one."""
    source, recording = folder / "show.c", folder / "show.json"
    source.write_text(finding.c(str(bad)))
    recording.write_text(json.dumps(finding.recording(str(bad))))
    program = compile_program(source, folder / "show")
    replay = [sys.executable, "-m", "nexus", "conformance", "--replay", recording]
    for show in ([program], replay):
        assert run(*show).returncode != 0
        ended = run(*show, good)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "every answer was right" in ended.stdout


@pytest.mark.parametrize(
    "name", ["BUFFER_FREED_TWICE", "HOST_MEMORY_KEPT", "COUNT_KEPT", "LAUNCH_WRITES_ARGUMENTS"]
)
def test_programs_show_the_bug(name: str, mutant: Callable[..., Path], tmp_path: Path) -> None:
    report = fuzzed(mutant(name), "reference", tmp_path, 1000, 3)
    assert_shows(report.findings[0], mutant(name), mutant(), tmp_path)


def test_threads_and_what_comes_once_have_no_program_in_c(
    mutant: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Finding("Crash_CopyBuffer_SIGSEGV", "it came once", [])
    race = ThreadFinding("threads", "two threads released the same", [[]], (), {})
    monkeypatch.setattr(run_fuzz, "fuzz", lambda *_, **__: FuzzReport(findings=[once]))
    monkeypatch.setattr(run_fuzz, "fuzz_threads", lambda *_, **__: [race])
    with Runner(Settings(str(mutant()))) as runner:
        model, threads = run_fuzz.run(runner, 1, 1)
    assert (model.recording, model.c) == (None, "")
    assert model.missing == "no program: the failure did not happen again"
    assert threads.recording["message"] == race.message
    assert threads.recording["entries"][-1] == {"control": "threads", "arguments": [[[]]]}
    assert threads.missing == "no program in C: threads need the kit"


@pytest.fixture
def model(mutant: Callable[..., Path], tmp_path: Path) -> Callable[[Session], Launches]:
    """Return a function that creates a model with a new worker."""
    return functools.partial(new_model, tmp_path)


def test_the_model_knows_what_runs_write(
    mutant: Callable[..., Path], model: Callable[[Session], Launches]
) -> None:
    with Session(str(mutant("ADD_SUBTRACTS"))) as session:
        work = model(session)
        kernel = work.get_kernel(work.create_library(0).handle, "add")
        schedule = work.create_schedule(0, 0)
        buffer = work.create_buffer(0, Layout(1, (4,)), struct.pack("=4f", 1, 2, 3, 4), 0)
        command = work.create_command(schedule.handle, kernel.handle, 0)
        for index in range(3):
            work.set_argument(command.handle, index, buffer.handle, None)
        work.set_scalar(command.handle, 3, struct.pack("=i", 4), 8, None)
        work.finalize(command.handle, Dim3(1), Dim3(4), 0)
        work.run(schedule.handle, -1, 0)
        with pytest.raises(BrokenRule, match="of what it wrote is 0x00, and"):
            work.check_buffers()
        assert buffer.data == struct.pack("=4f", 2, 4, 6, 8)


def test_the_model_refuses_what_the_contract_refuses(
    mutant: Callable[..., Path], model: Callable[[Session], Launches]
) -> None:
    with Session(str(mutant())) as session:
        work = model(session)
        event = work.create_event(0, 0)
        work.release(type(event), event.handle)
        work.release(type(event), event.handle)
        work.signal(event.handle, 1)
        refusals = [step.want.refusals for step in work.trace.steps[-2:]]
        assert refusals == [frozenset({"InvalidEvent"})] * 2


def test_foreign_handles_are_none_of_a_fresh_process(
    mutant: Callable[..., Path], model: Callable[[Session], Launches]
) -> None:
    with Session(str(mutant())) as session:
        work = model(session)
        kinds = [Buffer, Event, Stream, Schedule]
        for kind, handle in zip(kinds, work.facts.foreign, strict=True):
            work.release(kind, handle)
        wanted = [step.want.refusals for step in work.trace.steps]
    assert wanted == [{f"Invalid{kind.__name__}"} for kind in kinds]


def test_replays_on_other_handles(
    mutant: Callable[..., Path], model: Callable[[Session], Launches]
) -> None:
    with Session(str(mutant())) as session:
        recorder = Recorder(model(session))
        recorder.create_stream(0, 0)
        event = recorder.create_event(0, 0)
        recorder.signal(event.handle, 7)
        again = model(session)
        replay(again, recorder.operations[1:])
        (other,) = again.things(type(event))
        assert other.handle != event.handle
        assert other.value == 7


def test_forged_handles_stay_those_of_their_object(
    mutant: Callable[..., Path], model: Callable[[Session], Launches], tmp_path: Path
) -> None:
    with Session(str(mutant("STALE_ACCEPTED"))) as session:
        recorder = Recorder(model(session))
        recorder.create_stream(0, 0)
        event = recorder.create_event(0, 0)
        with pytest.raises(BrokenRule):
            recorder.release(type(event), Forged(event.handle, 25))
        again = model(session)
        with pytest.raises(BrokenRule) as caught:
            replay(again, recorder.operations[1:])
    assert again.trace.steps[-1].arguments[0] != recorder.trace.steps[-1].arguments[0]
    finding = Finding(type(caught.value).__name__, str(caught.value), again.trace.steps)
    assert_shows(finding, mutant("STALE_ACCEPTED"), mutant(), tmp_path)


def test_reduces_to_what_is_needed() -> None:
    operations = [Operation(str(i), (), {}) for i in range(50)]

    def fails(some: list[Operation]) -> bool:
        return {"7", "31", "49"} <= {operation.name for operation in some}

    left = reduce(operations, fails, 10)
    assert [operation.name for operation in left] == ["7", "31", "49"]
