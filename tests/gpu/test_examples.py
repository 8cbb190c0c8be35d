"""The examples for all devices and those for the runtime that is tested, and the demo."""

import pytest
from support.documents import run_blocks
from support.examples import PORTABLE, run
from support.paths import EXAMPLES

from nexus.demo import takes_kernels
from nexus.demo.vector_add import add_vectors


@pytest.mark.parametrize("name", PORTABLE)
def test_portable_example(name, device, tmp_path):
    assert run(name, device, tmp_path)


def test_the_page_on_kernels(device, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_blocks("docs/kernels.md", device)


def test_examples_of_the_runtime(kernels, run_example):
    found = sorted(path.stem for path in EXAMPLES.glob(f"{kernels.runtime}_*.py"))
    assert found
    for name in set(found) - set(kernels.examples_with_libraries):
        run_example(name)


@pytest.mark.gpu
def test_examples_with_other_libraries(kernels, run_example):
    """PyTorch needs a real driver, and Triton's binaries a real GPU."""
    for name, needs in kernels.examples_with_libraries.items():
        pytest.importorskip(needs)
        run_example(name)


def test_demo(device):
    assert takes_kernels(device)
    assert add_vectors(device, 4096).correct
