"""The conformance kit: the reference plugin passes, and each mutant fails its check."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from support.conformance_kit import conformance

pytest.importorskip("hypothesis", reason="the kit is the extra [conformance]")

from conformance.mutants import judge
from support.paths import TESTS

import nexus
from nexus.conformance.harness.registry import GROUPS, all_checks
from nexus.conformance.report.outcome import State
from nexus.conformance.runner import LOADS, Runner, Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mutants are for Linux")

MUTANTS = judge.mutants()


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judge.build(tmp_path_factory.mktemp("reference"))


@pytest.mark.parametrize("group", GROUPS)
def test_the_reference_passes(reference, group):
    with Runner(Settings(str(reference))) as runner:
        found = [runner.run(check) for check in all_checks() if check.group == group]
    assert found
    assert {f"{one.id}: {one.message}" for one in found if one.state is not State.PASSED} == set()


@pytest.mark.long
@pytest.mark.parametrize(
    "mutants",
    [
        pytest.param(MUTANTS[::8], id="every_eighth"),
        pytest.param(
            [mutant for number, mutant in enumerate(MUTANTS) if number % 8],
            id="the_others",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_each_mutant_is_killed_by_its_check(tmp_path, mutants):
    # Many in one test, since most of the time is spent waiting for mutants that hang.
    found = judge.judge_all(tmp_path, mutants)
    living = {f"{name} ({one.id})" for name, one in found.items() if one.state is not State.FAILED}
    assert living == set()


def test_each_check_has_a_line_of_the_header():
    sections = {"": "Rules for all of them", "work": "Rules for work"}
    for check in all_checks():
        name, number = check.header.split(":")
        lines = Path(nexus.get_include(), "nexus-api", name).read_text().splitlines()
        assert sections.get(check.function, check.function) in lines[int(number) - 1], check.id


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
        "run python tests/conformance/mutants/judge.py"
    )


@pytest.mark.long
@pytest.mark.thorough
def test_a_plugin_from_the_field_keeps_the_core(plugin_folder, tmp_path):
    manifest = {"field": {"text": "SCRATCH1", "names": {"add": "add"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    known = TESTS / "support" / "plugins" / "field_plugin.known"
    report = tmp_path / "report.json"
    made = conformance(
        *(plugin_folder / "libfield_plugin.so", "--profile", "core", "--kernels", tmp_path),
        *("--known-failures", known, "--seed", 1, "--json", report),
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (found,) = json.loads(report.read_text())["runs"]
    gaps = [one for one in found["outcomes"] if one["state"] != "pass"]
    assert {one["state"] for one in gaps} == {"expected failure", "not applicable"}
    assert all(one["message"] for one in gaps)
    assert found["counts"]["pass"] > 100
