"""Compiles kernels for every target whose compiler is on this machine; nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nexus.check.finding import Finding
from nexus.compilers import CompileError, CompilerNotFoundError, device_clang, hiprtc, nvrtc


@dataclass(frozen=True)
class Target:
    """A language that kernels are compiled to.

    Attributes
    ----------
    name : str
        ``"cuda"``, ``"hip"``, ``"metal"`` or ``"opencl"``.
    result : str
        ``"right"``, ``"wrong"``, or why it was not checked.
    """

    name: str
    result: str


def _hip(source: str, name: str) -> None:
    if hiprtc.missing() is None:
        hiprtc.compile(source, name, "gfx90a")
    else:
        device_clang.check(source, name, "hip")


_COMPILERS: dict[str, Callable[[str, str], object]] = {
    "cuda": lambda source, name: nvrtc.compile(source, name, "compute_80"),
    "hip": _hip,
    "metal": lambda source, name: device_clang.check(source, name, "metal"),
    "opencl": lambda source, name: device_clang.check(source, name, "opencl"),
}
TARGETS = tuple(_COMPILERS)


def compile_for(target: str, source: str, name: str) -> tuple[Target, Finding | None]:
    """Compile a source for a target.

    Parameters
    ----------
    target : str
        One of `TARGETS`.
    source, name : str
        Its text, and its name in messages.
    """
    try:
        _COMPILERS[target](source, name)
    except CompilerNotFoundError as error:
        return Target(target, f"not checked: {error}"), None
    except CompileError as error:
        message = f"not for {target}: {error.reason}"
        finding = Finding("does not compile", "", name, error.line or 0, message)
        return Target(target, "wrong"), finding
    return Target(target, "right"), None


def compile_all(
    targets: tuple[str, ...], source: str, name: str
) -> list[tuple[Target, Finding | None]]:
    """Compile a source for several targets at the same time."""
    with ThreadPoolExecutor(max(len(targets), 1)) as pool:
        return list(pool.map(lambda target: compile_for(target, source, name), targets))
