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
    examples_with_libraries : dict of str to str
        Examples that need another library and a real GPU, and the library.
    """

    runtime: str
    suffix: str
    broken: str
    examples_with_libraries: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file with the kernels that exist for every runtime."""
        return TESTS / "gpu" / f"kernels{self.suffix}"


KERNELS = {
    kernels.runtime: kernels
    for kernels in (
        Kernels(
            "cuda",
            ".cu",
            'extern "C" __global__ void k() { undeclared = 1; }',
            {"cuda_torch": "torch", "cuda_triton": "triton"},
        ),
        Kernels("metal", ".metal", "kernel void k(device int *x) { x[0] = undeclared; }"),
    )
}


def selected() -> tuple[str, str]:
    """Return runtime and kind of driver that ``NEXUS_GPU_TESTS`` selects, such as cuda, standin.

    Without it both are empty, and the suite is not collected.
    """
    runtime, _, where = os.environ.get("NEXUS_GPU_TESTS", "").partition(":")
    if runtime and (runtime not in KERNELS or where not in ("gpu", "standin")):
        known = " or ".join(KERNELS)
        raise ValueError(
            f"NEXUS_GPU_TESTS is {runtime}:{where}; it is {known}, a colon, and gpu or standin"
        )
    return runtime, where
