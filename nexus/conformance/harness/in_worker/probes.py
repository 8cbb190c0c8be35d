"""Parts of checks that run in the worker: long loops of calls, and queries of the process.

The first parameter of each function is the plugin's table. Arguments of calls are encoded by
``call_arguments.encode``.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from typing import Any

from nexus._ffi import lib
from nexus.conformance.harness.in_worker.call_memory import Memory

# FE_UPWARD of <fenv.h> on x86; elsewhere setting it may fail.
_FE_UPWARD = 0x800

_SECOND = 1_000_000_000


def _bound(table: Any, name: str, arguments: list[Any]) -> tuple[Any, list[Any], Memory]:
    memory = Memory(False)
    return getattr(lib, "nxs_" + name), [memory.pointer(a) for a in arguments], memory


def interrupted_wait(table: Any, function: str, event: int) -> tuple[bool, int]:
    """Wait while system signals arrive; return whether the wait ended early, and its value."""
    signalled = threading.Event()
    waiting = threading.get_ident()

    def disturb() -> None:
        for _ in range(5):
            time.sleep(0.02)
            signal.pthread_kill(waiting, signal.SIGUSR1)
        time.sleep(0.02)
        signalled.set()
        lib.nxs_SignalEvent(table, event, 1)

    other = threading.Thread(target=disturb)
    other.start()
    timeout = [5 * _SECOND] if function == "WaitEventTimeout" else []
    value = getattr(lib, "nxs_" + function)(table, event, 1, *timeout)
    early = not signalled.is_set()
    other.join()
    return early, int(value)


def reuse(table: Any, create: str, arguments: list[Any], release: str, count: int) -> str:
    """Release an object, then create and release more; return what is wrong with its old handle."""
    function, pointers, _memory = _bound(table, create, arguments)
    end = getattr(lib, "nxs_" + release)
    stale = function(table, *pointers)
    if stale < 0 or end(table, stale) != 0:
        return f"the first object cannot be made and released: {stale}"
    for number in range(1, count + 1):
        handle = function(table, *pointers)
        if handle < 0:
            return f"creation {number} after the release gives the status {handle}"
        if handle == stale:
            return f"creation {number} after the release gives the released handle {stale} again"
        if end(table, stale) == 0:
            return f"after {number} further creations {release} takes the released handle {stale}"
        if end(table, handle) != 0:
            return f"{release} refuses the new handle {handle}"
    return ""


def churn(table: Any, stale: int, before: int, count: int) -> str:
    """Create and release events; return what is wrong with an earlier released handle.

    `before` is the number of events created since its release.
    """
    create, release = lib.nxs_CreateEvent, lib.nxs_ReleaseEvent
    for number in range(before + 1, before + count + 1):
        handle = create(table, 0, 0, 0)
        if handle == stale:
            return f"creation {number} after the release gives the released handle {stale} again"
        if release(table, handle) != 0:
            return f"creation {number} after the release gives {handle}, which is not released"
    if release(table, stale) == 0:
        return f"after {before + count} creations the released handle {stale} is taken"
    return ""


def many_live(table: Any, count: int) -> tuple[int, int, str]:
    """Create events up to a number or a status, and release them all.

    Returns
    -------
    tuple
        The number of events, the status that ended the loop or 0, and what was wrong.
    """
    create, release = lib.nxs_CreateEvent, lib.nxs_ReleaseEvent
    handles, status = [], 0
    for _ in range(count):
        handle = create(table, 0, 0, 0)
        if handle < 0:
            status = handle
            break
        handles.append(handle)
    wrong = ""
    if len(set(handles)) != len(handles):
        wrong = "a handle was given twice"
    refused = [handle for handle in handles if release(table, handle) != 0]
    if refused:
        wrong = f"{len(refused)} live handles are refused, {refused[0]} first"
    again = create(table, 0, 0, 0)
    if again < 0:
        wrong = f"after all were released, a creation gives {again}"
    return len(handles), status, wrong


def set_rounding(_: Any) -> int:
    """Set rounding up; return the mode."""
    libm = ctypes.CDLL("libm.so.6")
    libm.fesetround(_FE_UPWARD)
    return int(libm.fegetround())


def files(_: Any) -> dict[int, tuple[int, int]]:
    """Return the open files by number, with device and inode."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            state = os.fstat(int(name))
        except OSError:
            # The directory that was listed.
            continue
        found[int(name)] = (state.st_dev, state.st_ino)
    return found


def signal_masks(_: Any) -> list[int]:
    """Return which signals this thread blocks."""
    return sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ())))


def create_many(table: Any, create: str, arguments: list[Any], count: int) -> list[int]:
    """Create objects; return their handles."""
    function, pointers, _memory = _bound(table, create, arguments)
    return [function(table, *pointers) for _ in range(count)]
