"""Handles that another process or another plugin issued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nexus.conformance.checks.support.subjects import (
    KINDS,
    live_if_told,
    one_of_each,
    refused,
    uses,
)
from nexus.conformance.harness.call_arguments import shown
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import STATUSES, WrongStatus


def _uses(kit: Kit, theirs: Mapping[str, int]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """List the kinds of the handles, with the calls that take them."""
    for kind in KINDS:
        if kind not in theirs:
            continue
        for call in uses(kit, kind, theirs[kind], theirs):
            # Plugins differ in which of the two invalid handles they report.
            if not (call[0] == "RunSchedule" and kind == "stream"):
                yield kind, call


@check(
    "handle.foreign",
    "A process without objects refuses handles of another process.",
    function="ReleaseBuffer",
    root="handle.made_up",
)
def foreign(kit: Kit) -> None:
    theirs = one_of_each(kit)
    refused(kit, "InvalidBuffer", "ReleaseBuffer", -1)
    mine = kit.fresh().worker
    for kind, (function, *arguments) in _uses(kit, theirs):
        value = mine.call(function, *arguments).value
        if value >= 0:
            called = shown(function, arguments)
            raise WrongStatus(f"{called} takes a {kind} of another process", STATUSES)


@check(
    "handle.other_plugin",
    "Handles of another plugin in the process are refused, and stay valid there.",
    function="ReleaseBuffer",
    root="handle.made_up",
)
def other_plugin(kit: Kit) -> None:
    theirs = one_of_each(kit)
    before = live_if_told(kit)
    for kind, (function, *arguments) in _uses(kit, theirs):
        try:
            value = kit.worker.control("copy_call", function, *arguments)
        except ValueError as error:
            raise NotApplicable(f"a copy of the plugin cannot be loaded: {error}") from error
        assert value < 0, f"{shown(function, arguments)} of a copy takes the plugin's {kind}"
    assert live_if_told(kit) == before, "calls in a copy of the plugin changed its objects"
    for kind in ("event", "stream", "buffer"):
        if kit.has(KINDS[kind].release):
            kit.ok(KINDS[kind].release, theirs[kind])
