"""Each example runs by itself, as a user runs it, and its asserts hold."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.paths import EXAMPLES

ALL = sorted(EXAMPLES.glob("*.py"))
# The others need a device of that runtime: tests/gpu runs them.
PORTABLE = [path for path in ALL if not path.stem.startswith(("cuda_", "metal_"))]


@pytest.mark.parametrize("path", PORTABLE, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    command = [sys.executable, str(path)]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "PluginWarning" not in ran.stderr
    assert ran.stdout
    assert not list(tmp_path.iterdir())


def test_there_are_examples_of_a_readable_length():
    assert len(PORTABLE) >= 5
    for path in ALL:
        lines = path.read_text().splitlines()
        assert 30 <= len(lines) <= 80, f"{path.name} has {len(lines)} lines"
