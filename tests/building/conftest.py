"""A source, built for all targets that this machine has a compiler for."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.built_kernels import KEPT, TARGETS, write_source
from support.once import made_once

import nexus
from nexus.building import build_kernels
from nexus.building.targets import targets_of


@pytest.fixture(scope="session", autouse=True)
def compilers(named_nvrtc):
    """Let every test here find NVIDIA's compiler."""


@pytest.fixture
def source(tmp_path):
    return write_source(tmp_path)


@pytest.fixture(scope="session")
def available(compilers):
    """Return the names of the targets that can be built for."""
    return [target.name for target in targets_of([*TARGETS, *KEPT]) if not target.missing()]


@pytest.fixture(scope="session")
def built(request, compilers, available):
    """Return a catalog for all targets."""

    def build(folder: Path) -> None:
        build_kernels(write_source(folder), available, folder / "kernels.nxc")

    return made_once(request, "building", build) / "kernels.nxc"


@pytest.fixture
def catalog(built):
    return nexus.load_catalog(built)


@pytest.fixture
def build_text(tmp_path):
    """Return a function that builds a text, which becomes the file kernels.c."""

    def build(text: str, targets: str = "x86_64", **options: object) -> nexus.Catalog:
        source = tmp_path / "kernels.c"
        source.write_text(text)
        return build_kernels(source, targets, tmp_path / "kernels.nxc", **options)

    return build
