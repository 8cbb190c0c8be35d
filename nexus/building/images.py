"""One source compiled for one target, and checked for all."""

from __future__ import annotations

import re
from typing import NamedTuple

from nexus.building.argument_lists import Argument, argument_lists
from nexus.building.targets import Target
from nexus.compilers import CompileError, cpu_levels, device_clang, hiprtc, nvrtc
from nexus.errors import CompilerNotAvailableError, LibraryError
from nexus.runtimes import get_runtime

_COMPILERS = {"nvrtc": nvrtc.compiled, "hiprtc": hiprtc.compiled, "cpu": cpu_levels.compile}
_SECOND = re.compile(
    r":(?P<line>\d+):\d+: error: redefinition of .{1,3}nxs_kernel_(?P<kernel>\w+?)(?:_\w+)??\W"
)
_CPU = "the CPU"
# What NVRTC says of an architecture.
_UNKNOWN = "invalid value for --gpu-architecture"


class Image(NamedTuple):
    """What a source became for a target.

    Attributes
    ----------
    code : bytes or None
        What was compiled; None where the source itself is kept.
    """

    target: Target
    code: bytes | None
    compiler: str
    flags: tuple[str, ...]


def checked_arguments(text: str, name: str) -> dict[str, list[Argument]]:
    """Return the arguments of a source's kernels, after all checks of the language on the CPU.

    Parameters
    ----------
    text : str
        The source.
    name : str
        Its name in messages.

    Raises
    ------
    CompileError
        If it does not compile, or has two kernels of one name.
    CompilerNotAvailableError
        If there is no C compiler.
    ValueError
        If it has no kernels.
    """
    try:
        library = get_runtime("cpu").get_device(0).compile(f'#line 1 "{name}"\n{text}')
    except CompilerNotAvailableError:
        raise
    except LibraryError as error:
        log = error.log.replace("'<source>' does not compile:\n", "")
        if second := _SECOND.search(log):
            log = (
                f"{name}:{second['line']}:1: error: there are two kernels {second['kernel']!r}: "
                f"rename one\n{log}"
            )
        raise CompileError(_CPU, name, log) from None
    with library:
        found = {
            kernel.name: [
                Argument(argument.kind, shown, argument.data_type)
                for argument, shown in zip(kernel.arguments, kernel.argument_names, strict=True)
            ]
            for kernel in library.get_kernels()
        }
    if not found:
        raise ValueError(f"{name} has no kernel: NXS_KERNEL(name, arguments...) {{ ... }} is one")
    return found


def image_of(text: str, name: str, target: Target, wanted: dict[str, list[Argument]]) -> Image:
    """Compile a source for a target.

    Parameters
    ----------
    text, name
        As for `checked_arguments`.
    target : Target
        What for.
    wanted : dict
        The arguments that each kernel has to have.

    Raises
    ------
    CompileError
        If the source has errors.
    CompilerNotFoundError
        If the compiler is not on this machine.
    ValueError
        If a kernel has other arguments for this target.
    """
    if target.compiler in ("metal", "opencl"):
        return _kept(text, name, target)
    try:
        made = _COMPILERS[target.compiler](text, name, target.name)
    except CompileError as error:
        if target.compiler == "nvrtc" and _UNKNOWN in error.log:
            raise ValueError(
                f"this NVRTC does not know {target.name}: install a later one, or build for an "
                "earlier one, such as compute_80, which later devices run too"
            ) from None
        raise
    found = argument_lists(made.code)
    if found != wanted:
        raise ValueError(_difference(name, target.name, wanted, found))
    # PTX is a text, which ends with a zero byte.
    is_text = not made.code.startswith(b"\x7fELF")
    code = made.code.rstrip(b"\0") if is_text else made.code
    return Image(target, code, made.compiler, made.flags)


def _kept(text: str, name: str, target: Target) -> Image:
    try:
        device_clang.check(text, name, target.compiler)
    except CompileError as error:
        if target.compiler == "metal" and "'double'" in error.log:
            log = f"{error.log}\nMetal's language has no double: use float"
            raise CompileError(target.name, name, log) from None
        raise
    return Image(target, None, device_clang.version(), ())


def _difference(
    name: str, target: str, wanted: dict[str, list[Argument]], found: dict[str, list[Argument]]
) -> str:
    for kernel in sorted(wanted.keys() | found.keys()):
        here, there = wanted.get(kernel), found.get(kernel)
        if here != there:
            break
    shown = [
        "does not exist" if list_ is None else f"takes ({', '.join(map(str, list_))})"
        for list_ in (here, there)
    ]
    return (
        f"kernel {kernel!r} of {name} {shown[0]} on the CPU, and {shown[1]} for {target}: declare "
        "kernels outside of conditions such as #ifdef"
    )
