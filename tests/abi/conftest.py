"""Two unrelated plugins as C sees them, live objects of each kind, and compilers."""

from __future__ import annotations

import gc
import shutil
import sys
from importlib.util import find_spec

import pytest
from support.abi import Abi


@pytest.fixture(params=["cpu", "scratch"])
def abi(request, plugin_folder):
    abi = Abi(request.param)
    # Collecting objects of earlier tests later would change the counts.
    gc.collect()
    before = abi.live()
    yield abi
    assert abi.live() == before


@pytest.fixture
def objects(abi):
    """Return one live handle of each kind; the command is not finalized."""
    made = {"Buffer": abi.buffer(), "Event": abi.make("CreateEvent", 0, 0, 0)}
    made["Stream"] = abi.make("CreateStream", 0, 0)
    made["Schedule"] = abi.make("CreateSchedule", 0, 0)
    made["Library"] = abi.library()
    made["Kernel"] = abi.make("GetKernel", made["Library"], b"scale")
    made["Command"] = abi.make("CreateCommand", made["Schedule"], made["Kernel"], 0)
    yield made
    for kind in ("Buffer", "Event", "Stream", "Schedule", "Library"):
        abi.make("Release" + kind, made[kind])


@pytest.fixture(params=[["-xc", "-std=c11"], ["-xc++", "-std=c++17"]], ids=["c11", "c++17"])
def language(request):
    """Return the options that select a language."""
    return request.param


def clang(cplusplus):
    if shutil.which("clang"):
        return ["clang++" if cplusplus else "clang"]
    if find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "c++" if cplusplus else "cc"]
    pytest.skip("neither clang nor ziglang is installed")


@pytest.fixture(params=["gcc", "clang"])
def compiler(request, language):
    """Return the command of each compiler for the language."""
    cplusplus = "-xc++" in language
    if request.param == "clang":
        return clang(cplusplus)
    if not shutil.which("g++"):
        pytest.skip("gcc is not installed")
    return ["g++" if cplusplus else "gcc"]
