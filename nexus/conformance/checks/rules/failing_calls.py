"""Calls that fail leave nothing behind, and releases need no memory."""

from __future__ import annotations

from nexus.conformance.checks.support.calls import survived_calls
from nexus.conformance.checks.support.subjects import KINDS, create, one_of_each, releasable
from nexus.conformance.checks.support.trials import (
    REPEAT,
    armed,
    heap_in_use,
    settled,
    usual,
)
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

# Bytes that any allocator maps anew.
_MAPPED = 32 << 20
# Bytes for the value of a property.
_TOLD = 4096


@check(
    "failure.release",
    "A release succeeds even if every allocation fails.",
    function="ReleaseBuffer",
)
def release(kit: Kit) -> None:
    if not kit.session.interpose:
        raise NotApplicable("allocations cannot be made to fail here")
    for kind in releasable(kit):
        call = KINDS[kind].release
        handle = create(kit, kind)
        value, _ = armed(kit, (call, handle), 1, "malloc")
        assert value == 0, f"{call} without memory gives {status_name(value)}"


@check("failure.objects", "A failed call neither creates nor destroys an object.")
def objects(kit: Kit) -> None:
    live = one_of_each(kit)
    before = kit.live()
    for name, *arguments in survived_calls(kit, live):
        value = kit.worker.call(name, *arguments).value
        assert value < 0, f"{name} succeeds although it must fail"
        after = kit.live()
        got = status_name(value)
        assert after == before, f"{name} gives {got} and makes LiveObjects {before} {after}"


@check("failure.heap", "A failed call leaks no memory.")
def heap(kit: Kit) -> None:
    live = one_of_each(kit)
    for name, *arguments in survived_calls(kit, live):
        grown: list[int] = []
        while len(grown) < REPEAT and not settled(grown):
            before = heap_in_use(kit)
            kit.worker.call(name, *arguments)
            grown.append(heap_in_use(kit) - before)
        assert settled(grown), f"each {name} that fails leaves {usual(grown)} bytes on the heap"
