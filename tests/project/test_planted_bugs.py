"""The list of bugs that tests have to find, and the program that plants them."""

from __future__ import annotations

import pytest
from support import plant
from support.paths import ROOT

BUGS = plant.bugs()


def test_names_are_unique():
    assert len({bug.name for bug in BUGS}) == len(BUGS) > 15


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_each_bug_fits_the_product(bug):
    text = (ROOT / bug.file).read_text()
    assert bug.changed(text) != text
    files = [word for word in bug.tests.split() if word.startswith("tests/")]
    assert files
    assert all((ROOT / file).exists() for file in files)


def test_a_bug_that_does_not_fit_is_refused():
    bug = BUGS[0]._replace(old="no such line")
    with pytest.raises(ValueError, match=r"has 'no such line' 0 x"):
        bug.changed((ROOT / bug.file).read_text())


@pytest.mark.thorough
def test_a_bug_is_found_and_a_harmless_change_is_not(tmp_path):
    plant.copy_product(tmp_path)
    (bug,) = (bug for bug in BUGS if bug.name == "database_dotfiles")
    file = tmp_path / bug.file
    before = file.read_text()
    assert plant.find(bug, tmp_path).endswith("::test_dotfiles_are_not_records")
    assert file.read_text() == before
    assert plant.find(bug._replace(new=f"{bug.old}  # unchanged"), tmp_path) == ""
    with pytest.raises(RuntimeError, match="pytest failed"):
        plant.find(bug._replace(tests="tests/nothing.py"), tmp_path)
