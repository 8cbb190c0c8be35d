"""Controls of the stand-in: those of the engine, with HIP's names of functions."""

from __future__ import annotations

import ctypes

import standins.cuda

from .compilation import VERSIONS


def runtime_library() -> str:
    """Return the name of HIP's library that the plugin finds: of the newest version there is."""
    for major in sorted(VERSIONS, reverse=True):
        name = f"libamdhip64.so.{major}"
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return name
    raise OSError("libamdhip64.so is not in LD_LIBRARY_PATH")


class Standin(standins.cuda.Standin):
    """The control functions of the stand-in that this process has loaded as HIP's runtime."""

    def __init__(self) -> None:
        super().__init__(runtime_library())
