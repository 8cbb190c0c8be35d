"""The conformance kit: a plugin that is right passes, and each that is wrong is found out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("hypothesis", reason="the kit is the extra [conformance]")

from nexus.conformance.checks import GROUPS, all_checks
from nexus.conformance.outcome import State
from nexus.conformance.run import LOADS, Runner, Settings

sys.path.insert(0, str(Path(__file__).parent / "mutants"))
import judge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mutants are for Linux")

MUTANTS = judge.mutants()


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judge.build(tmp_path_factory.mktemp("reference"))


def kit(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the kit as a vendor does."""
    command = [sys.executable, "-m", "nexus", "conformance", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("group", GROUPS)
def test_the_reference_passes(reference, group):
    with Runner(Settings(str(reference))) as runner:
        found = [runner.run(check) for check in all_checks() if check.group == group]
    assert found
    assert {f"{one.id}: {one.message}" for one in found if one.state is not State.PASSED} == set()


def test_each_mutant_is_killed_by_its_check(tmp_path):
    # All in one test, since most of the time goes to waiting for those that hang.
    found = judge.judge_all(tmp_path, MUTANTS)
    living = {f"{name} ({one.id})" for name, one in found.items() if one.state is not State.FAILED}
    assert living == set()


def test_each_check_has_a_mutant():
    checks = {LOADS.id, *(check.id for check in all_checks())}
    assert {mutant.check for mutant in MUTANTS} == checks


def test_the_list_names_what_the_source_has():
    in_source = set(re.findall(r"\bMUTANT\(([A-Z0-9_]+)\)", judge.SOURCE.read_text())) - {"NAME"}
    names = [mutant.name for mutant in MUTANTS]
    assert sorted(names) == sorted(in_source)
    assert len(names) >= 60


def test_the_page_on_mutants_is_up_to_date():
    def without_times(page: str) -> str:
        return re.sub(r"\| [0-9.]+ s \|$", "|", page, flags=re.MULTILINE)

    expected = judge.table(dict.fromkeys((mutant.name for mutant in MUTANTS), 0.0))
    assert without_times(judge.PAGE.read_text()) == without_times(expected), (
        "run python tests/mutants/judge.py"
    )


def descendants() -> Iterator[str]:
    """Give the processes of the kit that are still there."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if "nexus.conformance.server" in line:
            yield line


@pytest.mark.parametrize(
    ("name", "only", "check"),
    [
        ("LOAD_CRASHES", "buffer.zeroed", "process.loads"),
        ("LOAD_HANGS", "buffer.zeroed", "process.loads"),
        ("LOAD_EXITS", "buffer.zeroed", "process.loads"),
        ("DESCRIPTORS_WRITTEN", "process.quiet", "process.quiet"),
        ("DESCRIPTORS_CLOSED", "process.standard_files", "process.standard_files"),
        ("CALLS_EXIT", "buffer.zeroed", "buffer.zeroed"),
        ("HANDLE_MAXIMUM", "buffer.independent", "buffer.independent"),
        ("VALUE_OVERRUNS", "property.exact_size", "property.exact_size"),
    ],
)
def test_bad_plugins_are_reported_in_order(tmp_path, name, only, check):
    plugin = judge.build(tmp_path, name)
    run = kit(plugin, "--only", only)
    assert run.returncode == 1, run.stdout + run.stderr
    assert check in run.stdout
    assert "Traceback" not in run.stderr
    assert [line for line in descendants() if str(plugin) in line] == []


def test_a_file_that_is_no_plugin(tmp_path):
    path = tmp_path / "libtext_plugin.so"
    path.write_text("no plugin at all\n")
    run = kit(path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "process.loads" in run.stdout


def test_a_file_that_is_missing(tmp_path):
    run = kit(tmp_path / "libmissing_plugin.so")
    assert run.returncode == 2
    assert "libmissing_plugin.so" in run.stderr


def test_a_plugin_from_the_field_keeps_the_core(plugin_folder, tmp_path):
    manifest = {"field": {"text": "SCRATCH1", "names": {"add": "add"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    known = Path(__file__).parent / "plugins" / "field_plugin.known"
    report = tmp_path / "report.json"
    run = kit(
        *(plugin_folder / "libfield_plugin.so", "--profile", "core", "--kernels", tmp_path),
        *("--known-failures", known, "--seed", 1, "--json", report),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (found,) = json.loads(report.read_text())["runs"]
    gaps = [one for one in found["outcomes"] if one["state"] != "pass"]
    assert {one["state"] for one in gaps} == {"expected failure", "not applicable"}
    assert all(one["message"] for one in gaps)
    assert found["counts"]["pass"] > 100


def test_the_command_passes_the_reference(reference, tmp_path):
    report = tmp_path / "report.json"
    run = kit(reference, "--only", "buffer.zeroed", "--json", report)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "buffer.zeroed" in report.read_text()
    assert os.path.basename(reference) in report.read_text()
