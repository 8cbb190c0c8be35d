"""Examples for the runtime that is tested, and the demo."""

import pytest
from support.paths import EXAMPLES

from nexus.demo.vector_add import add_vectors


def test_examples(kernels, run_example):
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
    assert add_vectors(device, 4096).correct
