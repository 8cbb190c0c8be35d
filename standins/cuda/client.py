"""A small client of the driver and of NVRTC, for the stand-in's own tests."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from .control import Standin
from .packages import nvrtc_library

Handle = ctypes.c_void_p


class DriverError(Exception):
    """A failed call of the driver; `name` is the name of the error."""

    def __init__(self, function: str, name: str) -> None:
        super().__init__(f"{function}: {name}")
        self.name = name


class Driver:
    """The functions of the driver by their names; one that fails raises DriverError."""

    def __init__(self, path: str) -> None:
        self.control = Standin(path)
        self.library = self.control.library

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.library, name)

        def call(*arguments: Any) -> None:
            result = function(*arguments)
            if result:
                raise DriverError(name, self.name_of(result))

        return call

    def name_of(self, result: int) -> str:
        text = ctypes.c_char_p()
        self.library.cuGetErrorName(result, ctypes.byref(text))
        return (text.value or b"unknown").decode().removeprefix("CUDA_ERROR_")

    def make(self, name: str, *arguments: Any) -> Handle:
        """Return the handle that a function puts into its first argument."""
        handle = Handle()
        getattr(self, name)(ctypes.byref(handle), *arguments)
        return handle

    def number(self, name: str, *arguments: Any) -> int:
        """Return the int that a function puts into its first argument."""
        value = ctypes.c_int()
        getattr(self, name)(ctypes.byref(value), *arguments)
        return value.value

    def retain(self, device: int = 0) -> Handle:
        """Make a device's primary context the current one."""
        self.cuInit(0)
        context = self.make("cuDevicePrimaryCtxRetain", device)
        self.cuCtxSetCurrent(context)
        return context

    def release(self, device: int = 0) -> None:
        self.cuCtxSetCurrent(None)
        self.cuDevicePrimaryCtxRelease_v2(device)

    def upload(self, array: np.ndarray[Any, Any]) -> Handle:
        address = self.make("cuMemAlloc_v2", ctypes.c_size_t(array.nbytes))
        self.cuMemcpyHtoD_v2(address, Handle(array.ctypes.data), ctypes.c_size_t(array.nbytes))
        return address

    def download(self, address: Handle, like: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        out = np.empty_like(like)
        self.cuMemcpyDtoH_v2(Handle(out.ctypes.data), address, ctypes.c_size_t(out.nbytes))
        return out

    def load(self, ptx: str) -> Handle:
        return self.make("cuModuleLoadData", ctypes.c_char_p(ptx.encode()))

    def function(self, module: Handle, name: str) -> Handle:
        return self.make("cuModuleGetFunction", module, name.encode())

    def launch(
        self,
        function: Handle,
        grid: Sequence[int],
        block: Sequence[int],
        arguments: Sequence[Any],
        shared: int = 0,
        stream: Handle | None = None,
    ) -> None:
        """Launch a kernel; handles are addresses, the others have types of ctypes or NumPy."""
        kept = [np.uint64(a.value or 0) if isinstance(a, Handle) else a for a in arguments]
        buffers = [np.asarray(a) for a in kept]
        pointers = (Handle * max(len(buffers), 1))(*[b.ctypes.data for b in buffers])
        sizes = [*grid, *(1,) * (3 - len(grid)), *block, *(1,) * (3 - len(block))]
        self.cuLaunchKernel(function, *sizes, shared, stream, pointers, None)


def compile_cuda(source: str, *options: str) -> str:
    """Compile CUDA C++ to PTX by NVIDIA's compiler."""
    path = nvrtc_library()
    # It finds this library by itself, except when a sanitizer intercepts the opening of libraries.
    ctypes.CDLL(str(path.with_name("libnvrtc-builtins.so.12.9")))
    library = ctypes.CDLL(str(path))
    program = Handle()
    library.nvrtcCreateProgram(ctypes.byref(program), source.encode(), b"kernels.cu", 0, None, None)
    chosen = [o.encode() for o in (*options, "--gpu-architecture=compute_90")]
    failed = library.nvrtcCompileProgram(
        program, len(chosen), (ctypes.c_char_p * len(chosen))(*chosen)
    )
    what = "ProgramLog" if failed else "PTX"
    size = ctypes.c_size_t()
    getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    text = ctypes.create_string_buffer(size.value)
    getattr(library, f"nvrtcGet{what}")(program, text)
    library.nvrtcDestroyProgram(ctypes.byref(program))
    if failed:
        raise ValueError(text.value.decode())
    return text.value.decode()
