"""A device of OpenCL with the part of the Python API that examples use, over PyOpenCL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import DTypeLike, NDArray

import nexus

# Drivers report the name that the source uses, or the type that it stands for.
SCALARS: dict[str, type[np.float32 | np.int32]] = {
    "float": np.float32,
    "int": np.int32,
    "nxs_int": np.int32,
}


class Buffer:
    def __init__(self, device: Device, content: NDArray[Any]) -> None:
        self.device, self.like, self.numel = device, content, content.size
        flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
        self.memory = cl.Buffer(device.context, flags, hostbuf=content)

    def numpy(self) -> NDArray[Any]:
        found = np.empty_like(self.like)
        cl.enqueue_copy(self.device.queue, found, self.memory)
        return found

    def fill(self, value: float) -> None:
        cl.enqueue_copy(self.device.queue, self.memory, np.full_like(self.like, value))


class Kernel:
    def __init__(self, device: Device, program: cl.Program, name: str) -> None:
        self.device, self.kernel = device, cl.Kernel(program, f"nxs_kernel_{name}")

    def __call__(self, *given: Buffer | float, group_size: Any, grid_size: Any) -> None:
        arguments = []
        for index, value in enumerate(given):
            if isinstance(value, Buffer):
                arguments.append(value.memory)
            else:
                kind = self.kernel.get_arg_info(index, cl.kernel_arg_info.TYPE_NAME)
                arguments.append(SCALARS[kind](value))
        # The last argument is the shared memory whose size a launch gives.
        self.kernel.set_args(*arguments, cl.LocalMemory(1))
        sizes = [np.atleast_1d(size).tolist() for size in (grid_size, group_size)]
        cl.enqueue_nd_range_kernel(self.device.queue, self.kernel, *sizes)
        self.device.queue.finish()


class Library:
    def __init__(self, device: Device, source: str) -> None:
        options = ["-cl-std=CL1.2", "-cl-kernel-arg-info", f"-I{nexus.get_include()}"]
        self.device = device
        self.program = cl.Program(device.context, source).build(options)

    def get_kernel(self, name: str) -> Kernel:
        return Kernel(self.device, self.program, name)


class Device:
    def __init__(self, context: cl.Context) -> None:
        self.context, self.queue = context, cl.CommandQueue(context)

    def load_library(self, path: Path) -> Library:
        return Library(self, path.read_text())

    def create_buffer(
        self, content: NDArray[Any] | int | tuple[int, ...], dtype: DTypeLike | None = None
    ) -> Buffer:
        if not isinstance(content, np.ndarray):
            content = np.zeros(content, dtype)
        return Buffer(self, np.ascontiguousarray(content))
