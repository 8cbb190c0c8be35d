"""A stand-in for NVIDIA's driver: libcuda.so.1 that runs PTX on the host. See README.md.

>>> from standins.cuda import build, environment  # doctest: +SKIP
>>> run_python(program, **environment(devices=2))  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from .compilation import build, check
from .control import Standin
from .packages import include_folder, nvrtc_library, package

__all__ = ["Standin", "build", "check", "environment", "include_folder", "nvrtc_library", "package"]


def environment(without: Sequence[str] = (), **options: int | str) -> dict[str, str]:
    """Return the environment in which a new process finds the stand-in as the driver.

    Parameters
    ----------
    without : sequence of str
        Functions that the driver lacks.
    **options : int or str
        ``devices``, ``memory`` (bytes of each), ``driver`` (its version, 12090), ``delay_us`` (of
        every operation of a stream), ``stream_memory_operations`` (0 or 1), and ``fail``:
        "function:nth call:result".
    """
    folders = [str(build(without=without).parent), str(nvrtc_library().parent)]
    folders += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    text = ",".join(f"{name}={value}" for name, value in options.items())
    return {"LD_LIBRARY_PATH": os.pathsep.join(folders), "CUDA_STANDIN": text}
