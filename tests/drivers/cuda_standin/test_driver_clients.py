"""Programs that use the stand-in in a process of their own, NVIDIA's bindings among them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.paths import ROOT

from standins.cuda import environment, package

CLIENT = """
import sys
sys.path.append({root!r})
from standins.cuda.client import Driver
driver = Driver("libcuda.so.1")
"""


def client(run_python: Callable[..., Any], text: str, **settings: Any) -> str:
    program = CLIENT.format(root=str(ROOT)) + textwrap.dedent(text)
    return str(run_python(program, **environment(**settings)).stdout)


def test_two_devices(run_python: Callable[..., Any]) -> None:
    text = """
        import ctypes
        import numpy as np
        driver.retain(0)
        first = driver.upload(np.arange(4))
        context = driver.make("cuCtxGetCurrent")
        other = driver.retain(1)
        second = driver.upload(np.zeros(4, int))
        driver.cuMemcpyPeer(second, other, first, context, ctypes.c_size_t(32))
        print(driver.number("cuDeviceGetCount"), driver.download(second, np.zeros(4, int)))
    """
    assert client(run_python, text, devices=2) == "2 [0 1 2 3]\n"


def test_an_old_driver(run_python: Callable[..., Any]) -> None:
    text = """
        print(driver.number("cuDriverGetVersion"), hasattr(driver.library, "cuFuncGetParamInfo"))
        driver.retain()
        try:
            driver.load(".version 8.0\\n.target sm_90\\n")
        except Exception as error:
            print(error.name)
    """
    settings: dict[str, Any] = {"driver": 11040, "without": ["cuFuncGetParamInfo"]}
    assert client(run_python, text, **settings) == "11040 False\nUNSUPPORTED_PTX_VERSION\n"


def test_options_of_the_environment(run_python: Callable[..., Any]) -> None:
    text = """
        import ctypes
        driver.retain()
        sizes = [ctypes.c_size_t(n) for n in (500, 500, 501)]
        for call in (
            lambda: driver.make("cuMemAlloc_v2", sizes[0]),
            lambda: driver.make("cuMemAlloc_v2", sizes[1]),
            lambda: driver.make("cuMemAlloc_v2", sizes[2]),
            lambda: driver.cuStreamWaitValue32_v2(None, None, 0, 0),
        ):
            try:
                call()
                print("done")
            except Exception as error:
                print(error.name)
    """
    settings = {"memory": 1000, "stream_memory_operations": 0, "fail": "cuMemAlloc_v2:1:999"}
    found = client(run_python, text, **settings).split()
    assert found == ["UNKNOWN", "done", "OUT_OF_MEMORY", "NOT_SUPPORTED"]
    assert client(run_python, "print(driver.library.cuInit(0))", devices=0) == "100\n"


BINDINGS = """
import ctypes, sys
import numpy as np
from cuda.bindings import driver, nvrtc

def check(result):
    error, *values = result
    assert int(error) == 0, error
    return values[0] if len(values) == 1 else values

check(driver.cuInit(0))
device = check(driver.cuDeviceGet(0))
context = check(driver.cuDevicePrimaryCtxRetain(device))
check(driver.cuCtxSetCurrent(context))
module = check(driver.cuModuleLoadData(open(sys.argv[1], "rb").read() + b"\\0"))
kernel = check(driver.cuModuleGetFunction(module, b"add"))
stream = check(driver.cuStreamCreate(0))
a = np.arange(1000, dtype=np.float32)
out = np.zeros_like(a)
inputs = [check(driver.cuMemAlloc(a.nbytes)) for _ in range(3)]
for address in inputs[:2]:
    check(driver.cuMemcpyHtoDAsync(address, a.ctypes.data, a.nbytes, stream))
values = (*inputs, 1000)
types = (None, None, None, ctypes.c_int)
check(driver.cuLaunchKernel(kernel, 8, 1, 1, 128, 1, 1, 0, stream, (values, types), 0))
check(driver.cuMemcpyDtoHAsync(out.ctypes.data, inputs[2], a.nbytes, stream))
check(driver.cuStreamSynchronize(stream))
assert (out == 2 * a).all()
for address in inputs:
    check(driver.cuMemFree(address))
check(driver.cuStreamDestroy(stream))
check(driver.cuModuleUnload(module))
check(driver.cuDevicePrimaryCtxRelease(device))
print("fine")
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cuda-bindings 13 needs Python 3.11")
def test_bindings_of_nvidia(run_python: Callable[..., Any], ptx: str, tmp_path: Path) -> None:
    """NVIDIA's own bindings find nothing strange."""
    (tmp_path / "kernels.ptx").write_text(ptx)
    folders = [package(name) for name in ("cuda-bindings==13.*", "cuda-pathfinder==1.*")]
    (tmp_path / "client.py").write_text(BINDINGS)
    text = f"""
import runpy, sys
sys.path[:0] = {[str(folder) for folder in folders]!r}
import cuda
cuda.__path__ = [f"{{folder}}/cuda" for folder in {[str(folder) for folder in folders]!r}]
sys.argv = ["client.py", {str(tmp_path / "kernels.ptx")!r}]
runpy.run_path({str(tmp_path / "client.py")!r})
"""
    assert run_python(text, **environment()).stdout == "fine\n"
