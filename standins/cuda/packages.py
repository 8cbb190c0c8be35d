"""NVIDIA's packages: the header, the compiler, and its bindings for Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from standins.pip_packages import PackageError, fetched, installed

CACHE = Path(__file__).parents[2] / "build" / "cuda-standin"
HEADERS = {12: "nvidia-cuda-runtime-cu12==12.9.*", 13: "nvidia-cuda-runtime==13.*"}
COMPILER = "nvidia-cuda-nvrtc-cu12==12.9.*"


def package(requirement: str) -> Path:
    """Return the folder of a package's files, and download it if it is not installed.

    Skips the test if the package is not available.
    """
    if found := installed(requirement):
        return Path(str(found.locate_file("")))
    try:
        return fetched(CACHE / "packages", requirement)
    except PackageError as error:
        pytest.skip(str(error), allow_module_level=True)


def include_folder(major: int) -> Path:
    """Return the folder of cuda.h of CUDA 12 or 13."""
    place = {12: "nvidia/cuda_runtime/include", 13: "nvidia/cu13/include"}[major]
    return package(HEADERS[major]) / place


def nvrtc_library() -> Path:
    """Return NVIDIA's compiler of CUDA C++."""
    return package(COMPILER) / "nvidia/cuda_nvrtc/lib/libnvrtc.so.12"
