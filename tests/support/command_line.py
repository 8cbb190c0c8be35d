"""The command line as a program, for tests that run it."""

from __future__ import annotations

import subprocess
import sys

NEXUS = [sys.executable, "-m", "nexus"]


def succeeded(found: subprocess.CompletedProcess[str], status: int = 0) -> str:
    """Return what a command printed, which ended with a status and no traceback."""
    assert found.returncode == status, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    return found.stdout
