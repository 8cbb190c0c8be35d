"""Values that no call expects, and a judgement of the exceptions that they cause."""

from __future__ import annotations

from typing import Any

import numpy as np

import nexus

VALUES: list[Any] = [
    *(None, "", "x\0y", "\udc80", b"", b"12", bytearray(3), memoryview(b"1234")[::2]),
    *(True, -1, 0, 3, 2**31, 2**32, 2**63, 2**64, 2**70, -(2**70), 10**400),
    *(1.5, 4.0, float("nan"), float("inf"), 1j, object(), int, NotImplemented, range(3)),
    *([], {}, (), [None], (1, 2, 3, 4), [1, 2], iter([1])),
    *(np.array([1, 2]), np.array(1.5), np.zeros(0), np.array(["a"]), np.array([None])),
    *(np.float32(1.5), np.int64(3), np.bool_(True), np.ma.masked, np.ma.array([1.0], mask=[1])),
    *(np.datetime64("2020"), np.void(b"12"), np.complex64(1j), np.dtype("f4"), nexus.status),
]

# The classes of exceptions that a call may raise.
_KINDS = (
    *(nexus.NexusError, TypeError, ValueError, BufferError, OverflowError),
    *(IndexError, KeyError, AttributeError),
)
# What Python, NumPy and cffi say about an argument that nobody has checked.
_FOREIGN = (
    *("cffi", "cdata", "ctype", "an integer is required", "integer argument expected"),
    *("cannot be interpreted as an integer", "int too", "too big to convert", "too large"),
    *("object has no", "has no attribute", "object is not", "unhashable", "not subscriptable"),
    *("not supported between", "unsupported operand", "must be real number", "bad operand"),
    *("invalid literal", "truth value", "bytes-like object", "expected str, bytes"),
    *("codec can't encode", "int() argument", "float() argument", "masked element"),
)


def fault_of(error: Exception) -> str:
    """Return what is wrong with an exception that a hostile argument has caused; empty if fine."""
    if not isinstance(error, _KINDS):
        return f"an exception of a foreign kind, {error!r}"
    if isinstance(error, nexus.NexusError):
        return ""
    text = str(error)
    foreign = [words for words in _FOREIGN if words in text]
    if foreign or len(text) < 10:
        return f"a text that is not ours, {error!r}"
    return ""
