"""Products that the processes of a test run make once and share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from standins.locks import locked


def made_once(request: pytest.FixtureRequest, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first process of the run to ask for it has filled."""
    base: Path = request.getfixturevalue("tmp_path_factory").getbasetemp()
    if hasattr(request.config, "workerinput"):
        # One of several processes; the parent of its folder is the folder of the run.
        base = base.parent
    folder = base / "shared" / name
    with locked(folder.parent, name):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "done").touch()
    return folder
