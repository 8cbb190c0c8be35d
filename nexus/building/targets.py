"""What kernels can be built for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from nexus._objects.names import nearest
from nexus.compilers import cpu_levels, device_clang, hiprtc, nvrtc
from nexus.device_db.database import lookup_device_info
from nexus.errors import NotFoundError

# AMD's compilers end their process for a name that they do not know, so it is compared here.
_GFX = (
    *("gfx803", "gfx900", "gfx902", "gfx904", "gfx906", "gfx908", "gfx909", "gfx90a", "gfx90c"),
    *("gfx940", "gfx941", "gfx942", "gfx950", "gfx1010", "gfx1011", "gfx1012", "gfx1013"),
    *("gfx1030", "gfx1031", "gfx1032", "gfx1033", "gfx1034", "gfx1035", "gfx1036"),
    *("gfx1100", "gfx1101", "gfx1102", "gfx1103", "gfx1150", "gfx1151", "gfx1152", "gfx1153"),
    *("gfx1200", "gfx1201"),
)
# NVIDIA's compiler knows its own; these are for suggestions and lists.
_SM = ("70", "72", "75", "80", "86", "87", "89", "90", "90a", "100", "100a", "103", "110", "120")
_NVIDIA = re.compile(r"(?:sm|compute)_[1-9][0-9]+[af]?")
_AMD = re.compile(r"(gfx[0-9a-f]+)((?::[a-z0-9]+[+-])*)")
_SAME = {"x86_64-v1": "x86_64", "amd64": "x86_64", "arm64": "aarch64"}


class Target(NamedTuple):
    """A target of a build.

    Attributes
    ----------
    name : str
        Its name, which is also the architecture of the entry in a catalog.
    compiler : str
        ``"nvrtc"``, ``"hiprtc"`` or ``"cpu"``; or the language that the source is checked in and
        kept for, ``"metal"`` or ``"opencl"``.
    """

    name: str
    compiler: str

    def missing(self) -> str | None:
        """Return why nothing can be built for the target on this machine; None if it can be."""
        return _MISSING[self.compiler](self.name)


_MISSING: dict[str, Callable[[str], str | None]] = {
    "nvrtc": lambda _: nvrtc.missing(),
    "hiprtc": lambda _: hiprtc.missing(),
    "cpu": cpu_levels.missing,
    "metal": lambda _: device_clang.missing(),
    "opencl": lambda _: device_clang.missing(),
}


def known_targets() -> list[Target]:
    """Return the usual targets.

    Examples
    --------
    >>> from nexus.building import known_targets
    >>> [target.name for target in known_targets()][:2]
    ['x86_64', 'x86_64-v2']
    """
    names = [*cpu_levels.LEVELS, *(f"sm_{number}" for number in _SM)]
    names += [f"compute_{number}" for number in _SM]
    return [_exact(name) for name in (*names, *_GFX, "metal", "opencl")]


def targets_of(names: Iterable[str]) -> list[Target]:
    """Return the targets with the given names, each once, in that order.

    Parameters
    ----------
    names : iterable of str
        Names such as ``"sm_90"``, or of a device in the database such as ``"H100"``.

    Raises
    ------
    ValueError
        If a name is unknown, with similar ones, or there are none.

    Examples
    --------
    >>> from nexus.building.targets import targets_of
    >>> [target.name for target in targets_of(["x86-64-v3", "H100", "metal"])]
    ['x86_64-v3', 'sm_90', 'metal']
    """
    found = list(dict.fromkeys(_target(name.strip()) for name in names if name.strip()))
    if not found:
        raise ValueError("there is no target to build for: give some, such as x86_64-v3 and sm_90")
    return found


def _exact(name: str) -> Target:
    """Return the target with a name of the usual form; its compiler is empty if there is none."""
    name = name.lower()
    level = name.replace("x86-64", "x86_64")
    level = _SAME.get(level, level)
    if level in cpu_levels.LEVELS:
        return Target(level, "cpu")
    if name in ("metal", "opencl"):
        return Target(name, name)
    if _NVIDIA.fullmatch(name):
        return Target(name, "nvrtc")
    if (amd := _AMD.fullmatch(name)) and amd[1] in _GFX:
        return Target(name, "hiprtc")
    return Target(name, "")


def _target(name: str) -> Target:
    target = _exact(name)
    if not target.compiler:
        target = _of_device(name)
    if target.compiler:
        return target
    known = [known.name for known in known_targets()]
    hint = nearest(name, known) or "; 'nexus build --targets' lists those that there are"
    raise ValueError(f"there is no target {name!r}{hint}")


def _of_device(name: str) -> Target:
    """Return the target of a device in the database, by any of its names."""
    # The database also finds a device by a target with features, even by wrong ones.
    if ":" in name:
        return Target(name, "")
    try:
        record = lookup_device_info(name)
    except NotFoundError:
        return Target(name, "")
    if record["Vendor"] == "apple" and record["Type"] == "gpu":
        return Target("metal", "metal")
    return _exact(record["Architecture"])
