"""The C++ client of NVIDIA's driver that the CUDA benchmarks compare with."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nexus
from benchmarks import compiler
from benchmarks.harness import CannotRunError

_ROOT = Path(__file__).parents[1]
SOURCE = Path(__file__).with_name("cuda_kernels.cu").read_text("utf-8")


class _Launch(ctypes.Structure):
    _fields_ = (
        ("function", ctypes.c_void_p),
        ("grid", ctypes.c_uint * 3),
        ("group", ctypes.c_uint * 3),
        ("count", ctypes.c_int),
        ("arguments", ctypes.POINTER(ctypes.c_void_p)),
    )


class Baseline:
    """The functions of cuda_baseline.cpp."""

    def __init__(self, path: Path, device: nexus.Device) -> None:
        self._lib = ctypes.CDLL(str(path))
        for name in ("function", "pinned", "graph"):
            getattr(self._lib, f"baseline_{name}").restype = ctypes.c_void_p
        for name in ("launches", "blocking", "replays", "copy", "kernel"):
            getattr(self._lib, f"baseline_{name}").restype = ctypes.c_double
        self._lib.baseline_open.restype = ctypes.c_bool
        if not self._lib.baseline_open(device.index):
            raise CannotRunError("the driver does not open the device for the C++ side")
        self._image = _image(device)
        self._kept: list[Any] = []

    def __call__(self, name: str, *args: Any) -> Any:
        answer = getattr(self._lib, f"baseline_{name}")(*args)
        if answer is None or answer < 0:
            raise RuntimeError(f"a call of the driver failed in baseline_{name}")
        return answer

    def launch(self, name: str, args: Sequence[Any], group: Any, grid: Any) -> Any:
        """Return a reference to a launch of `name` on the memory of Nexus buffers."""
        values = [
            ctypes.c_uint64(arg.get_property_int("Value"))
            if isinstance(arg, nexus.Buffer)
            else ctypes.c_int(arg)
            for arg in args
        ]
        pointers = (ctypes.c_void_p * len(values))(*map(ctypes.addressof, values))
        function = self("function", self._image, name.encode())
        sizes = ((ctypes.c_uint * 3)(*grid), (ctypes.c_uint * 3)(*group))
        launch = _Launch(function, *sizes, len(values), pointers)
        self._kept += [values, pointers, launch]
        return ctypes.byref(launch)


@contextmanager
def baseline(device: nexus.Device) -> Iterator[Baseline]:
    """Compile the client, and open it for a device."""
    plugins = _ROOT / "plugins"
    folders = (_ROOT / "include", _ROOT / "sdk", plugins / "gpu", plugins / "cuda")
    sources = (plugins / "gpu/driver/driver.cpp", plugins / "cuda/driver/nvidia_driver.cpp")
    options = ["-std=c++20", "-O2", "-shared", "-fPIC"]
    options += [f"-I{folder}" for folder in folders] + [str(source) for source in sources]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "baseline.so")
        source = Path(__file__).with_name("cuda_baseline.cpp")
        yield Baseline(compiler.compile_file(source, target, *options, "-ldl"), device)


def _image(device: nexus.Device) -> bytes:
    """Compile the kernels with the plugin's compiler, so that both sides run the same code."""
    device.compile(SOURCE).close()
    loaded = Path("/proc/self/maps").read_text().splitlines()
    path = next(line.split()[-1] for line in loaded if "/libnvrtc.so" in line)
    nvrtc, program = ctypes.CDLL(path), ctypes.c_void_p()
    major, minor = ctypes.c_int(), ctypes.c_int()
    nvrtc.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    driver = tuple(map(int, device.runtime.get_property_str("Version").split(".")))
    made = "PTX" if (major.value, minor.value) <= driver else "CUBIN"
    architecture = device.get_property_str("Architecture")
    if made == "PTX":
        architecture = architecture.replace("sm", "compute")
    option = ctypes.c_char_p(f"--gpu-architecture={architecture}".encode())
    source = SOURCE.encode()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"kernels.cu", 0, None, None)
    if nvrtc.nvrtcCompileProgram(program, 1, ctypes.byref(option)):
        raise CannotRunError(f"NVRTC does not compile for {architecture}")
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{made}Size")(program, ctypes.byref(size))
    image = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{made}")(program, image)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return image.raw
