"""Plants one-line bugs in a copy of the product, and reports which test finds each.

``PYTHONPATH=tests python -m support.plant [NAME...]`` tries all bugs of ``planted_bugs.json``, or
the named ones. A bug that no test finds is a missing test. Changes in plugins are compiled.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from support.paths import ROOT

BUGS = Path(__file__).with_name("planted_bugs.json")
_SECONDS = 300
# What the build puts into the package, beside the files of the repository.
_BUILT = ("plugins", "include", "schema")


class Bug(NamedTuple):
    """A change that makes the product wrong.

    Attributes
    ----------
    name, file : str
        Its name, and the file to change.
    old, new : str
        A text that the file has once, and what replaces it.
    tests : str
        The tests that may find it: arguments of pytest, separated by spaces.
    """

    name: str
    file: str
    old: str
    new: str
    tests: str

    def changed(self, text: str) -> str:
        """Return a file's text with the bug; raise ValueError if it does not fit."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} has {self.old!r} {text.count(self.old)} x")
        return text.replace(self.old, self.new)


def bugs() -> list[Bug]:
    """Return the list of bugs."""
    return [Bug(**entry) for entry in json.loads(BUGS.read_text())]


def copy_product(target: Path) -> None:
    """Copy what the package is built from, and the built package, to a folder."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    built = [str(path.relative_to(ROOT)) for path in (ROOT / "nexus").glob("_ffi.*")]
    for name in dict.fromkeys(listed + built):
        if not name.startswith(("tests/", "standins/")) and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for name in _BUILT:
        shutil.copytree(ROOT / "nexus" / name, target / "nexus" / name)


def find(bug: Bug, product: Path) -> str:
    """Return the test that finds a bug in a copy of the product; empty if none does."""
    file = product / bug.file
    right = file.read_text()
    file.write_text(bug.changed(right))
    try:
        _build(bug, product)
        return _first_failure(bug, product)
    finally:
        file.write_text(right)
        _build(bug, product)


def _build(bug: Bug, product: Path) -> None:
    if bug.file.startswith(("plugins/", "sdk/", "include/")):
        plugin = bug.file.split("/")[1] if bug.file.startswith("plugins/") else "cpu"
        command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        environment = {**os.environ, "NEXUS_PLUGINS": plugin}
        subprocess.run(command, cwd=product, env=environment, check=True, stdout=sys.stderr)


def _first_failure(bug: Bug, product: Path) -> str:
    tests = [str(ROOT / test) if test.startswith("tests/") else test for test in bug.tests.split()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    command += ["--config-file", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    # From another folder, so that the copy is what is imported.
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(product), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            made = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True,
                timeout=_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"a test that hangs, after {_SECONDS} s"
    if made.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(tests/.*?|\S+)(?: - .*)?$", made.stdout, re.M)
    if made.returncode != 1 or found is None:
        raise RuntimeError(f"{bug.name}: pytest failed:\n{made.stdout}{made.stderr}")
    return found[1]


def main(names: list[str]) -> int:
    """Report on the named bugs, or on all; return 1 if a bug was not found."""
    wanted = [bug for bug in bugs() if not names or bug.name in names]
    if unknown := set(names) - {bug.name for bug in wanted}:
        print(f"there is no bug {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        product = Path(folder)
        copy_product(product)
        for bug in wanted:
            test = find(bug, product)
            survivors += not test
            print(f"{bug.name}: {f'found by {test}' if test else 'NOT FOUND'}", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
