"""The command line as a separate program."""

from __future__ import annotations

import subprocess
import sys

NEXUS = [sys.executable, "-m", "nexus"]


def succeeded(found: subprocess.CompletedProcess[str], status: int = 0) -> str:
    """Return the output of a command, after checking its status and for tracebacks."""
    assert found.returncode == status, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    return found.stdout
