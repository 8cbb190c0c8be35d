"""Calls a plugin while one of its allocations fails, by means of the preloaded library."""

from __future__ import annotations

import ctypes
import errno
from typing import Any

from nexus._ffi import ffi

# Most arguments of a trampoline, the plugin's table included.
MAX_ARGUMENTS = 8

_libc = ctypes.CDLL(None)


def interposer() -> Any:
    """Return the preloaded library."""
    if not hasattr(_libc, "nexus_kit_call"):
        raise OSError(errno.ENOSYS, "allocations cannot be made to fail: nothing is preloaded")
    _libc.nexus_kit_live.restype = ctypes.c_long
    _libc.nexus_kit_call.restype = ctypes.c_long
    return _libc


def call_failing(
    function: int, values: list[Any], count: int, kind: int
) -> tuple[int, dict[str, int]]:
    """Call a trampoline while its n-th allocation fails."""
    arguments = (ctypes.c_long * MAX_ARGUMENTS)(*map(word, values))
    seen, failed = ctypes.c_long(), ctypes.c_long()
    result = interposer().nexus_kit_call(
        *(ctypes.c_void_p(function), arguments, ctypes.c_long(count), ctypes.c_int(kind)),
        *(ctypes.byref(seen), ctypes.byref(failed)),
    )
    value = ctypes.c_int32(result & 0xFFFFFFFF).value
    return value, {"seen": seen.value, "failed": failed.value}


def word(value: Any) -> int:
    """Return the machine word that passes a number or a pointer."""
    number = value if isinstance(value, int) else int(ffi.cast("uintptr_t", value))
    return ctypes.c_long(number).value
