"""Failures that follow from others, and what the kit finds out before the checks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import field_plugin
from support.conformance_kit import HEAD, VALUE

from nexus.conformance.causes import Causes
from nexus.conformance.harness import recipe
from nexus.conformance.harness.failures import Crash
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import Check, all_checks, select
from nexus.conformance.programs.replay import recordings, replay
from nexus.conformance.report.outcome import Outcome, State
from nexus.conformance.runner import Runner, Settings

linux = pytest.mark.skipif(sys.platform != "linux", reason="the field plugin is for Linux")


def causes(*failing: str) -> Causes:
    """Return the causes of a run in which these checks fail."""

    def run(item: Check) -> Outcome:
        state = State.FAILED if item.id in failing else State.PASSED
        return Outcome(item.id, item.sentence, "", state, root=item.root)

    return Causes(run)


def states(found: Causes, *ids: str) -> dict[str, tuple[State, str]]:
    outcomes = found.grouped(select(ids))
    return {one.id: (one.state, one.root) for one in outcomes if one.state is not State.PASSED}


def test_a_failure_whose_root_passes_stays_one():
    found = causes("buffer.fill_null")
    ids = ("buffer.fill_null", "buffer.null_host")
    assert states(found, *ids) == {"buffer.fill_null": (State.FAILED, "buffer.null_host")}
    assert found.of("buffer.null_host") is None


def test_a_check_that_passes_follows_from_nothing():
    assert states(causes("buffer.null_host"), "buffer.fill_null") == {}


def test_roots_have_roots():
    found = causes("handle.release_frees", "handle.after_reuse", "handle.released")
    assert states(found, "handle.release_frees") == {
        "handle.released": (State.FAILED, ""),
        "handle.release_frees": (State.FOLLOWS, "handle.released"),
    }
    cause = found.of("handle.unique", "handle.release_frees")
    assert cause is not None
    assert cause.id == "handle.released"


def test_each_root_is_a_check_and_ends():
    by_id = {item.id: item for item in all_checks()}
    for item in all_checks():
        seen = [item.id]
        while by_id[seen[-1]].root:
            seen.append(by_id[seen[-1]].root)
            assert len(seen) == len(set(seen)), seen


@linux
def test_a_replay_keeps_scalars_as_the_check_did(tmp_path):
    plugin = field_plugin.build(tmp_path)
    with Runner(Settings(str(plugin), "core")) as runner:
        kept = runner.run(select(["command.hole"])[0]).recording
        strict = runner.run(select(["command.scalar_copied"])[0]).recording
    assert kept is not None
    assert strict is not None
    assert kept["session"]["keep_scalars"]
    assert not strict["session"]["keep_scalars"]
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(kept))
    with pytest.raises(Crash, match="nxsRunSchedule crashed: SIGSEGV"):
        list(replay(recordings(str(path))[0]))


@linux
def test_in_profile_full_nothing_is_allowed_for(tmp_path):
    with Runner(Settings(str(field_plugin.build(tmp_path)))) as runner:
        outcome = runner.run(select(["kernel.bound"])[0])
    assert outcome.state is State.FAILED


def test_other_kernels_of_a_manifest(tmp_path):
    entry = {
        "text": "first",
        "names": {"add": "a"},
        "otherwise": [{"text": "second", "names": {"fill": "f"}}],
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"toy": entry}))
    found = [recipe.find("toy", str(tmp_path), tmp_path, place) for place in range(3)]
    assert [one and one.image for one in found] == [b"first", b"second", None]
    assert [one and one.names for one in found] == [{"add": "a"}, {"fill": "f"}, None]


def test_an_absent_function_has_no_answer(build: Callable[..., Path]) -> None:
    plugin = build(HEAD + VALUE.format("return -1;"), "bad_plugin")

    def asks(kit: Kit) -> None:
        value = kit.worker.call("ReleaseKernel", 1).value
        assert value == 0, f"ReleaseKernel gives {value}"

    with Runner(Settings(str(plugin))) as runner:
        outcome = runner.run(Check("kernel.asks", "It asks.", "", (), asks))
    assert outcome.state is State.NOT_APPLICABLE
    assert outcome.message == "the plugin has no nxsReleaseKernel"
