"""The examples for CUDA devices."""

import subprocess
import sys

import pytest
from nexus.demo.demo import add_vectors
from support.paths import EXAMPLES


def run(name, tmp_path):
    found = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout


@pytest.mark.parametrize("name", ["cuda_source", "cuda_graph"])
def test_example(name, tmp_path):
    run(name, tmp_path)


@pytest.mark.gpu
@pytest.mark.parametrize(("name", "needs"), [("cuda_torch", "torch"), ("cuda_triton", "triton")])
def test_example_with_other_libraries(name, needs, tmp_path):
    """PyTorch needs a real driver, and Triton's cubin a real GPU."""
    pytest.importorskip(needs)
    run(name, tmp_path)


def test_demo(device):
    assert add_vectors(device, 4096).correct
