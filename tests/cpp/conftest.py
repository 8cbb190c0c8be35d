"""Programs of the C++ API: compiled once, and run by many tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support import field_plugin
from support.compilation import SUFFIX, compile_c
from support.cpp_programs import FOLDER, compile_program
from support.once import made_once
from support.paths import EXAMPLES


@pytest.fixture(scope="session")
def built(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Return a function that compiles a program of this folder, once for all processes."""

    def build(stem: str, *flags: str) -> Path:
        make = lambda folder: compile_program(FOLDER / f"{stem}.cpp", folder / stem, *flags)  # noqa: E731
        return made_once(request, f"cpp_{stem}", make) / stem

    return build


@pytest.fixture(scope="session")
def cases(built: Callable[..., Path]) -> Path:
    """Return the program of all cases, with AddressSanitizer."""
    return built("cases", "-O0", "-g1", "-fsanitize=address")


@pytest.fixture(scope="session")
def kernels(request: pytest.FixtureRequest) -> Path:
    """Return a folder with what programs load: kernels as text and compiled, and a plugin."""

    def make(folder: Path) -> None:
        text = (FOLDER / "device.hpp").read_text("utf-8")
        _, source, _ = re.split(r'R"\(|\)";', text)
        (folder / "kernels.c").write_text(source)
        (folder / "field_kernels.c").write_text(field_plugin.KERNELS)
        compile_c(folder / "field_kernels.c", folder / f"field_kernels{SUFFIX}")
        plugin = EXAMPLES / "plugin_c" / "scratch_plugin.c"
        compile_c(plugin, folder / f"libscratch_plugin{SUFFIX}")

    return made_once(request, "cpp_kernels", make)
