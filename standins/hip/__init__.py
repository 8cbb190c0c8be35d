"""A stand-in for AMD's HIP runtime and for hiprtc, which runs PTX on the host. See README.md.

>>> from standins.hip import environment  # doctest: +SKIP
>>> run_python(program, **environment(devices=2, major=5))  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from .compilation import VERSIONS, build
from .control import Standin

__all__ = ["VERSIONS", "Standin", "build", "environment"]

OURS = ("target",)


def environment(
    without: Sequence[str] = (), major: int = 6, **options: int | str
) -> dict[str, str]:
    """Return the environment in which a new process finds the stand-in as HIP's runtime.

    Parameters
    ----------
    without : sequence of str
        Functions that the runtime lacks.
    major : int
        HIP's version: 5, 6 or 7.
    **options : int or str
        ``target``, such as gfx1030 (gfx90a:sramecc+:xnack-), and those of the engine: ``devices``,
        ``memory`` (bytes of each), ``delay_us`` (of every operation of a stream), and ``fail``:
        "function:nth call:result".
    """
    folders = [str(build(major, without).parent)]
    folders += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    of_hip = {"version": VERSIONS[major]} | {k: v for k, v in options.items() if k in OURS}
    of_engine = {k: v for k, v in options.items() if k not in OURS}

    def text(values: dict[str, int | str]) -> str:
        return ",".join(f"{name}={value}" for name, value in values.items())

    return {
        "LD_LIBRARY_PATH": os.pathsep.join(folders),
        "HIP_STANDIN": text(of_hip),
        "CUDA_STANDIN": text(of_engine),
    }
