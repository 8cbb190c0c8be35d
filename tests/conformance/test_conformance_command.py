"""The conformance kit as a vendor runs it: ``nexus conformance`` and the tests of pytest."""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from html import escape
from pathlib import Path

import pytest
from support.conformance_kit import (
    CONSTRUCTOR,
    CPU,
    HEAD,
    VALUE,
    assert_nothing_left,
    compile_program,
    conformance,
    mutant,
    run,
)

import nexus

Build = Callable[..., Path]


@pytest.fixture(scope="module")
def backwards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the reference plugin with events that go backwards."""
    return mutant(tmp_path_factory.mktemp("mutant"), "EVENT_BACKWARDS")


def test_command_passes(tmp_path: Path) -> None:
    files = tmp_path / "report.json", tmp_path / "report.html"
    made = conformance(CPU, "--only", "event.grows_only", "--json", files[0], "--html", files[1])
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Every rule holds: 2 pass" in made.stdout
    report = json.loads(files[0].read_text())
    assert report["holds"] is True
    (found,) = report["runs"]
    assert found["identity"]["name"] == "cpu"
    assert found["identity"]["missing"] == []
    assert [outcome["id"] for outcome in found["outcomes"]] == ["process.loads", "event.grows_only"]
    page = files[1].read_text()
    assert '<a href="#event.grows_only">' in page
    assert '<a href="#event">event (1)</a>' in page
    assert '<input type="checkbox" value="passed" checked> pass (2)' in page
    assert '<tr id="event.grows_only" data-state="passed">' in page
    made_at = datetime.strptime(found["environment"]["Date"], "%Y-%m-%d %H:%M:%S %Z")
    assert abs(datetime.now(timezone.utc).replace(tzinfo=None) - made_at) < timedelta(days=1)
    assert found["environment"]["Nexus"] == nexus.__version__
    assert platform.machine() in found["environment"]["Processor"]
    for name, value in found["environment"].items():
        assert f"<dt>{name}</dt><dd>{escape(value)}</dd>" in page
    assert "http" not in page


def test_command_fails(backwards: Path, tmp_path: Path) -> None:
    files = tmp_path / "report.html", tmp_path / "show.c"
    options = ["--only", "event.grows_only", "--html", files[0], "--emit-c", files[1]]
    made = conformance(backwards, *options)
    assert made.returncode == 1, made.stdout + made.stderr
    assert "FAIL event.grows_only (_nxs_functions.h:" in made.stdout
    assert "again: nexus conformance" in made.stdout
    assert "--html FILE" not in made.stdout
    assert 'class="state failed"' in files[0].read_text()
    shown = run(compile_program(files[1], tmp_path / "show"), backwards)
    assert "SignalEvent" in shown.stdout


def test_a_crash_is_told_with_its_call(tmp_path: Path) -> None:
    made = conformance(mutant(tmp_path, "NAME_NULL_CRASHES"), "--only", "kernel.null_name")
    told = r"  nxsGetKernel crashed: SIGSEGV\n  in nxsGetKernel\(\d+, NULL\)\n"
    assert re.search(told, made.stdout), made.stdout
    assert "--replay FILE make the calls again" in made.stdout


def test_a_command_line_runs_a_check_again(backwards: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["--profile", "core", "--json", report]
    made = conformance(backwards, "--only", "event.grows_only", *options)
    wanted = f"nexus conformance {backwards} --profile core --only event.grows_only"
    assert f"again: {wanted}\n" in made.stdout
    (found,) = json.loads(report.read_text())["runs"]
    assert [one["again"] for one in found["outcomes"] if one["state"] == "fail"] == [wanted]
    assert "note: nothing was fuzzed" in made.stdout


def test_a_command_line_fuzzes_again(tmp_path: Path) -> None:
    plugin = mutant(tmp_path, "COUNT_KEPT")
    made = conformance(plugin, "--only", "fuzz.model", "--fuzz-examples", "20")
    (again,) = re.findall(r"again: nexus conformance (.*)", made.stdout)
    # The seed was random, so the same run needs it.
    assert re.search(r"--seed \d+ --fuzz-examples 20 --only fuzz.model$", again)
    told = re.compile("FAIL fuzz.*?again", re.DOTALL)
    assert told.findall(conformance(*shlex.split(again)).stdout) == told.findall(made.stdout)


def test_whether_it_loads_can_be_all_that_is_run() -> None:
    made = conformance(CPU, "--only", "process.loads")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Every rule holds: 1 pass" in made.stdout


def test_a_plugin_without_a_device(build: Build) -> None:
    name = "if (id == NP_Size) { *(nxs_long *)value = 0; *size = 8; return 0; } return -64;"
    ask = "if (!value) { *size = 8; return id == NP_Size ? 0 : -64; }"
    plugin = build(HEAD + VALUE.format(ask + name), "none_plugin")
    made = conformance(plugin)
    assert made.returncode == 2, made.stdout
    assert "finds no device here" in made.stderr


def test_kernels_that_are_not_given_leave_out_what_needs_them(tmp_path: Path) -> None:
    entry = {"file": "none.c", "names": {"add": "add"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"cpu": entry}))
    (tmp_path / "none.c").write_text("void add(float *x) { x[0] = 1; }")
    options = ["--kernels", tmp_path, "--only", "kernel.bound", "--only", "fuzz"]
    made = conformance(CPU, *options, "--fuzz-examples", "5")
    assert made.returncode == 0, made.stdout + made.stderr
    reason = "the kernels for this runtime have no 'fill'"
    assert f"{reason}:\n    kernel.bound, fuzz.model" in made.stdout


def test_kernels_that_cannot_be_read_are_no_fault_of_the_plugin(tmp_path: Path) -> None:
    entry = {"file": "missing.c", "names": {"add": "add"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"cpu": entry}))
    made = conformance(CPU, "--kernels", tmp_path, "--only", "kernel.add")
    assert made.returncode == 2, made.stdout
    assert "missing.c" in made.stderr


def test_kernels_that_cannot_be_compiled_are_told(tmp_path: Path) -> None:
    entry = {"file": "add.c", "compile": ["nowhere/cc", "{file}"], "names": {"add": "add"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"cpu": entry}))
    (tmp_path / "add.c").write_text("void other(void) {}")
    made = conformance(CPU, "--kernels", tmp_path, "--only", "event.grows_only")
    assert made.returncode == 0, made.stdout
    assert "note: the kernels are given as source, since nowhere/cc cannot compile" in made.stdout


def test_what_needs_a_compiler_is_left_out_and_told(tmp_path: Path) -> None:
    names = ("thread.unique", "failure.create_event", "event.wakes", "fuzz.threads", "event.types")
    only = [word for name in names for word in ("--only", name)]
    without = {"CC": "/nowhere/cc", "XDG_CACHE_HOME": str(tmp_path)}
    made = conformance(CPU, *only, "--fuzz-examples", "5", **without)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "4 not applicable" in made.stdout
    assert "note: no allocation is made to fail, no thread of C runs: /nowhere/cc" in made.stdout


def test_command_on_no_plugin(tmp_path: Path) -> None:
    text = tmp_path / "libtext_plugin.so"
    text.write_text("no library")
    made = conformance(text)
    assert made.returncode == 1
    assert "the plugin cannot be loaded" in made.stdout


@pytest.mark.parametrize("body", ["abort();", "exit(0);"])
def test_command_on_what_does_not_load(build: Build, body: str) -> None:
    plugin = build(HEAD + CONSTRUCTOR.format(body), "bad_plugin")
    made = conformance(plugin)
    assert made.returncode == 1
    assert "FAIL process.loads" in made.stdout
    assert "nothing else was run" in made.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("LOAD_CRASHES", "process.loads"),
        ("LOAD_HANGS", "process.loads"),
        ("LOAD_EXITS", "process.loads"),
        ("CALLS_EXIT", "event.grows_only"),
        ("PRINTS", "process.quiet"),
        ("DESCRIPTORS_WRITTEN", "process.quiet"),
        ("DESCRIPTORS_CLOSED", "process.standard_files"),
        ("HANDLE_MAXIMUM", "buffer.independent"),
        ("HANDLE_TWICE", "handle.unique"),
        ("VALUE_OVERRUNS", "property.exact_size"),
    ],
)
def test_bad_plugins_end_in_order(name: str, check: str, tmp_path: Path) -> None:
    plugin = mutant(tmp_path, name)
    only = "event.grows_only" if check == "process.loads" else check
    fuzz = ("--only", "fuzz.model", "--fuzz-examples", "5", "--seed", "1")
    mark = f"{tmp_path}/mark"
    made = conformance(plugin, "--only", only, *fuzz, NEXUS_TEST_MARK=mark)
    assert made.returncode == 1, made.stdout + made.stderr
    assert f"FAIL {check}" in made.stdout
    assert ("fuzzed with --seed 1" in made.stdout) == (check != "process.loads")
    assert "Traceback" not in made.stderr
    assert_nothing_left(mark)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "which plugin?"),
        (("nowhere.so",), "there is no file 'nowhere.so'"),
        ((CPU, "--only", "buffer.nothing"), "there is no check 'buffer.nothing'"),
        ((CPU, "--sanitize", "memory"), "there is no sanitizer 'memory'"),
        ((CPU, "--known-failures", "nowhere.txt"), "nowhere.txt cannot be read"),
        ((CPU, "--profile", "best"), "there is no 'best' among core, full"),
        ((CPU, "--only", "fuzz.nothing"), "there is no fuzzer 'fuzz.nothing'"),
        ((CPU, "--fuzz-examples", "-1"), "--fuzz-examples -1 is below 0"),
        ((CPU, "--html", "nowhere/x.html"), "nowhere/x.html cannot be written"),
        ((CPU, "--kernels", "nowhere", "--only", "kernel"), "nowhere/manifest.json"),
    ],
)
def test_usage(arguments: tuple[str | Path, ...], words: str) -> None:
    made = conformance(*arguments)
    assert made.returncode == 2, made.stdout
    assert words in made.stderr


def test_known_failures(backwards: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("# of this plugin\n\nevent.grows_only: an old fault\n")
    made = conformance(backwards, "--only", "event.grows_only", "--known-failures", known)
    assert made.returncode == 0, made.stdout
    assert "event.grows_only: an old fault" in made.stdout
    known.write_text("event.grows_only: it used to fall\n")
    made = conformance(CPU, "--only", "event.grows_only", "--known-failures", known)
    assert made.returncode == 1
    assert "take it out of the known failures (it used to fall)" in made.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [("event.grows_only", "is not of the form"), ("event.none: why", "there is no check")],
)
def test_bad_known_failures(tmp_path: Path, text: str, words: str) -> None:
    known = tmp_path / "known.txt"
    known.write_text(text)
    made = conformance(CPU, "--known-failures", known)
    assert made.returncode == 2
    assert f"{known}:1" in made.stderr
    assert words in made.stderr


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
    made = run(
        *(sys.executable, "-m", "pytest", "-p", "nexus.conformance.pytest_plugin", "-rA"),
        *("--pyargs", "nexus.conformance", f"--nexus-plugin={backwards}"),
        *("-k", "event.grows_only or process.loads", "-c", os.devnull, "-p", "no:cacheprovider"),
        *("--nexus-known-failures", listed),
        folder=tmp_path,
    )
    found = re.sub(r"\d+ deselected, ", "", made.stdout)
    assert summary in found, made.stdout + made.stderr
    assert ("program in C" in made.stdout) == (" failed" in summary)
