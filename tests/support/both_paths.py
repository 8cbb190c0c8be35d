"""Compares calls in C with the Python methods that they stand for."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from nexus.buffer import Buffer
from nexus.command import Command


class Whole(int):
    """An int of a class of its own."""


class Hostile:
    """An object whose every conversion raises."""

    def __index__(self):
        raise ZeroDivisionError("no index")

    __hash__ = None  # type: ignore[assignment]


class Unhashable:
    """An object whose hash raises another error than TypeError."""

    def __hash__(self):
        raise LookupError("no hash")


def outcome(call, args, keywords):
    """Return what a call returns, or the class and text of what it raises."""
    try:
        result = call(*args, **keywords)
    except Exception as error:
        # Each path has a schedule of its own.
        return type(error), re.sub(r"handle \d+", "handle", str(error))
    if isinstance(result, Buffer):
        with result:
            return result.layout, result.device, result.numpy().tolist(), result._shared
    if isinstance(result, Command):
        settings = result._accepted, result._given, list(result._buffers.items())
        return result.kernel, result.get_event(), settings, result.properties()
    return result


def compare(thing, name, args, keywords=None):
    keywords = keywords or {}
    in_python = outcome(getattr(thing, f"_python_{name}"), args, keywords)
    fast = outcome(getattr(thing, name), args, keywords)
    assert fast == in_python


def sampled(*values):
    return st.sampled_from(values)


ODD = (
    sampled(None, True, 1.5, "", b"Size", (), Whole(4), 2**70, -1)
    | st.builds(Hostile)
    | st.builds(Unhashable)
    | st.builds(lambda: ["Size"])
)
PARTS = sampled(0, 1, 4, 16, 3, -4, 2**32, 2**70, True, 4.0, "4", None, Whole(4))
EXTENTS = PARTS | st.lists(PARTS, max_size=4) | st.lists(PARTS, max_size=4).map(tuple)


def all_ints(values):
    return all(isinstance(value, int) for value in values)
