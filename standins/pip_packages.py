"""Packages of pip that tests use without installing them."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from standins.locks import locked


class PackageError(RuntimeError):
    """A package is neither installed nor can pip get it."""


def installed(requirement: str) -> importlib.metadata.Distribution | None:
    """Return what is installed of a requirement of the form ``name==1.2.*``."""
    name, _, version = requirement.partition("==")
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    return found if found.version.startswith(version.rstrip("*")) else None


def fetched(
    cache: Path,
    *requirements: str,
    platform: str = "",
    only: Callable[[str], bool] = lambda file: True,
) -> Path:
    """Return the folder with the files of packages' wheels, which pip downloads the first time.

    Wheels are unpacked and not installed, since ``pip install --target`` leaves out a wheel's
    libraries beside its Python modules.

    Parameters
    ----------
    cache : Path
        The folder that they are kept in.
    *requirements : str
        The packages, such as ``name==1.2.*``.
    platform : str
        The platform of the wheels, such as ``macosx_14_0_arm64``; this machine's without.
    only : callable
        Says of the name of a file whether it is unpacked.

    Raises
    ------
    PackageError
        If pip cannot get one of them.
    """
    folder = cache / "-".join(one.replace("==", "-").removesuffix(".*") for one in requirements)
    with locked(cache, folder.name):
        if not folder.exists():
            partial = folder.with_name(f"{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            wheels = partial / "wheels"
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary", ":all:", "--dest", str(wheels), *requirements]
            command += ["--platform", platform] if platform else []
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                asked = " and ".join(requirements)
                raise PackageError(f"pip cannot get {asked}: {done.stderr.strip()[-300:]}")
            for wheel in wheels.iterdir():
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(partial, [name for name in archive.namelist() if only(name)])
            shutil.rmtree(wheels)
            partial.rename(folder)
    return folder
