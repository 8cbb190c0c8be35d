"""Finds the OpenCL drivers of a machine, and gets Intel's by pip."""

from __future__ import annotations

import functools
import os
import site
import sys
from collections.abc import Iterator
from pathlib import Path

from codegen.text_file import replace_text
from nexus.check import oclgrind
from standins.locks import locked
from standins.pip_packages import PackageError, fetched

CACHE = Path(__file__).parents[2] / "build" / "opencl"
INTEL_PACKAGES = ("intel-opencl-rt==2026.2.*", "intel-cmplr-lib-rt==2026.2.*", "tbb==2023.*")

# The names of drivers' libraries. Oclgrind, which registers no driver, is found by its program.
LIBRARIES = {"intel": "libintelocl.so", "pocl": "libpocl.so*"}
HOW = {
    "intel": "pip install intel-opencl-rt intel-cmplr-lib-rt",
    "pocl": "apt install pocl-opencl-icd",
    "oclgrind": "apt install oclgrind",
}
SYSTEM_FOLDERS = ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/local/lib")


class NoDriverError(RuntimeError):
    """A driver that was asked for is not on this machine."""


def _folders() -> Iterator[Path]:
    yield Path(sys.prefix, "lib")
    for place in map(Path, site.getsitepackages()):
        yield place / "pyopencl" / ".libs"
    root = Path("/")
    for pattern in SYSTEM_FOLDERS:
        yield from root.glob(pattern.lstrip("/"))


def installed() -> dict[str, Path]:
    """Return the libraries of the drivers that are installed, by name."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for name, pattern in LIBRARIES.items():
            for path in sorted(folder.glob(pattern)):
                found.setdefault(name, path)
    if simulator := oclgrind.driver():
        found["oclgrind"] = simulator
    return found


@functools.cache
def library(name: str) -> Path:
    """Return a driver's library; Intel's is downloaded if it is not installed.

    Raises
    ------
    NoDriverError
        If there is none. The message says what would install it.
    """
    if name not in HOW:
        raise NoDriverError(f"there is no OpenCL driver {name!r}, only {', '.join(HOW)}")
    if found := installed().get(name):
        return found
    reason = ""
    if name == "intel":
        try:
            folder = fetched(CACHE / "packages", *INTEL_PACKAGES)
            return next(folder.glob(f"*.data/data/lib/{LIBRARIES[name]}"))
        except PackageError as error:
            reason = f" ({error})"
    raise NoDriverError(f"no OpenCL driver {name}: {HOW[name]}{reason}")


def register(folder: Path, drivers: dict[str, Path]) -> None:
    """Write the files by which the OpenCL loader finds drivers into a folder.

    They are written anew, since a package's own may name a path of the machine that packed it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in drivers.items():
        # Loaders of other processes may be reading it.
        replace_text(folder / f"{name}.icd", f"{path}\n")


def environment(*names: str) -> dict[str, str]:
    """Return the environment in which a new process finds these drivers and no others.

    Parameters
    ----------
    *names : str
        Of ``intel``, ``pocl`` and ``oclgrind``.

    Raises
    ------
    NoDriverError
        If one of them is not there, or Intel's is not and cannot be downloaded.
    """
    drivers = {name: library(name) for name in names}
    folder = CACHE / "vendors" / "-".join(names)
    with locked(CACHE, "vendors"):
        register(folder, drivers)
    settings = {"OCL_ICD_VENDORS": str(folder)}
    if "intel" in drivers:
        # Beside the driver are the libraries that it needs, of two packages, and a loader.
        folders = _intel_folders(drivers["intel"])
        folders += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
        settings["LD_LIBRARY_PATH"] = os.pathsep.join(folders)
    return settings


def _intel_folders(driver: Path) -> list[str]:
    beside = driver.parents[3].glob("*.data/data/lib") if "data" in driver.parts else ()
    return list(dict.fromkeys(map(str, (driver.parent, *beside))))
