"""The package as a whole: import, documentation, command line and log."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nexus
from nexus import errors
from nexus._objects import log

MODULES = [
    module.name
    for part in ("", "_objects.", "arrays.", "building.", "cli.", "compilers.", "device_db.")
    for module in pkgutil.iter_modules(
        [f"{nexus.__path__[0]}/{part.replace('.', '/')}"], f"nexus.{part}"
    )
    if module.name not in ("nexus._ffi", "nexus.__main__")
]


@pytest.mark.parametrize("name", ["nexus", *MODULES])
def test_examples_in_the_documentation(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0


def test_there_are_examples_to_test():
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(bool(test.examples) for test in found) > 10


def test_import_is_light(run_python):
    run_python(
        """
import sys, threading
import numpy
before = set(sys.modules)
import nexus
heavy = {"importlib.metadata", "logging", "logging.config", "argparse", "difflib"}
heavy |= {"nexus.arrays.dlpack", "nexus.device_db.database"}
assert not heavy & (set(sys.modules) - before), heavy & (set(sys.modules) - before)
assert threading.active_count() == 1
if sys.platform == "linux":
    assert "_plugin" not in open("/proc/self/maps").read()
"""
    )


def test_a_source_folder_that_is_not_built_says_so(tmp_path):
    package = tmp_path / "nexus"
    names = shutil.ignore_patterns("*.so", "plugins", "include", "__pycache__")
    shutil.copytree(Path(nexus.__file__).parent, package, ignore=names)
    # Without site-packages, which may contain Nexus.
    command = [sys.executable, "-S", "-c", "import nexus"]

    def last_line():
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.returncode == 1
        return found.stderr.splitlines()[-1]

    assert last_line().startswith(f"ImportError: the source folder {tmp_path} is not built: ")
    (package / "_ffi.py").write_text("import missing")
    assert last_line() == "ModuleNotFoundError: No module named 'missing'"


def test_every_status_has_words_and_an_exception():
    class Plugin:
        table = None

        def describe(self):
            return "runtime 'x'"

        def last_error(self):
            return "because"

    for member in nexus.status:
        assert member.__doc__
        if member is nexus.status.NXS_Success:
            continue
        with pytest.raises(nexus.NexusError, match="because") as caught:
            errors.fail(Plugin(), int(member), "nxsDo", "doing")
        assert caught.value.status is member
        assert caught.value.function == "nxsDo"
        assert str(caught.value).startswith(f"doing: nxsDo returned {member.name}: ")
    with pytest.raises(nexus.NexusError, match="unknown status -999") as caught:
        errors.fail(Plugin(), -999, "nxsDo")
    assert caught.value.status == -999


def test_public_names_exist():
    for name in nexus.__all__:
        assert getattr(nexus, name) is not None
    with pytest.raises(AttributeError, match="no_such"):
        nexus.no_such  # noqa: B018


def test_the_log_is_off_by_default(run_python):
    assert run_python("import nexus; nexus.get_runtimes()", NEXUS_LOG="").stderr == ""
    shown = run_python("import nexus; nexus.get_runtimes()", NEXUS_LOG="info").stderr
    assert "nexus INFO: opened plugin" in shown


def test_the_programs_own_logging_sees_it(run_python):
    found = run_python(
        "import logging, nexus; logging.basicConfig(level=logging.INFO); nexus.get_runtimes()",
        NEXUS_LOG="",
    )
    assert "INFO:nexus:opened plugin" in found.stderr


def test_an_unknown_log_level_is_reported():
    with pytest.warns(UserWarning, match="loud"):
        log.configure("loud")
