"""The examples for Metal devices."""

import subprocess
import sys

import pytest
from nexus.demo.demo import add_vectors
from support.paths import EXAMPLES


@pytest.mark.parametrize("name", ["metal_source", "metal_streams"])
def test_example(name, tmp_path):
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


def test_demo(device):
    assert add_vectors(device, 4096).correct
