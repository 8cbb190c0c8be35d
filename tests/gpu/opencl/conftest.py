"""What tests of OpenCL share."""

import os

import pytest

from standins.opencl import Layer


@pytest.fixture
def layer():
    """Return the controls of the layer between loader and drivers; reset them afterwards."""
    if not (path := os.environ.get("OPENCL_LAYERS")):
        pytest.skip("needs the layer that injects faults: tests/drivers/test_opencl_faults.py")
    control = Layer(path)
    yield control
    control.clear()
