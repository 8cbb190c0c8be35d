"""The plain C client of OpenCL that the benchmarks compare with, once for each driver."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import compiler
from benchmarks.harness import CannotRunError

_SOURCE = Path(__file__).with_name("opencl_baseline.c")


class Baseline:
    """The functions of opencl_baseline.c for one driver, in a copy of the library of its own."""

    def __init__(self, folder: Path, platform: str, source: str, items: int, most: int) -> None:
        made = folder / "opencl_baseline.so"
        if not made.exists():
            try:
                compiler.compile_file(_SOURCE, made, "-O2", "-shared", "-fPIC", "-l:libOpenCL.so.1")
            except CannotRunError as error:
                raise CannotRunError(
                    f"the plain C side needs OpenCL's headers and loader "
                    f"(apt install opencl-headers ocl-icd-libopencl1): {error}"
                ) from None
        own = folder / f"{platform.split()[0]}.so"
        shutil.copy(made, own)
        self._library = ctypes.CDLL(str(own))
        opened = self._library.baseline_open
        opened.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t)
        if failed := opened(platform.encode(), source.encode(), items, most):
            raise CannotRunError(f"the driver of {platform} fails in C: OpenCL's error {failed}")

    def launches(self, name: str, times: int, each: bool) -> Callable[[], float]:
        """Return a function that measures the mean time of launches in us.

        Parameters
        ----------
        name : str
            ``waited`` or ``pipelined``.
        times : int
            How many launches a sample has.
        each : bool
            Whether the arguments are set for each launch, or once.
        """
        function = self._function(name)
        return lambda: _checked(name, function(times, each)) / times * 1e6

    def copy(self, name: str, array: Any) -> Callable[[], float]:
        """Return a function that measures the time of a copy in us."""
        function = self._function(name)
        at, size = ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes)
        return lambda: _checked(name, function(at, size)) * 1e6

    def _function(self, name: str) -> Any:
        function = getattr(self._library, f"baseline_{name}")
        function.restype = ctypes.c_double
        return function


def _checked(name: str, seconds: float) -> float:
    if seconds < 0:
        raise RuntimeError(f"a call of the driver failed in baseline_{name}")
    return seconds
