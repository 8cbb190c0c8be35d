"""The name under which the package is installed is the same everywhere."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import metadata

import pytest
from support.paths import ROOT

import nexus
from nexus._objects.distribution import DISTRIBUTION, install_command

# An installation or a requirement of a distribution named as the package is imported.
_WRONG = (
    r"pip install\b[^\n`&;|]*?[ \"']nexus(?![\w./-])",
    r"(?<![\w/-])nexus\[[a-z,]+\]",
    r"(?:requires|dependencies)\s*=\s*\[[^]]*\"nexus\"",
)


def wrong_names(text: str) -> list[str]:
    return [found[0] for pattern in _WRONG for found in re.finditer(pattern, text)]


def project_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()


def test_no_file_tells_to_install_another_distribution():
    files = [file for file in project_files() if not file.startswith("tests/project/")]
    assert {"README.md", "docs/devices.md", "examples/plugin/pyproject.toml", ".ci/run"} <= {*files}
    found = {}
    for file in files:
        path = ROOT / file
        if path.is_file() and b"\0" not in (raw := path.read_bytes()):
            found[file] = wrong_names(raw.decode("utf-8", "replace"))
    assert not {file: names for file, names in found.items() if names}


def test_the_project_has_no_binary_files():
    """Packages and libraries are downloaded or built; none is kept beside the sources."""
    files = {ROOT / file for file in project_files()}
    assert not [file.name for file in files if file.is_file() and b"\0" in file.read_bytes()[:1024]]


@pytest.mark.parametrize(
    "text",
    [
        "pip install nexus",
        "pip install --upgrade 'nexus'",
        'pip install "nexus[db]"',
        "the extra `nexus[cli]`",
        'requires = ["setuptools>=77", "nexus"]',
        'dependencies = [\n  "nexus",\n]',
    ],
)
def test_the_search_finds_the_wrong_name(text):
    assert wrong_names(text)


@pytest.mark.parametrize(
    "text",
    [
        install_command("db"),
        "pip install . && nexus demo",
        "pip install 'path/to/nexus[conformance]'",
        'dependencies = ["nexus-device", "numpy"]',
        'row(f"{nexus[0]}")',
    ],
)
def test_the_search_leaves_the_rest(text):
    assert not wrong_names(text)


def test_the_installed_distribution_has_the_name_of_the_constant():
    installed = metadata(DISTRIBUTION)
    assert installed["Name"] == DISTRIBUTION
    assert installed["Version"] == nexus.__version__
    text = (ROOT / "pyproject.toml").read_text()
    assert re.search(r'^name = "(.*)"$', text, re.MULTILINE)[1] == DISTRIBUTION


def test_classifiers_name_each_python_version():
    versions = [
        name.rpartition(" ")[2]
        for name in metadata(DISTRIBUTION).get_all("Classifier")
        if re.search(r":: 3\.\d+$", name)
    ]
    least = metadata(DISTRIBUTION)["Requires-Python"].removeprefix(">=")
    assert versions == [f"3.{minor}" for minor in range(10, 14)]
    assert versions[0] == least
