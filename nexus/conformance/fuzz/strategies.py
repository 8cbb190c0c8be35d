"""Strategies of the state machine: valid and invalid handles, edge sizes, settings."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle

from nexus._enums import PROPERTY_TYPES, data_type
from nexus.conformance.fuzz.model_objects import (
    BITS,
    Buffer,
    Command,
    Event,
    Kernel,
    Library,
    Schedule,
    Stream,
    Thing,
)
from nexus.conformance.fuzz.model_work import NON_BLOCKING
from nexus.conformance.harness.call_arguments import Dim3, Layout
from nexus.conformance.harness.trace import Forged

KINDS = (Buffer, Library, Kernel, Event, Stream, Schedule, Command)
Target = Thing | int

INT_MIN, INT_MAX, UINT_MAX = -(1 << 31), (1 << 31) - 1, (1 << 32) - 1
ULONG_MAX = (1 << 64) - 1

buffers, libraries, kernels = Bundle("buffers"), Bundle("libraries"), Bundle("kernels")
events, streams = Bundle("events"), Bundle("streams")
schedules, commands = Bundle("schedules"), Bundle("commands")
BUNDLES = (buffers, libraries, kernels, events, streams, schedules, commands)

things = st.one_of(*BUNDLES)
made_up = st.sampled_from([-1, INT_MIN, INT_MAX, 0, 1, 4095, 1 << 20, 1 << 30]) | st.integers(
    INT_MIN, INT_MAX
)
# A handle with one bit flipped: another slot, or another generation of the slot.
bits = st.integers(0, 30)
near = st.builds(lambda thing, bit: Forged(thing.handle, bit), things, bits)
wrong = st.one_of(things, made_up, near)


def of(bundle: Any) -> Any:
    """Return a strategy for a handle, most often a valid one."""
    return st.integers(0, 7).flatmap(lambda n: bundle if n else wrong)


devices = st.sampled_from([0] * 12 + [-1, INT_MAX, INT_MIN, 1 << 20])
sizes = st.sampled_from([0, 1, 3, 4, 15, 16, 17, 64, 100, 256, 4096, 4097])
seeds = st.integers(0, 255)
data_types = st.sampled_from([0, 1, 8, *BITS, 20, 31, 35, UINT_MAX])
execution = st.sampled_from([0, 0, 0, 0, NON_BLOCKING, NON_BLOCKING, 2, 4, 10, 16, UINT_MAX])
quiet = st.sampled_from([0, 0, 0, 0, 1, 2, 4, 16, 1 << 31])
values = st.sampled_from([0, 1, 1, 2, 3, 100, -1, INT_MIN, INT_MAX])
names = st.sampled_from([None, "", "argument", "é" * 40, "x" * 300])
kernel_names = st.sampled_from(
    ["add", "add", "fill", "fill", None, "", "ad", "addd", "x" * 70, "x" * 300, "x" * 5000]
)
indices = st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 63, 64, -1, INT_MIN, INT_MAX])
scalar_types = st.sampled_from([int(data_type.I32)] * 8 + [*map(int, BITS), 31, 32 + 1, UINT_MAX])
keys = st.sampled_from([*map(int, PROPERTY_TYPES), 9999, INT_MAX, UINT_MAX])
modes = st.sampled_from(["exact", "larger", "short", "zero", "size", "no size", "nothing"])
dimensions = st.sampled_from([1, 1, 1, 2, 3, 0, UINT_MAX])
grids = st.builds(Dim3, st.sampled_from([1, 2, 3, 0, 1000, UINT_MAX]), dimensions, dimensions)
patterns = st.none() | st.builds(
    lambda seed, size: content(seed, size), seeds, st.sampled_from([0, 1, 2, 3, 4, 8, 16, 17])
)


def content(seed: int, size: int) -> bytes:
    """Return bytes that identify their origin."""
    return bytes((seed + 7 * i) & 0xFF for i in range(size))


def floats(seed: int) -> bytes:
    """Return numbers whose sums are exact."""
    return struct.pack("=16f", *(seed + 1 + i for i in range(16)))


contents = st.builds(floats, seeds) | st.builds(content, seeds, st.just(37))


@st.composite
def layouts(draw: Callable[..., Any]) -> Layout:
    """Draw a small layout, most often a valid one."""
    kind = int(draw(data_types))
    shape = draw(st.integers(0, 8))
    if shape <= 5:
        return Layout(kind, (draw(sizes),))
    if shape <= 7:
        dims = draw(st.lists(st.sampled_from([0, 1, 2, 3, 5]), max_size=8))
        return Layout(kind, tuple(dims))
    dims = draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3))
    return Layout(kind, tuple(dims), tuple(draw(st.sampled_from([1, 2, 4])) for _ in dims))


# Sizes beyond all memory, most of them beyond 64 bits, and invalid ranks.
_sides = st.sampled_from([ULONG_MAX, 1 << 63, 1 << 62, (1 << 61) + 1])
_types = data_types.map(int)
huge_layouts = st.one_of(
    st.builds(lambda side: Layout(0, (side,)), _sides),
    st.builds(lambda kind, side: Layout(kind, (side, 2, 1 << 40)), _types, _sides),
    st.builds(lambda kind: Layout(kind, (1 << 32, 1 << 32)), _types),
    st.builds(lambda kind: Layout(kind, (2, 2), (ULONG_MAX, ULONG_MAX)), _types),
    st.builds(lambda side: Layout(0, (3, 3), (side, 1)), _sides),
    st.builds(lambda rank: Layout(0, (1,) * 8, (), rank), st.sampled_from([9, UINT_MAX])),
)
