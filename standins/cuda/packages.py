"""NVIDIA's packages: the header, the compiler, and its bindings for Python."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from standins.locks import locked

CACHE = Path(__file__).parents[2] / "build" / "cuda-standin"
HEADERS = {12: "nvidia-cuda-runtime-cu12==12.9.*", 13: "nvidia-cuda-runtime==13.*"}
COMPILER = "nvidia-cuda-nvrtc-cu12==12.9.*"


def package(requirement: str) -> Path:
    """Return the folder of a package's files, and download it if it is not installed.

    Skips the test if the package is not available.
    """
    name, _, version = requirement.partition("==")
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        pass
    else:
        if found.version.startswith(version.rstrip("*")):
            return Path(str(found.locate_file("")))
    folder = CACHE / "packages" / f"{name}-{version.rstrip('.*')}"
    with locked(CACHE, name):
        if not folder.exists():
            partial = folder.with_name(folder.name + ".partial")
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
            command += ["--target", str(partial), requirement]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = f"pip cannot get {requirement}: {done.stderr.strip()[-300:]}"
                pytest.skip(reason, allow_module_level=True)
            partial.rename(folder)
    return folder


def include_folder(major: int) -> Path:
    """Return the folder of cuda.h of CUDA 12 or 13."""
    place = {12: "nvidia/cuda_runtime/include", 13: "nvidia/cu13/include"}[major]
    return package(HEADERS[major]) / place


def nvrtc_library() -> Path:
    """Return NVIDIA's compiler of CUDA C++."""
    return package(COMPILER) / "nvidia/cuda_nvrtc/lib/libnvrtc.so.12"
