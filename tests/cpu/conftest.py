"""What the tests of compiled kernels share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import nexus


@pytest.fixture
def value_of(cpu: nexus.Device) -> Callable[[nexus.Library], int]:
    """Return a function that runs the kernel of `source_of`."""

    def run(library: nexus.Library) -> int:
        x = cpu.create_buffer(np.zeros(1, np.int32))
        library.get_kernel("value")(x, group_size=1, grid_size=1)
        return int(x.numpy()[0])

    return run


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that holds the compiled libraries of a test."""
    monkeypatch.setenv("NEXUS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cpu"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that makes a compiler: a shell script that `cc "$@"` may be a part of."""

    def make(script: str) -> Path:
        program = tmp_path / "compiler"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("CC", str(program))
        return program

    return make


@pytest.fixture
def compilations(tmp_path: Path, compiler: Callable[..., Path]) -> Callable[[], int]:
    """Return a function that counts the compilations so far."""
    calls = tmp_path / "calls"
    calls.touch()
    compiler(f'echo "$@" >> {calls}; exec cc "$@"')
    return lambda: calls.read_text().count("-shared")
