"""How many objects can live at once, and how often handles can be issued."""

from __future__ import annotations

from nexus.conformance.checks.support.subjects import SIZE, create
from nexus.conformance.harness.call_arguments import Layout
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

_CREATIONS = 4_000_000
_MOST_LIVE = 1_000_000
_MANY_LIVE = 1000


@check(
    "handle.many",
    "A thousand buffers can live at once.",
    function="CreateBuffer",
)
def many(kit: Kit) -> None:
    for count in range(_MANY_LIVE):
        value = kit.worker.call("CreateBuffer", 0, Layout(0, [SIZE]), None, 0).value
        assert value >= 0, f"with {count} live buffers another one gives {status_name(value)}"


@check(
    "handle.generation_wrap",
    "A released handle is refused for 4 million further creations.",
    function="CreateEvent",
    needs=("full",),
)
def generation_wrap(kit: Kit) -> None:
    stale = create(kit, "event")
    kit.ok("ReleaseEvent", stale)
    # In parts, each with a time-out that suits a busy machine.
    for first in range(0, _CREATIONS, _CREATIONS // 8):
        wrong = kit.worker.control("probe", "churn", stale, first, _CREATIONS // 8, timeout=60)
        assert not wrong, wrong


@check(
    "handle.million_live",
    "A million objects can live at once; at a lower limit there is a status and recovery.",
    function="CreateEvent",
    needs=("full",),
)
def million_live(kit: Kit) -> None:
    made, status, wrong = kit.worker.control("probe", "many_live", _MOST_LIVE, timeout=200)
    assert not wrong, f"of {made} live events: {wrong}"
    got = status_name(status)
    assert made == _MOST_LIVE, f"{made} events live at once, and then {got}; a million are promised"


@check(
    "handle.exhaustion",
    "At the limit of objects there is a status, all of them work, and a release makes room.",
    function="CreateEvent",
    needs=("full",),
)
def exhaustion(kit: Kit) -> None:
    made, status, wrong = kit.worker.control("probe", "many_live", 3 * _MOST_LIVE, timeout=600)
    assert not wrong, f"of {made} live events: {wrong}"
    if status == 0:
        raise NotApplicable(f"{made} objects live at once without reaching a limit")
    got = status_name(status)
    allowed = ("OutOfResources", "OutOfHostMemory")
    assert got in allowed, f"after {made} live events a creation gives {got}"
