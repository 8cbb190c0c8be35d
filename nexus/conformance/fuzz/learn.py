"""Queries the facts about a plugin that the fuzzer's model needs."""

from __future__ import annotations

import struct
from typing import Any

from nexus._enums import property
from nexus.conformance.fuzz.model import Facts
from nexus.conformance.fuzz.model_objects import KINDS, Kernel
from nexus.conformance.harness.call_arguments import Layout, Out, SizeT
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.worker import Worker

# More objects than an example creates.
_FIRST = 200


def learn(worker: Worker, recipe: Recipe, strict: bool) -> Facts:
    """Query the facts about a plugin that the model needs.

    Parameters
    ----------
    worker : Worker
        A new worker.
    recipe : Recipe
        The kernels add and fill.
    strict : bool
        Check the whole query protocol.
    """
    devices = _number(worker, "GetRuntimeProperty", int(property.Size))
    most = _number(worker, "GetDeviceProperty", 0, int(property.MaxThreadsPerBlock))
    size = 8 * len(KINDS)
    key = int(property.LiveObjects)
    counts = worker.call("GetRuntimeProperty", key, Out(size), SizeT(size))
    live = struct.unpack(f"={len(KINDS)}q", counts.outs[0]) if counts.value == 0 else None
    return Facts(
        present=frozenset(worker.functions),
        library=recipe.image,
        names={name: recipe.names[name] for name in Kernel.PARAMETERS},
        devices=1 if devices is None else devices,
        largest_group=1024 if most is None else most,
        live=live,
        strict=strict,
        foreign=_foreign(worker),
    )


def _foreign(worker: Worker) -> tuple[int, ...]:
    """Return handles that are invalid in a process with fewer objects than this one."""
    for _ in range(_FIRST):
        worker.call("CreateSchedule", 0, 0)
    made = (
        worker.call("CreateBuffer", 0, Layout(0, [64]), None, 0),
        worker.call("CreateEvent", 0, 0, 0),
        worker.call("CreateStream", 0, 0),
        worker.call("CreateSchedule", 0, 0),
    )
    return tuple(result.value for result in made if result.value >= 0)


def _number(worker: Worker, *query: Any) -> int | None:
    result = worker.call(*query, Out(8), SizeT(8))
    return struct.unpack("=q", result.outs[0])[0] if result.value == 0 else None
