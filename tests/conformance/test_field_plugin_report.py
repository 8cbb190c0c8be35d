"""The conformance kit on a plugin of the field: each cause is reported, and reported once."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from support import field_plugin

pytest.importorskip("hypothesis", reason="the kit is the extra [conformance]")

from nexus.conformance.fuzz import outcomes as run_fuzz
from nexus.conformance.harness.registry import all_checks, select
from nexus.conformance.report.outcome import Identity, Outcome, Report, State
from nexus.conformance.report.page import html
from nexus.conformance.report.table import text
from nexus.conformance.runner import Runner, Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the field plugin is for Linux")


def reported(*ids: str) -> set[str]:
    """Return the checks of the deviations in the plugin's README, without some of them."""
    rows = (field_plugin.SOURCES / "README.md").read_text("utf-8")
    found = re.findall(r"^\| \d+ \|.*\| `([a-z_.]+)` \|$", rows, re.MULTILINE)
    assert len(found) == len(set(found)) >= 15, "each deviation has a check of its own"
    return set(found) - set(ids)


def judged(plugin: Path, *ids: str) -> list[Outcome]:
    """Run checks, by default all of them, in profile core."""
    with Runner(Settings(str(plugin), "core")) as runner:
        return list(runner.run_all(select(ids)))


def failures(outcomes: list[Outcome]) -> set[str]:
    return {one.id for one in outcomes if one.state is State.FAILED}


@pytest.mark.long
def test_every_failure_is_a_deviation_and_counted_once(tmp_path):
    plugin = field_plugin.build(tmp_path)
    with Runner(Settings(str(plugin), "core")) as runner:
        found = list(runner.run_all(all_checks()))
        found += run_fuzz.run(runner, 5, 1)
    assert failures(found) == reported()
    followers = [one for one in found if one.state is State.FOLLOWS]
    assert {one.root for one in followers} <= reported()
    assert {"fuzz.model", "buffer.fill_null", "command.zero_grid"} <= {one.id for one in followers}
    told = [one.message for one in found if one.state is not State.PASSED]
    assert not any("2147483648" in message and "ReleaseStream" not in message for message in told)
    report = text(Report(Identity(str(plugin)), "core", outcomes=found))
    assert max(map(len, report.splitlines())) <= 300
    _, _, after = report.partition("FAIL buffer.null_host")
    assert "  the same cause:\n    buffer.fill_null: nxsFillBuffer" in after.partition("FAIL")[0]


@pytest.mark.parametrize("switch", [None, "PER_ITEM", "NO_LIBRARY_DATA"])
def test_kernels_are_found_in_either_plain_convention(tmp_path, switch):
    plugin = field_plugin.build(tmp_path, *([switch] if switch else []))
    ids = ("kernel.add", "kernel.bound", "kernel.partial_group", "command.changed")
    found = {one.id: (one.state, one.message) for one in judged(plugin, *ids)}
    assert {found[id] for id in ids} == {(State.PASSED, "")}


def test_a_direction_that_is_ignored_is_told_once(tmp_path):
    plugin = field_plugin.build(tmp_path, "COPY_READS")
    found = judged(plugin, "buffer")
    here = {id for id in reported() if id.startswith("buffer.")}
    assert failures(found) == {"buffer.copy_to_device"} | here
    (told,) = (one.message for one in found if one.id == "buffer.copy_to_device")
    assert "the direction is ignored" in told
    follow = {one.id for one in found if one.root == "buffer.copy_to_device"}
    assert {"buffer.round_trip", "buffer.guard_page"} <= follow


def test_a_root_that_was_not_chosen_is_reported(tmp_path):
    found = judged(field_plugin.build(tmp_path), "buffer.fill_null")
    states = {one.id: (one.state, one.root) for one in found}
    assert states["buffer.null_host"][0] is State.FAILED
    assert states["buffer.fill_null"] == (State.FOLLOWS, "buffer.null_host")
    report = Report(Identity("plugin.so"), "core", outcomes=found)
    assert not report.holds
    assert 'The same cause: <a href="#buffer.null_host">' in html([report])
    head = next(line for line in text(report).splitlines() if line.startswith("group"))
    assert head.split() == ["group", "pass", "fail", "follow", "expected", "n/a", "seconds"]


def test_without_libraries_from_memory_there_are_files(tmp_path):
    plugin = field_plugin.build(tmp_path, "NO_LIBRARY_DATA")
    ids = ("library.empty", "library.guard_page", "library.truncated", "library.from_file")
    found = {one.id: one for one in judged(plugin, *ids, "kernel.add")}
    assert found["library.from_file"].state is State.PASSED
    for id in ids[:3]:
        assert found[id].state is State.NOT_APPLICABLE
        assert found[id].message == "the plugin has no nxsCreateLibrary"
    assert failures(list(found.values())) <= reported()


def test_without_events_other_checks_apply(tmp_path):
    ids = (
        *("property.size_query", "property.utf8", "handle.other_kind", "handle.many"),
        *("process.exit_live", "process.locale", "process.descriptors", "process.quiet"),
    )
    found = {one.id: one.state for one in judged(field_plugin.build(tmp_path), *ids)}
    assert all(found[id] is not State.NOT_APPLICABLE for id in ids)
    assert all(found[id] is State.PASSED for id in ids if id.startswith("process"))


@pytest.mark.parametrize("switch", ["EVENTS", "NO_FILL", "NO_GETTERS", "NO_SCALAR"])
def test_what_a_plugin_lacks_is_absent(tmp_path, switch):
    plugin = field_plugin.build(tmp_path, switch)
    groups = ("property", "buffer", "command", "event", "handle", "thread", "failure")
    found = judged(plugin, *groups)
    assert failures(found) <= reported()
    assert not any("NXS_ABSENT" in one.message for one in found)


def test_the_257th_object_is_tried(tmp_path):
    found = {one.id: one for one in judged(field_plugin.build(tmp_path), "handle.many")}
    assert found["handle.many"].state is State.FAILED
    assert "nxsCreateBuffer crashed: SIGABRT" in found["handle.many"].message
