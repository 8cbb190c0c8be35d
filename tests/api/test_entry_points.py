"""Entry points are found wherever importlib.metadata finds them, and it is imported only then."""

from __future__ import annotations

import sys
import zipfile

import pytest

from nexus._objects.entry_points import entry_points

ENTRIES = "[nexus.tests]\none = module:attribute\n"


def values():
    return [point.value for point in entry_points("nexus.tests")]


@pytest.mark.parametrize("ending", ["dist-info", "egg-info"])
def test_packages_in_folders(tmp_path, monkeypatch, ending):
    monkeypatch.syspath_prepend(tmp_path)
    information = tmp_path / f"vendor-1.{ending}"
    information.mkdir()
    assert values() == []
    (information / "entry_points.txt").write_text(ENTRIES)
    assert values() == ["module:attribute"]


def test_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert values() == []
    (tmp_path / "vendor-1.dist-info").mkdir()
    (tmp_path / "vendor-1.dist-info" / "entry_points.txt").write_text(ENTRIES)
    assert values() == ["module:attribute"]


def test_packages_in_archives(tmp_path, monkeypatch):
    archive = tmp_path / "vendor.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("vendor-1.dist-info/entry_points.txt", ENTRIES)
        file.writestr("vendor-1.dist-info/METADATA", "Name: vendor\nVersion: 1\n")
    monkeypatch.syspath_prepend(archive)
    assert values() == ["module:attribute"]


def test_finders_of_other_kinds(tmp_path, monkeypatch):
    (tmp_path / "vendor-1.dist-info").mkdir()
    (tmp_path / "vendor-1.dist-info" / "entry_points.txt").write_text(ENTRIES)

    class Finder:
        @staticmethod
        def find_distributions(context):
            from importlib.metadata import PathDistribution

            yield PathDistribution(tmp_path / "vendor-1.dist-info")

        @staticmethod
        def find_spec(name, path=None, target=None):
            return None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert values() == ["module:attribute"]


def test_what_is_not_needed_is_not_imported(run_python):
    text = "import sys, nexus; nexus.get_runtimes(); print('importlib.metadata' in sys.modules)"
    # An editable installation imports it at start.
    assert run_python(
        f"import sys; before = 'importlib.metadata' in sys.modules\n{text}; print(before)"
    ).stdout.split() in (["False", "False"], ["True", "True"])
