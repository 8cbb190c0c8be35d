"""The conformance kit itself: what it says of plugins that do what no plugin may."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import SUFFIX, compile_c

import nexus
from nexus.conformance.arguments import Address, Guarded, Layout, Misaligned, Out, Ref, SizeT
from nexus.conformance.failures import Crash, Disconnected, Exited, Failure, Hang, LoadError
from nexus.conformance.kit import Kit
from nexus.conformance.queries import query
from nexus.conformance.reproduce import Programs, programs
from nexus.conformance.run import LOADS
from nexus.conformance.sanitizers import uninstrumented, without_warnings
from nexus.conformance.session import Session
from nexus.conformance.worker import Entry, Worker

Build = Callable[..., Path]

PLUGINS = Path(nexus.__file__).parent / "plugins"
REFERENCE = Path(__file__).parent / "mutants" / "reference_plugin.c"
CPU = next(PLUGINS.glob("libcpu_plugin.*"))

HEAD = "#include <nexus-api.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
EVENT = "nxs_int nxsCreateEvent(nxs_int device, nxs_event_type type, nxs_uint settings) {{ {} }}\n"
VALUE = (
    "nxs_status nxsGetRuntimeProperty(nxs_uint id, void *value, size_t *size) {{\n"
    "  char *bytes = value; (void)bytes; (void)size; (void)id; {} }}\n"
)
CONSTRUCTOR = "__attribute__((constructor)) static void loaded(void) {{ {} }}\n"


def compile_program(source: Path, target: Path) -> Path:
    """Compile a program of one C file."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, "-o", str(target), str(source), "-ldl"], check=True)
    return target


def command(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``nexus conformance``."""
    return subprocess.run(
        [sys.executable, "-m", "nexus", "conformance", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(**more),
    )


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which other processes find this package."""
    return {**os.environ, "PYTHONPATH": str(Path(nexus.__file__).parents[1]), **more}


@pytest.fixture(scope="module")
def backwards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the reference plugin with events that go backwards."""
    target = tmp_path_factory.mktemp("mutant") / "libmutant_plugin.so"
    return compile_c(REFERENCE, target, "-DMUTANT_EVENT_BACKWARDS=1", "-lm")


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
    start = time.monotonic()
    with pytest.raises(Hang, match=r"nxsWaitEvent did not return within 0\.2 s"):
        worker.call("WaitEvent", event, 1, timeout=0.2)
    assert time.monotonic() - start < 5
    with pytest.raises(RuntimeError, match="the worker has ended"):
        worker.call("GetApiVersion")


def test_pending_call_is_interrupted(worker: Worker) -> None:
    event = worker.call("CreateEvent", 0, 0, 0).value
    worker.start("WaitEventTimeout", event, 1, 300_000_000)
    worker.signal(signal.SIGUSR1)
    assert worker.finish().value == nexus.status.NXS_Timeout


def test_arguments_that_fit_nothing(worker: Worker) -> None:
    with pytest.raises(TypeError, match=r"cannot be given 1\.5"):
        worker.call("ReleaseBuffer", 1.5)  # type: ignore[arg-type]
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
        buffer = ("CreateBuffer", 0, Layout(0, [64]), None, 0)
        worker.call(*buffer)
        worker.control("fail_allocation", 0)
        assert worker.call(*buffer).value >= 0
        count = worker.control("allocations")["seen"]
        assert count > 0
        for number in range(1, count + 1):
            worker.control("fail_allocation", number)
            assert worker.call(*buffer).value < 0, number
            assert worker.control("allocations")["failed"] == 1


def test_exec_workers() -> None:
    with Session(str(CPU), fork=False) as session, session.worker() as worker:
        assert worker.call("GetApiVersion").value > 0
        assert worker.exit() == 0


def test_session_leaves_nothing_behind() -> None:
    with Session(str(CPU)) as session:
        worker = session.worker()
        event = worker.call("CreateEvent", 0, 0, 0).value
        worker.start("WaitEvent", event, 1)
        pids = [worker.pid, session.worker().pid]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    session.close()


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
def test_what_a_call_does(build: Build, body: str, kind: type[Failure], words: str) -> None:
    plugin = build(HEAD + EVENT.format(body), "bad_plugin")
    with Session(str(plugin)) as session:
        worker = session.worker()
        with pytest.raises(kind, match=words) as caught:
            worker.call("CreateEvent", 0, 0, 0, timeout=0.5)
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
    ("body", "kind"), [("abort();", Crash), ("pause();", Hang), ("exit(0);", Exited)]
)
def test_what_loading_does(build: Build, body: str, kind: type[Failure]) -> None:
    plugin = build(HEAD + CONSTRUCTOR.format(body), "bad_plugin")
    with Session(str(plugin)) as session:
        worker = session.worker(load=False)
        with pytest.raises(kind) as caught:
            worker.load(timeout=0.5)
    assert caught.value.function == "load"


def test_no_library(tmp_path: Path) -> None:
    path = tmp_path / "libtext_plugin.so"
    path.write_text("no library")
    with Session(str(path)) as session, pytest.raises(LoadError, match=r"libtext_plugin\.so"):
        session.worker()


def test_command_passes(tmp_path: Path) -> None:
    files = tmp_path / "report.json", tmp_path / "report.html"
    run = command(CPU, "--only", "event.grows_only", "--json", files[0], "--html", files[1])
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Every rule holds: 2 pass" in run.stdout
    report = json.loads(files[0].read_text())
    assert report["holds"] is True
    (found,) = report["runs"]
    assert found["identity"]["name"] == "cpu"
    assert found["identity"]["missing"] == []
    assert [outcome["id"] for outcome in found["outcomes"]] == ["process.loads", "event.grows_only"]
    page = files[1].read_text()
    assert "event.grows_only" in page
    assert "http" not in page


def test_command_fails(backwards: Path, tmp_path: Path) -> None:
    files = tmp_path / "report.html", tmp_path / "show.c"
    run = command(backwards, "--only", "event.grows_only", "--html", files[0], "--emit-c", files[1])
    assert run.returncode == 1, run.stdout + run.stderr
    assert "FAIL event.grows_only (_nxs_functions.h:" in run.stdout
    assert "again: nexus conformance" in run.stdout
    assert 'class="state failed"' in files[0].read_text()
    shown = compile_program(files[1], tmp_path / "show")
    run = subprocess.run([shown, backwards], capture_output=True, text=True)
    assert "SignalEvent" in run.stdout


def journal_of(work: Callable[[Worker], object], **options: bool) -> Programs:
    """Return the programs that show what is done with a worker."""
    with Session(str(CPU), **options) as session, session.worker() as worker:
        work(worker)
        return programs(session, LOADS, worker.journal, "what is wrong")


def run_both(shown: Programs, folder: Path) -> str:
    """Run both programs; return what they print."""
    source, script = folder / "show.c", folder / "show.py"
    source.write_text(shown.c)
    script.write_text(shown.python)
    show = compile_program(source, folder / "show") if shown.c else None
    runs = [[show]] if show else []
    output = ""
    for line in [*runs, [sys.executable, script]]:
        made = subprocess.run(line, capture_output=True, text=True, timeout=60, env=environment())
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


def test_programs_of_threads_take_the_kit(tmp_path: Path) -> None:
    def work(worker: Worker) -> None:
        event = worker.call("CreateEvent", 0, 0, 0).value
        own = [("CreateEvent", 0, 0, 0), ("ReleaseEvent", Ref(0)), ("ReleaseEvent", event)]
        worker.control("threads", [own] * 2)
        worker.control("probe", "churn", 3)

    shown = journal_of(work)
    assert not shown.c
    assert shown.missing == "no program in C: it takes the kit for the probe churn, threads"
    assert "('ReleaseEvent', event_0)" in shown.python
    assert "threads [[" in run_both(shown, tmp_path)


def test_programs_make_allocations_fail(tmp_path: Path) -> None:
    def work(worker: Worker) -> None:
        worker.control("fail_allocation", 1)
        worker.call("CreateBuffer", 0, Layout(0, [64]), None, 0)

    output = run_both(journal_of(work, interpose=True), tmp_path)
    assert f"CreateBuffer {nexus.status.NXS_OutOfHostMemory.value}" in output


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
    source = Path(__file__).parent / "mutants" / "reference_plugin.c"
    plugin = tmp_path / "libmutant_plugin.so"
    compile_c(source, plugin, "-DMUTANT_RANK_UNCHECKED=1", "-lm")
    shown = tmp_path / "show.c", tmp_path / "show.py"
    options = ["--only", "buffer.rank", "--emit-c", shown[0], "--emit-python", shown[1]]
    command(os.path.relpath(plugin), *options)
    programs = [[compile_program(shown[0], tmp_path / "show")], [sys.executable, shown[1]]]
    for program in programs:
        # From elsewhere, so that the plugin's path must be whole.
        run = subprocess.run(
            program, capture_output=True, text=True, cwd=tmp_path, env=environment()
        )
        assert run.returncode == 1, run.stdout + run.stderr
        assert "WRONG" in run.stdout + run.stderr


def test_a_command_line_runs_a_check_again(backwards: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["--profile", "core", "--seed", "3", "--json", report]
    run = command(backwards, "--only", "event.grows_only", *options)
    wanted = f"nexus conformance {backwards} --profile core --seed 3 --only event.grows_only"
    assert f"again: {wanted}\n" in run.stdout
    (found,) = json.loads(report.read_text())["runs"]
    assert [one["again"] for one in found["outcomes"] if one["state"] == "fail"] == [wanted]
    assert "note: nothing was fuzzed" in run.stdout


def test_whether_it_loads_can_be_all_that_is_run() -> None:
    run = command(CPU, "--only", "process.loads")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Every rule holds: 1 pass" in run.stdout


def test_a_plugin_without_a_device(build: Build) -> None:
    name = "if (id == NP_Size) { *(nxs_long *)value = 0; *size = 8; return 0; } return -64;"
    ask = "if (!value) { *size = 8; return id == NP_Size ? 0 : -64; }"
    plugin = build(HEAD + VALUE.format(ask + name), "none_plugin")
    run = command(plugin)
    assert run.returncode == 2, run.stdout
    assert "finds no device here" in run.stderr


def test_kernels_that_are_not_given_leave_out_what_needs_them(tmp_path: Path) -> None:
    entry = {"file": "none.c", "names": {"add": "add"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"cpu": entry}))
    (tmp_path / "none.c").write_text("void add(float *x) { x[0] = 1; }")
    options = ["--kernels", tmp_path, "--only", "kernel.bound", "--only", "fuzz"]
    run = command(CPU, *options, "--fuzz-examples", "5")
    assert run.returncode == 0, run.stdout + run.stderr
    reason = "the kernels for this runtime have no 'fill'"
    assert f"{reason}:\n    kernel.bound, fuzz.model" in run.stdout


def test_vectors_of_plugins_that_tell_no_size(plugin_folder: Path) -> None:
    with Session(str(plugin_folder / f"libfield_plugin{SUFFIX}")) as session:
        kit = Kit(session, "core")
        keys = query(kit, "GetRuntimeProperty", (), int(nexus.property.Keys))
        assert isinstance(keys, bytes)
        assert len(keys) == 4 * 8
        assert kit.property("GetRuntimeProperty", None, "Name") == "field"
        assert len(kit.live()) == 7
        kit.close()


@pytest.mark.parametrize("body", ["abort();", "exit(0);"])
def test_command_on_what_does_not_load(build: Build, body: str) -> None:
    plugin = build(HEAD + CONSTRUCTOR.format(body), "bad_plugin")
    run = command(plugin)
    assert run.returncode == 1
    assert "FAIL process.loads" in run.stdout
    assert "nothing else was run" in run.stdout


def left_behind(mark: str) -> list[str]:
    """Return the processes that have a text in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:  # it has ended meanwhile, or is another user's
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("LOAD_CRASHES", "process.loads"),
        ("LOAD_HANGS", "process.loads"),
        ("LOAD_EXITS", "process.loads"),
        ("CALLS_EXIT", "event.grows_only"),
        ("DESCRIPTORS_WRITTEN", "process.quiet"),
        ("DESCRIPTORS_CLOSED", "process.standard_files"),
        ("HANDLE_MAXIMUM", "buffer.independent"),
        ("HANDLE_TWICE", "handle.unique"),
        ("VALUE_OVERRUNS", "property.exact_size"),
    ],
)
def test_bad_plugins_end_in_order(name: str, check: str, tmp_path: Path) -> None:
    plugin = compile_c(REFERENCE, tmp_path / "libbad_plugin.so", f"-DMUTANT_{name}=1", "-lm")
    only = "event.grows_only" if check == "process.loads" else check
    fuzz = ("--only", "fuzz.model", "--fuzz-examples", "5", "--seed", "1")
    mark = f"{tmp_path}/mark"
    run = command(plugin, "--only", only, *fuzz, NEXUS_TEST_MARK=mark)
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"FAIL {check}" in run.stdout
    assert ("fuzzed with --seed 1" in run.stdout) == (check != "process.loads")
    assert "Traceback" not in run.stderr
    assert left_behind(mark) == []


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
        assert len(left_behind(mark)) == 3
    # Nobody waits for what the plugin started, so it may take a moment.
    while left_behind(mark):
        time.sleep(0.01)


def test_command_on_no_plugin(tmp_path: Path) -> None:
    text = tmp_path / "libtext_plugin.so"
    text.write_text("no library")
    run = command(text)
    assert run.returncode == 1
    assert "the plugin cannot be loaded" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "which plugin?"),
        (("nowhere.so",), "there is no file 'nowhere.so'"),
        ((CPU, "--only", "buffer.nothing"), "there is no check 'buffer.nothing'"),
        ((CPU, "--sanitize", "memory"), "there is no sanitizer 'memory'"),
        ((CPU, "--known-failures", "nowhere.txt"), "nowhere.txt cannot be read"),
        ((CPU, "--profile", "best"), "invalid choice"),
        ((CPU, "--kernels", "nowhere", "--only", "kernel"), "nowhere/manifest.json"),
    ],
)
def test_usage(arguments: tuple[str | Path, ...], words: str) -> None:
    run = command(*arguments)
    assert run.returncode == 2, run.stdout
    assert words in run.stderr


def test_known_failures(backwards: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("# of this plugin\n\nevent.grows_only: an old fault\n")
    run = command(backwards, "--only", "event.grows_only", "--known-failures", known)
    assert run.returncode == 0, run.stdout
    assert "event.grows_only: an old fault" in run.stdout
    known.write_text("event.grows_only: it used to fall\n")
    run = command(CPU, "--only", "event.grows_only", "--known-failures", known)
    assert run.returncode == 1
    assert "take it out of the known failures (it used to fall)" in run.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [("event.grows_only", "is not of the form"), ("event.none: why", "there is no check")],
)
def test_bad_known_failures(tmp_path: Path, text: str, words: str) -> None:
    known = tmp_path / "known.txt"
    known.write_text(text)
    run = command(CPU, "--known-failures", known)
    assert run.returncode == 2
    assert f"{known}:1" in run.stderr
    assert words in run.stderr


@pytest.mark.parametrize(
    ("known", "summary"),
    [
        ("", "1 failed, 1 passed"),
        ("event.grows_only: an old fault", "1 passed, 1 xfailed"),
        ("process.loads: it used not to", "2 failed"),
    ],
)
def test_pytest_plugin(backwards: Path, tmp_path: Path, known: str, summary: str) -> None:
    listed = tmp_path / "known.txt"
    listed.write_text(known)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "nexus.conformance.plugin", "-rA"),
            *(
                "--pyargs",
                "nexus.conformance",
                f"--nexus-plugin={backwards}",
                "-p",
                "no:cacheprovider",
            ),
            *("-k", "event.grows_only or process.loads", "-c", os.devnull),
            *("--nexus-known-failures", str(listed)),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
    )
    found = re.sub(r"\d+ deselected, ", "", run.stdout)
    assert summary in found, run.stdout + run.stderr
    assert ("program in C" in run.stdout) == (" failed" in summary)


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizers are found on Linux only")
def test_thread_sanitizer_sees_races(build: Build) -> None:
    text = "static int counter;\n" + HEAD + EVENT.format("return counter++;")
    plugin = build(text, "race_plugin", "-fsanitize=thread", "-g")
    for _ in range(5):
        with Session(str(plugin), ["thread"]) as session:
            worker = session.worker()
            with pytest.raises(Crash, match="data race"):
                worker.control("threads", [[("CreateEvent", 0, 0, 0)] * 5] * 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizers are found on Linux only")
def test_address_sanitizer_sees_overruns(build: Build) -> None:
    plugin = build(
        HEAD + VALUE.format("bytes[8] = 1; return 0;"), "over_plugin", "-fsanitize=address", "-g"
    )
    with Session(str(plugin), ["address"]) as session:
        worker = session.worker()
        with pytest.raises(Crash, match="heap-buffer-overflow"):
            worker.call("GetRuntimeProperty", 0, Out(8), SizeT(8))


def test_what_a_sanitizer_says_of_itself_is_not_the_plugins() -> None:
    said = (
        "hello\n==12==WARNING: ASan doesn't fully support makecontext\n==12==ERROR: it is wrong\n"
    )
    assert without_warnings(said) == "hello\n==12==ERROR: it is wrong\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizers are found on Linux only")
def test_a_plugin_that_is_not_sanitized_is_pointed_out(build: Build) -> None:
    sound = HEAD + EVENT.format("return device ? 1 : type;")
    sanitized = build(sound, "sanitized_plugin", "-fsanitize=address,undefined")
    plain = build(sound, "plain_plugin")
    assert uninstrumented(sanitized, ["address"]) == []
    assert uninstrumented(plain, []) == []
    assert len(uninstrumented(plain, ["address", "undefined"])) == 2
    run = command(plain, "--only", "process.errno", "--sanitize", "thread")
    assert "note: the plugin is not compiled with -fsanitize=thread" in run.stdout
