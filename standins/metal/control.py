"""Switches of the stand-in for Metal, in the process that uses it."""

from __future__ import annotations

import ctypes


class Switches:
    """Switches of the stand-in, which reset() restores."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libmetal_standin.so")
        self._library.metal_standin_set.argtypes = [ctypes.c_char_p, ctypes.c_long]
        self._library.metal_standin_get.argtypes = [ctypes.c_char_p]
        self._library.metal_standin_get.restype = ctypes.c_long
        self._before: dict[str, int] = {}

    def set(self, name: str, value: int) -> None:
        """Set a switch."""
        self._before.setdefault(name, self.get(name))
        self._write(name, value)

    def get(self, name: str) -> int:
        """Return a switch, or a count."""
        return int(self._library.metal_standin_get(name.encode()))

    def reset(self) -> None:
        """Restore all switches."""
        for name, value in self._before.items():
            self._write(name, value)

    def _write(self, name: str, value: int) -> None:
        assert self._library.metal_standin_set(name.encode(), value) == 0, name
