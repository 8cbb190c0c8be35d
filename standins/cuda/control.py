"""Controls of the stand-in: requested failures, and counts of live objects and calls."""

from __future__ import annotations

import ctypes

KINDS = (
    "contexts",
    "allocations",
    "host_allocations",
    "registered",
    "modules",
    "streams",
    "events",
    "graphs",
    "graph_execs",
)


class Standin:
    """The control functions of the driver that this process has loaded.

    Parameters
    ----------
    path : str
        The library. A plain name finds one that is loaded already, or else one in
        LD_LIBRARY_PATH.
    """

    def __init__(self, path: str = "libcuda.so.1") -> None:
        self.library = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
        for name in ("Live", "Calls", "LastWords"):
            getattr(self.library, f"cuStandin{name}").restype = ctypes.c_long

    def live(self) -> dict[str, int]:
        """Return the number of live objects of each kind that has any."""
        counts = {kind: self.library.cuStandinLive(kind.encode()) for kind in KINDS}
        return {kind: count for kind, count in counts.items() if count}

    def calls(self, function: str) -> int:
        """Return how often a function of the driver was called."""
        return int(self.library.cuStandinCalls(function.encode()))

    def fail_call(self, function: str, result: int, nth: int = 1, times: int = 1) -> None:
        """Make the nth call from now on, and `times` - 1 after it, return a result."""
        fail = self.library.cuStandinFailCall
        fail(function.encode(), ctypes.c_long(nth), result, ctypes.c_long(times))

    def fail_kernel(self, result: int = 719, nth: int = 1) -> None:
        """Make the nth kernel from now on break its context."""
        self.library.cuStandinFailKernel(ctypes.c_long(nth), result)

    def lose_context(self, device: int = 0, result: int = 719) -> None:
        """Break the primary context of a device."""
        if self.library.cuStandinLoseContext(device, result):
            raise ValueError(f"device {device} has no primary context")

    def delay_streams(self, microseconds: int) -> None:
        """Set the minimum duration of every operation in a stream."""
        self.library.cuStandinDelayStreams(ctypes.c_long(microseconds))

    def pass_time(self, seconds: int) -> None:
        """Advance the devices' clocks."""
        self.library.cuStandinPassTime(ctypes.c_long(seconds))

    def clear_faults(self) -> None:
        self.library.cuStandinClearFaults()

    def last_words(self) -> str:
        """Return why the last kernel stopped, or the last module was refused."""
        text = ctypes.create_string_buffer(4096)
        self.library.cuStandinLastWords(text, ctypes.c_long(len(text)))
        return text.value.decode()
