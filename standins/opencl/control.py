"""Controls of the layer: requested failures and answers, and counts of live objects and calls."""

from __future__ import annotations

import ctypes
from pathlib import Path

KINDS = ("contexts", "queues", "buffers", "addresses", "programs", "kernels", "events")
THROW, PRINT = 1000, 1001


class Layer:
    """The controls of the layer that this process's OpenCL loader has loaded.

    Parameters
    ----------
    path : Path or str
        The layer's library, as ``build_layer`` returns it.
    """

    def __init__(self, path: Path | str) -> None:
        self._library = ctypes.CDLL(str(path))
        for name in ("Live", "Calls"):
            getattr(self._library, f"nexusLayer{name}").restype = ctypes.c_long

    def live(self) -> dict[str, int]:
        """Return the number of live objects of each kind that has any."""
        counts = {kind: self._library.nexusLayerLive(kind.encode()) for kind in KINDS}
        return {kind: count for kind, count in counts.items() if count}

    def calls(self, function: str) -> int:
        """Return how often a function was called."""
        return int(self._library.nexusLayerCalls(function.encode()))

    def fail_call(self, function: str, status: int, nth: int = 1, times: int = 1) -> None:
        """Make the nth call from now on, and `times` - 1 after it, fail.

        Parameters
        ----------
        function : str
            OpenCL's name of it.
        status : int
            The error. 0: the call does nothing and reports success, and a function that returns an
            object returns NULL. ``THROW``: it throws a C++ exception. ``PRINT``: it prints, and
            then succeeds.
        nth, times : int
            Which calls; a negative number of times means all that follow.
        """
        fail = self._library.nexusLayerFailCall
        fail(function.encode(), ctypes.c_long(nth), status, ctypes.c_long(times))

    def answer(self, function: str, which: int, answer: bytes, claimed: int | None = None) -> None:
        """Make a function of queries answer one of them with these bytes.

        Parameters
        ----------
        function : str
            Such as ``clGetDeviceInfo``.
        which : int
            The number of what is asked for.
        answer : bytes
            What is written, as far as it fits.
        claimed : int, optional
            The size that the driver reports; by default, that of the answer.
        """
        size = len(answer) if claimed is None else claimed
        self._library.nexusLayerAnswer(
            function.encode(), which, answer, ctypes.c_size_t(len(answer)), ctypes.c_size_t(size)
        )

    def delay_queues(self, microseconds: int) -> None:
        """Set how long each command takes at least, from its submission."""
        self._library.nexusLayerDelay(ctypes.c_long(microseconds))

    def clear(self) -> None:
        """Forget all requests; the counts stay."""
        self._library.nexusLayerClear()
