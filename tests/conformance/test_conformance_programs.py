"""Programs that reproduce findings of the conformance kit."""

from __future__ import annotations

import json
import os
import random
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.conformance_kit import CPU, compile_program, conformance, mutant, run

import nexus
from nexus.conformance.harness import recipe
from nexus.conformance.harness.call_arguments import (
    Address,
    Dim3,
    Guarded,
    Launch,
    LaunchArgument,
    Layout,
    Misaligned,
    Out,
    Ref,
)
from nexus.conformance.harness.journal import Entry
from nexus.conformance.harness.patterns import pattern
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import Step, Want
from nexus.conformance.harness.worker import Worker
from nexus.conformance.programs.emit_c import emit_c
from nexus.conformance.programs.reproduce import Programs, programs
from nexus.conformance.runner import LOADS


def journal_of(work: Callable[[Worker], object], **options: bool) -> Programs:
    """Return the programs that reproduce the operations of a worker."""
    with Session(str(CPU), **options) as session, session.worker() as worker:
        work(worker)
        return programs(session, LOADS, worker.journal, "what is wrong")


def i32(number: int) -> bytes:
    """Pack an int32."""
    return struct.pack("=i", number)


def run_both(shown: Programs, folder: Path) -> str:
    """Run the program and replay the recording; return what they print."""
    source, recording = folder / "show.c", folder / "show.json"
    source.write_text(shown.c)
    recording.write_text(json.dumps(shown.recording))
    made = conformance("--replay", recording)
    assert made.returncode == 0, made.stdout + made.stderr
    output = made.stdout
    if shown.c:
        made = run(compile_program(source, folder / "show"))
        assert made.returncode == 0, made.stdout + made.stderr
        output += made.stdout
    return output


def test_programs_have_memory_of_their_own(tmp_path: Path) -> None:
    def work(worker: Worker) -> None:
        place = worker.control("allocate", 64)
        worker.control("write", place, bytes(range(64)))
        wrapped = worker.call("CreateBuffer", 0, Layout(0, [32]), Address(place + 32), 2).value
        worker.call("CopyBuffer", wrapped, Address(0), 0)
        worker.call("FillBuffer", wrapped, b"\x7f", 1)
        worker.control("read", place, 64)
        worker.call("ReleaseBuffer", wrapped)
        worker.control("free", place)

    shown = journal_of(work)
    assert not shown.missing
    output = run_both(shown, tmp_path)
    assert "1e 1f 7f 7f" in output
    assert r"\x1e\x1f\x7f\x7f" in output


@pytest.mark.parametrize(
    "data", [pattern(5001, 9), b"\x01\x02\x03\x04" * 1250 + b"\x01", b"\7" * 900]
)
def test_programs_make_long_data_in_a_line(tmp_path: Path, data: bytes) -> None:
    size = len(data)

    def work(worker: Worker) -> None:
        place = worker.control("allocate", size)
        wrapped = worker.call("CreateBuffer", 0, Layout(0, [size]), Address(place), 2).value
        for given in (bytes(size), data, Guarded(data), Misaligned(data)):
            worker.call("CopyBuffer", wrapped, given, 1)
        worker.control("read", place, size)
        worker.call("ReleaseBuffer", wrapped)
        worker.control("free", place)

    shown = journal_of(work)
    assert len(shown.c) < 10_000
    output = run_both(shown, tmp_path)
    assert data.hex(" ") in output
    assert repr(data) in output


def test_programs_launch_kernels(tmp_path: Path) -> None:
    kernels = recipe.find("cpu", None, tmp_path)
    assert kernels is not None
    image_path = str(kernels.path)

    def work(worker: Worker) -> None:
        library = worker.call("CreateLibraryFromFile", 0, image_path, 0).value
        kernel = worker.call("GetKernel", library, "fill").value
        buffer = worker.call("CreateBuffer", 0, Layout(8, [4]), None, 0).value
        value, count = (LaunchArgument(i32(n), data_type=8) for n in (0x21436587, 3))
        odd = LaunchArgument(Misaligned(i32(4)), data_type=8)
        given = [LaunchArgument(buffer=buffer), value, count]
        for launch in (
            Launch(Dim3(2), Dim3(2), given),
            Launch(Dim3(1), Dim3(4), [*given[:2], odd], guard=True),
            # Refused, which the programs must repeat.
            Launch(Dim3(1), Dim3(1), given[:1]),
            Launch(Dim3(1), Dim3(1), [LaunchArgument(buffer=library), value, count]),
            Launch(Dim3(1), Dim3(1), None, count=3),
            Launch(Dim3(1), Dim3(1), ()),
            None,
        ):
            worker.call("Launch", kernel, -1, launch, 0)
            worker.call("CopyBuffer", buffer, Out(16), 0)

    shown = journal_of(work)
    assert not shown.missing
    output = run_both(shown, tmp_path)
    for status in (0, -52, -81, -30):
        assert f"nxsLaunch: {status}" in output
    launches = [e["arguments"] for e in shown.recording["entries"] if e.get("call") == "Launch"]
    buffers = [place["buffer"] for place in launches[3][2]["arguments"]]
    assert buffers == [{"handle": "library_0"}, -1, -1]
    assert "{NULL, buffer_2, 0u}" in shown.c


def test_programs_of_launches_check_that_nothing_is_written(tmp_path: Path) -> None:
    launch = Launch(Dim3(1), Dim3(1), [LaunchArgument(buffer=5)])
    steps = [Step("Launch", (1, -1, launch, 0), Want(frozenset({"InvalidKernel"})))]
    source = tmp_path / "show.c"
    source.write_text(emit_c(steps, str(mutant(tmp_path, "LAUNCH_WRITES_ARGUMENTS")), "wrong"))
    made = run(compile_program(source, tmp_path / "show"))
    assert made.returncode == 1
    assert "WRONG: call 1, Launch" in made.stdout


def test_programs_with_too_much_data_are_none() -> None:
    data = random.Random(1).randbytes(200_000)
    shown = journal_of(lambda worker: worker.call("CreateLibrary", 0, data, len(data), 0))
    assert re.fullmatch(
        r"no program: one of \d+ characters would be too long to read", shown.missing
    )


def test_programs_of_threads_take_the_kit(tmp_path: Path) -> None:
    def work(worker: Worker) -> None:
        event = worker.call("CreateEvent", 0, 0, 0).value
        own = [("CreateEvent", 0, 0, 0), ("ReleaseEvent", Ref(0)), ("ReleaseEvent", event)]
        worker.control("threads", [own] * 2)
        worker.control("probe", "churn", -1, 0, 3)

    shown = journal_of(work)
    assert not shown.c
    assert (
        shown.missing == "no program in C: these operations need the kit: the probe churn, threads"
    )
    assert shown.recording is not None
    (script,) = shown.recording["entries"][1]["arguments"]
    assert ["ReleaseEvent", {"handle": "event_0"}] in script[0]
    assert "threads: [[" in run_both(shown, tmp_path)


def test_programs_make_allocations_fail(tmp_path: Path) -> None:
    def work(worker: Worker) -> None:
        worker.control("fail_allocation", 1)
        worker.call("CreateBuffer", 0, Layout(0, [64]), None, 0)

    output = run_both(journal_of(work, interpose=True), tmp_path)
    assert f"CreateBuffer: {nexus.status.NXS_OutOfHostMemory.value}" in output


def test_what_is_looked_at_is_told(tmp_path: Path) -> None:
    def work(worker: Worker) -> None:
        worker.control("heap")
        worker.call("CreateEvent", 0, 0, 0)

    shown = journal_of(work)
    assert shown.missing == "the program in C makes the calls, but does not look at: heap"
    said = "these calls were made when the check found: what is wrong"
    assert said in run_both(shown, tmp_path)


def test_programs_that_cannot_be_written_are_told() -> None:
    with Session(str(CPU)) as session:
        call = Entry("CreateEvent", (Ref(0), 0, 0), 1)
        assert programs(session, LOADS, [call], "wrong").missing.startswith("no program: ")
        assert programs(session, LOADS, [], "wrong").missing.startswith("no program: ")
        many = [Entry("GetApiVersion", (), 1)] * 401
        assert "401 calls" in programs(session, LOADS, many, "wrong").missing


def test_the_program_of_a_wrong_status_ends_with_1(tmp_path: Path) -> None:
    plugin = mutant(tmp_path, "RANK_UNCHECKED")
    source, report = tmp_path / "show.c", tmp_path / "report.json"
    options = ["--only", "buffer.rank", "--emit-c", source, "--json", report]
    conformance(os.path.relpath(plugin), *options)
    replay: list[str | Path] = [sys.executable, "-m", "nexus", "conformance", "--replay", report]
    program: list[str | Path] = [compile_program(source, tmp_path / "show")]
    for way in (program, replay):
        # From another folder, so that the plugin's path must be absolute.
        made = run(*way, folder=tmp_path)
        assert made.returncode == 1, made.stdout + made.stderr
        assert "WRONG" in made.stdout + made.stderr


@pytest.mark.parametrize(
    ("name", "check"),
    [
        # Reads and writes beyond its end.
        ("HOST_OVERREAD", "buffer.guard_page"),
        ("VALUE_OVERRUNS", "property.exact_size"),
        # Only the calls of the second process.
        ("FOREIGN_ACCEPTED", "handle.foreign"),
        # The program has no calls: loading the plugin and exiting show the failure.
        ("LOAD_CRASHES", "process.loads"),
        ("EXIT_UNUSED_CRASHES", "process.exit_unused"),
    ],
)
def test_programs_show_what_a_check_found(name: str, check: str, tmp_path: Path) -> None:
    bad, sound = mutant(tmp_path, name), mutant(tmp_path)
    source, report = tmp_path / "show.c", tmp_path / "report.json"
    conformance(bad, "--only", check, "--emit-c", source, "--json", report)
    replay: list[str | Path] = [sys.executable, "-m", "nexus", "conformance", "--replay", report]
    for way in ([compile_program(source, tmp_path / "show")], replay):
        assert run(*way).returncode != 0
        ended = run(*way, sound)
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not a report"),
        ("[1, 2]", "has no recorded calls"),
        (
            '{"entries": [{"call": "NoSuch", "arguments": [], "want": {}}]}',
            "cannot be made",
        ),
        ('{"argument": "NoSuchArgument"}', "is not a report"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    if '"entries"' in text:
        session = {"sanitize": [], "fork": True, "interpose": False}
        whole = {**json.loads(text), "session": session, "times": 1, "message": "", "plugin": ""}
        text = json.dumps(whole)
    file.write_text(text)
    made = conformance(CPU, "--replay", file)
    assert made.returncode == 2, made.stdout + made.stderr
    assert said in made.stderr
