"""The functions of a plugin as C sees them: numbers in, numbers out."""

from __future__ import annotations

from typing import Any

import numpy as np

import nexus
from nexus._enums import property as Property
from nexus._enums import status
from nexus._ffi import ffi, lib

INT_MAX = 2**31 - 1
NULL = ffi.NULL
F32, I32, F64 = 1, 8, 16
# One group, or one item.
ONE = [(1, 1, 1)]
SOURCE = b"""
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor), NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) x[i] *= factor; }
}
"""


class Abi:
    """A plugin's functions by their names, its table put in before the arguments."""

    def __init__(self, runtime: str) -> None:
        self.plugin = nexus.get_runtime(runtime)._plugin

    def __getattr__(self, name: str) -> Any:
        function, table = getattr(lib, "nxs_" + name), self.plugin.table
        return lambda *arguments: function(table, *arguments)

    def make(self, name: str, *arguments: Any) -> int:
        """Call a function that must succeed."""
        result = getattr(self, name)(*arguments)
        assert result >= 0, (name, arguments, self.name_of(result), self.plugin.last_error())
        return int(result)

    def failure(self, name: str, *arguments: Any) -> str:
        """Call a function that must fail, and return the status without its prefix."""
        result = getattr(self, name)(*arguments)
        assert result < 0, (name, arguments, result)
        assert self.plugin.last_error()
        return self.name_of(result)

    @staticmethod
    def name_of(result: int) -> str:
        return status(result).name.removeprefix("NXS_")

    def library(self) -> int:
        """Return a new library with the kernel "scale"."""
        image = SOURCE if self.plugin.name == "cpu" else b"SCRATCH1"
        return self.make("CreateLibrary", 0, ffi.from_buffer(image), len(image), 0)

    def buffer(self, size: int = 64, settings: int = 0) -> int:
        return self.make("CreateBuffer", 0, [(0, 1, [size])], NULL, settings)

    def live(self) -> list[int]:
        """Return how many handles of each kind there are."""
        size = ffi.new("size_t *", 7 * 8)
        counts = ffi.new("nxs_long[7]")
        assert self.GetRuntimeProperty(Property.LiveObjects, counts, size) == 0
        return list(counts)

    def contents(self, buffer: int, dtype: Any, count: int) -> np.ndarray[Any, Any]:
        out = np.zeros(count, dtype)
        self.make("CopyBuffer", buffer, ffi.from_buffer(out, require_writable=True), 0)
        return out
