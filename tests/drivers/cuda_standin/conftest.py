"""The stand-in for NVIDIA's driver, loaded into this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from support.paths import ROOT

import nexus
from standins.cuda import build
from standins.cuda.client import Driver, Handle, compile_cuda

KERNELS = ROOT / "standins" / "cuda" / "kernels.cu"


@pytest.fixture(scope="session", autouse=True)
def _only_on_linux() -> None:
    if sys.platform != "linux":
        pytest.skip("libcuda.so.1 is Linux's")


@pytest.fixture(scope="module")
def ptx() -> str:
    return compile_cuda(KERNELS.read_text())


@pytest.fixture(scope="module")
def loaded() -> Driver:
    # Its devices are fixed when it is first asked: other tests of this process expect none.
    nexus.get_runtimes()
    return Driver(str(build()))


@pytest.fixture
def driver(loaded: Driver) -> Iterator[Driver]:
    """Return the driver with a context, of which nothing may be left."""
    loaded.retain()
    yield loaded
    loaded.control.clear_faults()
    loaded.release()
    assert loaded.control.live() == {}


@pytest.fixture
def module(driver: Driver, ptx: str) -> Handle:
    return driver.load(ptx)


@pytest.fixture
def run(driver: Driver, module: Handle) -> Callable[..., Any]:
    """Return a function that launches a kernel on arrays, and returns the one after them."""

    def launch(
        name: str, grid: Any, block: Any, *arguments: Any, out: Any, shared: int = 0
    ) -> np.ndarray[Any, Any]:
        address = driver.upload(out)
        passed = [
            driver.upload(a) if isinstance(a, np.ndarray) and a.ndim else a for a in arguments
        ]
        passed = [address if a is Ellipsis else a for a in passed]
        driver.launch(driver.function(module, name), grid, block, passed, shared)
        return driver.download(address, out)

    return launch
