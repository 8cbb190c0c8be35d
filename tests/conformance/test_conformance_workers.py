"""The workers of the conformance kit, and its reports on plugins that crash, hang or exit."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.compilation import SUFFIX
from support.conformance_kit import (
    CONSTRUCTOR,
    CPU,
    EVENT,
    HEAD,
    PATIENCE,
    VALUE,
    assert_nothing_left,
    marked,
)

import nexus
from nexus.conformance.checks.support.queries import query
from nexus.conformance.harness.call_arguments import (
    Address,
    Guarded,
    Layout,
    Misaligned,
    Out,
    Ref,
    SizeT,
)
from nexus.conformance.harness.failures import Crash, Disconnected, Exited, Failure, Hang, LoadError
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import Check
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.worker import Worker
from nexus.conformance.report.outcome import State
from nexus.conformance.runner import Runner, Settings

Build = Callable[..., Path]


@pytest.fixture(scope="module")
def cpu() -> Iterator[Session]:
    with Session(str(CPU)) as session:
        yield session


@pytest.fixture
def worker(cpu: Session) -> Iterator[Worker]:
    with cpu.worker() as worker:
        yield worker


def test_worker_calls(worker: Worker) -> None:
    buffer = worker.call("CreateBuffer", 0, Layout(1, [2, 3]), bytes(range(24)), 0).value
    asked = worker.call("GetBufferProperty", buffer, int(nexus.property.Size), Out(8), SizeT(8))
    assert asked.value == 0
    assert asked.outs == [(24).to_bytes(8, sys.byteorder)]
    assert asked.sizes == [8]
    assert not asked.overrun
    assert worker.call("CopyBuffer", buffer, Out(24), 0).outs == [bytes(range(24))]
    assert [entry.name for entry in worker.journal] == [
        "CreateBuffer",
        "GetBufferProperty",
        "CopyBuffer",
    ]
    assert worker.journal[0].value == buffer


@pytest.mark.parametrize("kind", [Guarded, Misaligned, bytes])
def test_worker_input(worker: Worker, kind: Callable[[bytes], bytes]) -> None:
    data = os.urandom(4097)
    buffer = worker.call("CreateBuffer", 0, Layout(0, [4097]), kind(data), 0).value
    assert worker.call("CopyBuffer", buffer, Out(4097, guard=True), 0).outs == [data]


def test_guard_page_is_felt(worker: Worker) -> None:
    buffer = worker.call("CreateBuffer", 0, Layout(0, [4097]), None, 0).value
    with pytest.raises(Crash) as caught:
        worker.call("CopyBuffer", buffer, Guarded(bytes(4096)), 1)
    assert caught.value.signal == signal.SIGSEGV


def test_crashes_have_classes(cpu: Session) -> None:
    kinds = []
    for name, arguments in [("CopyBuffer", (Address(8), 0)), ("FillBuffer", (Address(8), 1))] * 2:
        worker = cpu.worker()
        buffer = worker.call("CreateBuffer", 0, Layout(0, [64]), None, 0).value
        with pytest.raises(Crash) as caught:
            worker.call(name, buffer, *arguments)
        kinds.append(type(caught.value))
        assert caught.value.function == name
        assert "SIGSEGV" in str(caught.value)
    assert kinds[0] is kinds[2]
    assert kinds[0] is not kinds[1]


def test_hang(worker: Worker) -> None:
    event = worker.call("CreateEvent", 0, 0, 0).value
    with pytest.raises(Hang, match=r"nxsWaitEvent did not return within 0\.2 s"):
        worker.call("WaitEvent", event, 1, timeout=0.2)
    with pytest.raises(RuntimeError, match="the worker has ended"):
        worker.call("GetApiVersion")


def test_pending_call_is_interrupted(worker: Worker) -> None:
    event = worker.call("CreateEvent", 0, 0, 0).value
    worker.start("WaitEventTimeout", event, 1, 300_000_000)
    worker.signal(signal.SIGUSR1)
    assert worker.finish().value == nexus.status.NXS_Timeout


def test_arguments_that_fit_nothing(worker: Worker) -> None:
    with pytest.raises(TypeError, match=r"not an argument of a call: 1\.5"):
        worker.call("ReleaseBuffer", 1.5)
    with pytest.raises(ValueError, match="OverflowError"):
        worker.call("ReleaseBuffer", 1 << 40)
    assert worker.call("ReleaseBuffer", 1).value == nexus.status.NXS_InvalidBuffer


def test_threads(worker: Worker) -> None:
    steps = [("CreateEvent", 0, 0, 0), ("ReleaseEvent", Ref(0)), ("ReleaseEvent", Ref(0))]
    results = worker.control("threads", [steps] * 4)
    assert len({first for first, _, _ in results}) == 4
    assert [rest for _, *rest in results] == [[0, nexus.status.NXS_InvalidEvent]] * 4


def test_failing_allocation() -> None:
    with Session(str(CPU), interpose=True) as session, session.worker() as worker:
        # Small ones share memory that was allocated before.
        buffer = ("CreateBuffer", 0, Layout(0, [1 << 20]), None, 0)
        worker.call(*buffer)
        worker.control("fail_allocation", 0)
        assert worker.call(*buffer).value >= 0
        count = worker.control("allocations")["seen"]
        assert count > 0
        for number in range(1, count + 1):
            worker.control("fail_allocation", number)
            assert worker.call(*buffer).value < 0, number
            assert worker.control("allocations")["failed"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_exec_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"{tmp_path}/mark"
    monkeypatch.setenv("NEXUS_TEST_MARK", mark)
    with Session(str(CPU), fork=False) as session, session.worker() as worker:
        # There is no server process that could have forked it.
        assert len(marked(mark)) == 1
        assert worker.call("GetApiVersion").value > 0
        assert worker.exit() == 0


@pytest.mark.parametrize("fork", [True, False], ids=["forked", "executed"])
def test_session_leaves_nothing_behind(fork: bool) -> None:
    with Session(str(CPU), fork=fork) as session:
        worker = session.worker()
        event = worker.call("CreateEvent", 0, 0, 0).value
        worker.start("WaitEvent", event, 1)
        pids = [worker.pid, session.worker().pid]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    session.close()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_what_a_plugin_starts_is_ended(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "if (fork() == 0) for (;;) pause(); return 1;"
    plugin = build(HEAD + EVENT.format(body), "bad_plugin")
    mark = f"{tmp_path}/mark"
    monkeypatch.setenv("NEXUS_TEST_MARK", mark)
    with Session(str(plugin)) as session:
        assert session.worker().call("CreateEvent", 0, 0, 0).value == 1
        # The server, the worker, and what the plugin started.
        assert len(marked(mark)) == 3
    assert_nothing_left(mark)


@pytest.mark.parametrize("fork", [True, False], ids=["forked", "executed"])
@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("abort();", Crash, "SIGABRT"),
        ("for (;;) pause();", Hang, "did not return"),
        ("exit(3);", Exited, "status 3"),
        ("for (int i = 3; i < 4096; ++i) close(i); return 1;", Disconnected, "closed files"),
        (
            'for (int i = 3; i < 4096; ++i) if (write(i, "0123456789abcdef", 16)) {} return 1;',
            Disconnected,
            "wrote to them",
        ),
    ],
)
def test_what_a_call_does(
    build: Build, body: str, kind: type[Failure], words: str, fork: bool
) -> None:
    plugin = build(HEAD + EVENT.format(body), "bad_plugin")
    # Only a hang is waited for in vain.
    patience = 0.5 if kind is Hang else PATIENCE
    with Session(str(plugin), fork=fork) as session:
        worker = session.worker()
        with pytest.raises(kind, match=words) as caught:
            worker.call("CreateEvent", 0, 0, 0, timeout=patience)
        assert caught.value.function == "CreateEvent"
        assert session.worker().functions == {"CreateEvent"}


def test_overrun_is_seen(build: Build) -> None:
    bodies = {"bytes[8] = 1; return 0;": True, "bytes[-1] = 1; return 0;": True, "return 0;": False}
    for place, (body, overrun) in enumerate(bodies.items()):
        plugin = build(HEAD + VALUE.format(body), f"bad{place}_plugin")
        with Session(str(plugin)) as session, session.worker() as worker:
            result = worker.call("GetRuntimeProperty", 0, Out(8), SizeT(8))
            assert result.overrun is overrun


@pytest.mark.parametrize(
    ("body", "kind"),
    [("abort();", Crash), ("for (;;) pause();", Hang), ("exit(0);", Exited)],
)
def test_what_loading_does(build: Build, body: str, kind: type[Failure]) -> None:
    plugin = build(HEAD + CONSTRUCTOR.format(body), "bad_plugin")
    with Session(str(plugin)) as session:
        worker = session.worker(load=False)
        with pytest.raises(kind) as caught:
            worker.load(timeout=0.5 if kind is Hang else PATIENCE)
    assert caught.value.function == "load"


def test_no_library(tmp_path: Path) -> None:
    path = tmp_path / "libtext_plugin.so"
    path.write_text("no library")
    with Session(str(path)) as session, pytest.raises(LoadError, match=r"libtext_plugin\.so"):
        session.worker()


def test_vectors_of_plugins_that_tell_no_size(plugin_folder: Path) -> None:
    with Session(str(plugin_folder / f"libfield_plugin{SUFFIX}")) as session:
        kit = Kit(session, "core")
        keys = query(kit, "GetRuntimeProperty", (), int(nexus.property.Keys))
        assert isinstance(keys, bytes)
        assert len(keys) == 4 * 8
        assert kit.property("GetRuntimeProperty", None, "Name") == "field"
        assert len(kit.live()) == 7
        kit.close()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("bytes[8] = 1; return 0;", "wrote to memory that it may not write"),
        ("return -1000;", r"gave -1000, which is not a status"),
        ("return 0;", ""),
    ],
)
def test_every_call_of_a_check_is_judged(build: Build, body: str, words: str) -> None:
    plugin = build(HEAD + VALUE.format(body), "bad_plugin")

    def careless(kit: Kit) -> None:
        kit.worker.call("GetRuntimeProperty", 0, Out(8), SizeT(8))
        # A missing function is not a wrong answer.
        kit.worker.call("ReleaseKernel", 1)

    with Runner(Settings(str(plugin))) as runner:
        outcome = runner.run(Check("property.careless", "It looks at nothing.", "", (), careless))
    assert outcome.state is (State.FAILED if words else State.PASSED)
    assert words in outcome.message
