"""Runs the kernels of kernels.c, and examples, through PyOpenCL on every driver that is there.

A program of its own, since drivers replace signal handlers. Prints a line for each driver:
``PLATFORM: right`` or what went wrong.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["PYOPENCL_NO_CACHE"] = "1"

import numpy as np
import pyopencl as cl

import nexus
from support import examples
from support.kernel_cases import CASES, SOURCE, Case
from support.opencl_device import Device
from support.paths import EXAMPLES


def run(case: Case, queue: cl.CommandQueue, program: cl.Program) -> None:
    kernel = cl.Kernel(program, f"nxs_kernel_{case.kernel}")
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
    given = [
        cl.Buffer(queue.context, flags, hostbuf=each) if isinstance(each, np.ndarray) else each
        for each in case.arguments
    ]
    kernel.set_args(*given, cl.LocalMemory(max(case.shared, 1)))
    cl.enqueue_nd_range_kernel(queue, kernel, case.grid, case.group)
    found = {i: np.empty_like(case.arguments[i]) for i in case.results}
    for i, array in found.items():
        cl.enqueue_copy(queue, array, given[i])
    queue.finish()
    case.require(found)


for platform in cl.get_platforms():
    context = cl.Context(platform.get_devices()[:1])
    options = ["-cl-std=CL1.2", "-cl-kernel-arg-info", f"-I{nexus.get_include()}"]
    program = cl.Program(context, SOURCE).build(options)
    for make in CASES:
        run(make(), cl.CommandQueue(context), program)
    for path in (EXAMPLES / "kernels").iterdir():
        examples.run(path.stem, Device(context), Path())
    names = cl.Kernel(program, "nxs_kernel_saxpy")
    assert names.get_arg_info(0, cl.kernel_arg_info.NAME) == "factor"
    print(f"{platform.name}: right")
