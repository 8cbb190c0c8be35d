"""A kernel of PyOpenCL on each OpenCL driver that is installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from standins.opencl import installed, register

POCL, INTEL = "pyopencl on PoCL", "pyopencl on Intel's runtime"
PLATFORMS = {POCL: "Portable Computing Language", INTEL: "Intel(R) OpenCL"}
SOURCE = """
__kernel void add(__global const float *a, __global const float *b, __global float *c) {
  int i = get_global_id(0);
  c[i] = a[i] + b[i];
}
"""


@contextmanager
def registered(folder: Path) -> Iterator[list[str]]:
    """Let the OpenCL loader find the drivers that are installed; yield notes about them.

    The loader reads its environment when it is first used, so that this comes before.
    """
    drivers = installed()
    register(folder, drivers)
    before = os.environ.get("OCL_ICD_VENDORS")
    if drivers:
        os.environ["OCL_ICD_VENDORS"] = str(folder)
    try:
        yield [] if importlib.util.find_spec("pyopencl") else ["pyopencl is not installed"]
    finally:
        if before is None:
            os.environ.pop("OCL_ICD_VENDORS", None)
        else:
            os.environ["OCL_ICD_VENDORS"] = before


def kernels(arrays: list[Any], notes: list[str]) -> dict[str, dict[str, Any]]:
    """Return the names that a timed statement needs, for each driver that works.

    Parameters
    ----------
    arrays : list of numpy.ndarray
        Two inputs and an output of float32.
    notes : list of str
        Receives the reasons of absences.
    """
    if not importlib.util.find_spec("pyopencl"):
        return {}
    cl = importlib.import_module("pyopencl")
    try:
        platforms = cl.get_platforms()
    except cl.Error:
        return {}
    found = {}
    for name, title in PLATFORMS.items():
        devices = [
            device
            for platform in platforms
            if platform.name.startswith(title)
            for device in platform.get_devices()
        ]
        if not devices:
            notes.append(f"{name} is not installed, so it is not compared")
        for device in devices:
            try:
                found[name] = _on(cl, device, arrays)
                break
            except cl.Error as error:
                reason = " ".join(str(error).split())
                notes.append(f"{name} cannot use {device.name}: {reason[:200]}")
    return found


def _on(cl: Any, device: Any, arrays: list[Any]) -> dict[str, Any]:
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
    buffers = [cl.Buffer(context, flags, hostbuf=array) for array in arrays]
    kernel = cl.Program(context, SOURCE).build().add
    kernel(queue, arrays[0].shape, None, *buffers)
    result = np.empty_like(arrays[2])
    cl.enqueue_copy(queue, result, buffers[2])
    assert (result == arrays[0] + arrays[1]).all()
    return {"kernel": kernel, "queue": queue, "buffers": buffers}
