"""Operations of a worker other than plain calls: unusual calls, and queries of its process.

Each function gets the caller of its process and the arguments of ``Worker.control``.
"""

from __future__ import annotations

import _ctypes
import ctypes
import locale
import mmap
import os
import signal
import time
from pathlib import Path
from typing import Any

from nexus._ffi import ffi
from nexus.conformance.harness.in_worker import wire
from nexus.conformance.harness.in_worker.call_memory import Memory
from nexus.conformance.harness.in_worker.caller import Caller
from nexus.conformance.harness.in_worker.failing_call import MAX_ARGUMENTS, interposer, word

# Value of errno before the call; no system has an error of this number.
ERRNO_BEFORE = 4242

_libc = ctypes.CDLL(None)
_kept: dict[int, Any] = {}


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def heap(_: Caller) -> int:
    """Return the number of bytes in use on the heap."""
    mallinfo2 = _libc.mallinfo2
    mallinfo2.restype = _Mallinfo
    info = mallinfo2()
    return int(info.uordblks + info.hblkhd)


def errno(worker: Caller, name: str, arguments: list[Any]) -> tuple[int, int]:
    """Make a call; return its value and the value of errno after it."""
    ffi.errno = ERRNO_BEFORE
    value = worker.call(name, arguments)[0]
    return value, int(ffi.errno)


def surroundings(_: Caller) -> dict[str, Any]:
    """Return the state of the process that a plugin must not change."""
    handlers = {}
    for number in range(1, signal.NSIG):
        action = ctypes.create_string_buffer(256)
        if _libc.sigaction(number, None, action) == 0:
            # The handler, and the first 64 signals of the mask; the rest is not written.
            handlers[number] = action.raw[:16]
    umask = os.umask(0)
    os.umask(umask)
    return {
        "locale": locale.setlocale(locale.LC_ALL),
        "rounding": _libm().fegetround(),
        "exceptions": _libm().fegetexcept(),
        "signals": handlers,
        "cwd": os.getcwd(),
        "umask": umask,
        **_counts(),
    }


def _libm() -> Any:
    return ctypes.CDLL("libm.so.6")


def _counts() -> dict[str, int]:
    return {
        "fds": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
    }


def fork_call(
    worker: Caller, name: str, arguments: list[Any], timeout: float = 10.0
) -> dict[str, Any]:
    """Make a call in a forked child; return its value, the signal that ended it, or a hang."""
    source, target = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(target, repr(worker.call(name, arguments)[0]).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(target)
    end = time.monotonic() + timeout
    ended, status = 0, 0
    while not ended and time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.001)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    text = os.read(source, 64).decode()
    os.close(source)
    return {
        "value": int(text) if text else None,
        "signal": os.WTERMSIG(status) if ended and os.WIFSIGNALED(status) else None,
        "hang": not ended,
    }


def copy_call(worker: Caller, path: bytes, name: str, arguments: list[Any]) -> int:
    """Make a call in a copy of the plugin, a second plugin in this process."""
    if worker.copy is None:
        worker.copy = worker.open(path)
    own, worker.table = worker.table, worker.copy
    try:
        return worker.call(name, arguments)[0]
    finally:
        worker.table = own


def load_unload(_: Caller, path: bytes, count: int) -> dict[str, int]:
    """Load and unload the plugin; return the number of leaked mappings, threads and files."""
    # The first load also loads the plugin's dependencies, which stay.
    _ctypes.dlclose(_ctypes.dlopen(os.fsdecode(path), os.RTLD_NOW))
    before = {"maps": _mappings(), **_counts()}
    for _repeat in range(count):
        _ctypes.dlclose(_ctypes.dlopen(os.fsdecode(path), os.RTLD_NOW))
    after = {"maps": _mappings(), **_counts()}
    return {name: after[name] - before[name] for name in after}


def _mappings() -> int:
    return len(Path("/proc/self/maps").read_text(errors="replace").splitlines())


def allocate(_: Caller, size: int) -> int:
    """Return the address of zeroed host memory that stays until it is freed.

    Whole pages, since some devices share nothing smaller.
    """
    block = ffi.from_buffer(mmap.mmap(-1, max(size, 1)))
    address = int(ffi.cast("uintptr_t", block))
    _kept[address] = block
    return address


def read(_: Caller, address: int, size: int) -> bytes:
    """Return the bytes at an address."""
    return bytes(ffi.buffer(ffi.cast("char *", address), size))


def write(_: Caller, address: int, data: bytes) -> None:
    """Write bytes to an address."""
    ffi.memmove(ffi.cast("char *", address), data, len(data))


def free(_: Caller, address: int) -> None:
    """Free memory of `allocate`."""
    del _kept[address]


def exit(worker: Caller) -> None:
    """End the process like a program that returns from main."""
    wire.send(worker.connection, ("ok", None))
    _libc.exit(0)


def probe(worker: Caller, name: str, arguments: list[Any]) -> Any:
    """Run one of the probes on the plugin."""
    from nexus.conformance.harness.in_worker import probes

    return getattr(probes, name)(worker.table, *arguments)


_FAILURES = {"malloc": 0, "mmap": 1, "thread": 2}


def fail_allocation(worker: Caller, count: int, kind: str = "malloc") -> None:
    """Make the n-th allocation of the next call fail, counted from 1; none for 0."""
    interposer()
    worker.failing = (count, _FAILURES[kind])


def allocations(worker: Caller) -> dict[str, int]:
    """Return the allocations of the last call under ``fail_allocation``."""
    return {**worker.allocations, "live": int(interposer().nexus_kit_live())}


class _Step(ctypes.Structure):
    _fields_ = [
        ("function", ctypes.c_void_p),
        ("arguments", ctypes.c_long * MAX_ARGUMENTS),
        ("references", ctypes.c_int * MAX_ARGUMENTS),
        ("result", ctypes.c_int),
    ]


def threads(worker: Caller, runner: str, script: list[list[tuple[Any, ...]]]) -> list[list[int]]:
    """Run lists of calls at once, each in a thread of C, and return their values."""
    memory = Memory(worker.exact)
    total = sum(map(len, script))
    steps = (_Step * max(total, 1))()
    counts = (ctypes.c_int * max(len(script), 1))(*map(len, script))
    position = 0
    for calls in script:
        for name, arguments in calls:
            _fill_step(steps[position], worker, memory, name, arguments)
            position += 1
    status = ctypes.CDLL(runner).nexus_kit_threads(steps, counts, len(script))
    if status != 0:
        raise OSError(status, f"cannot start {len(script)} threads: {os.strerror(status)}")
    values = [steps[index].result for index in range(total)]
    memory.spoil_inputs()
    results = []
    for calls in script:
        results.append(values[: len(calls)])
        del values[: len(calls)]
    return results


def _fill_step(
    step: _Step, worker: Caller, memory: Memory, name: str, arguments: list[Any]
) -> None:
    step.function = worker.address(name)
    step.arguments[0] = word(worker.table)
    step.references[:] = [-1] * MAX_ARGUMENTS
    for place, argument in enumerate(arguments, 1):
        if isinstance(argument, tuple) and argument[0] == "ref":
            step.references[place] = argument[1]
        else:
            step.arguments[place] = word(memory.pointer(argument))
