"""Selection of the GPU runtime to test, and its kernels."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from support.paths import TESTS


@dataclass(frozen=True)
class Kernels:
    """Source text for the tests of a runtime.

    Attributes
    ----------
    runtime : str
        Name of the runtime.
    suffix : str
        Ending of source files, such as ``.cu``.
    broken : str
        Source that names something that is not declared.
    scalars : tuple of (str, int or float)
        Types and values for the scalars of the kernel "mixed", which writes them to a buffer.
    mixed_type : str
        Type of the elements of that buffer.
    examples_with_libraries : dict of str to str
        Examples that need another library and a real GPU, and the library.
    without_a_gpu : tuple of str
        What the tests run on where there is no GPU.
    file : str
        The file with the kernels that exist for every runtime, if not of that suffix.
    """

    runtime: str
    suffix: str
    broken: str
    scalars: tuple[tuple[str, float], ...]
    mixed_type: str
    examples_with_libraries: dict[str, str] = field(default_factory=dict)
    without_a_gpu: tuple[str, ...] = ("standin",)
    file: str = ""

    @property
    def path(self) -> Path:
        """The file with the kernels that exist for every runtime."""
        return TESTS / "gpu" / (self.file or f"kernels{self.suffix}")


SCALARS = (
    *(("int8", -7), ("int16", -300), ("int32", 1 << 30), ("int64", -(1 << 40))),
    ("float32", 0.5),
)
BROKEN = 'extern "C" __global__ void k() { undeclared = 1; }'
KERNELS = {
    kernels.runtime: kernels
    for kernels in (
        Kernels(
            "cuda",
            ".cu",
            BROKEN,
            (*SCALARS, ("float64", 1e-300)),
            "float64",
            {"cuda_torch": "torch", "cuda_triton": "triton"},
        ),
        # HIP C++ has the language of CUDA C++.
        Kernels(
            "hip",
            ".hip",
            BROKEN,
            (*SCALARS, ("float64", 1e-300)),
            "float64",
            {"hip_triton": "triton"},
            file="kernels.cu",
        ),
        Kernels(
            "metal",
            ".metal",
            "kernel void k(device int *x) { x[0] = undeclared; }",
            (*SCALARS, ("float16", 0.25), ("bool", True)),
            "float32",
        ),
        Kernels(
            "opencl",
            ".cl",
            "kernel void k(global int *x) { x[0] = undeclared; }",
            (*SCALARS, ("uint8", 200)),
            "float32",
            without_a_gpu=("intel", "pocl", "oclgrind"),
        ),
    )
}


def selected() -> tuple[str, str]:
    """Return runtime and kind of driver that ``NEXUS_GPU_TESTS`` selects, such as cuda, standin.

    Without it both are empty, and the suite is not collected.
    """
    asked = os.environ.get("NEXUS_GPU_TESTS", "")
    runtime, _, where = asked.partition(":")
    choices = [
        f"{name}:{where}"
        for name, kernels in KERNELS.items()
        for where in ("gpu", *kernels.without_a_gpu)
    ]
    if asked and asked not in choices:
        raise ValueError(f"NEXUS_GPU_TESTS is {asked}; it is one of {', '.join(choices)}")
    return runtime, where
