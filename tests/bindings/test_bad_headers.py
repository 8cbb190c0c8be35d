"""Headers that the compiler refuses: file, line and reason are said, and nothing is written."""

import shutil

import pytest
from bindings.revisions.tree import FUNCTIONS, PLATFORM, STATUS, Tree

from build_ffi import main


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "headers")


@pytest.fixture
def refused(tree, tmp_path, capsys):
    def refused(path=tree.folder):
        assert main(["--headers", str(path), "--out", str(tmp_path / "out")]) == 1
        assert not (tmp_path / "out").exists()
        return capsys.readouterr().err.replace(f"{tree.folder}/", "")

    return refused


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_header(share, tree, refused):
    text = tree.text(STATUS)
    tree.write(STATUS, text[: int(len(text) * share)])
    assert refused().startswith(f"{STATUS}:")


def test_headers_that_include_each_other(tree, refused):
    tree.write(STATUS, "#include <nexus-api/nxs_again.h>\n")
    tree.write("nexus-api/nxs_again.h", "#include <nexus-api/nxs.h>\n")
    message = refused()
    assert message.startswith(("nexus-api/nxs_again.h:1: ", f"{STATUS}:1: "))
    assert "nested" in message.splitlines()[0]


def test_a_header_that_only_cplusplus_accepts(tree, refused):
    tree.platform("namespace nexus { class Thing {}; }")
    line = tree.text(PLATFORM).splitlines().index("namespace nexus { class Thing {}; }") + 1
    message = refused()
    assert message.startswith(f"{PLATFORM}:{line}: error: unknown type name 'namespace'")
    assert message.endswith("\nThe compiler accepts these headers as C++, but not as C.\n")


def test_a_header_that_neither_language_accepts(tree, refused):
    tree.platform("nxs_never nxs_first;")
    message = refused()
    assert "unknown type name 'nxs_never'" in message
    assert "C++" not in message


def test_two_functions_of_one_name(tree, refused):
    line = tree.functions("NEXUS_API_FUNC(nxs_int, GetKernel, nxs_int a)")
    message = refused()
    assert message.startswith(f"{FUNCTIONS}:{line}: error: redeclaration of enumerator")
    assert f"{FUNCTIONS}:{line}: error: conflicting types for 'nxsGetKernel'" in message


def test_several_umbrellas(tree, refused):
    for name in ("one", "two"):
        (tree.folder / name).mkdir()
        tree.write(f"{name}.h", "")
    (tree.folder / "nexus-api.h").unlink()
    assert "Name one of one.h, two.h with --headers" in refused()
    assert main(["--headers", str(tree.folder / "one.h"), "--check"]) == 1


def test_a_folder_without_headers(tree, refused):
    shutil.rmtree(tree.folder)
    tree.folder.mkdir()
    assert refused() == "nexus-api.h:1: there is no such file\n"
