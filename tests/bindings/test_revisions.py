"""Every header set that the C compiler accepts regenerates, and its binding works."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from bindings.revisions import edits_of_lists, edits_of_types  # noqa: F401  (register theirs)
from bindings.revisions.exercise import exercise
from bindings.revisions.registry import COMPOSABLE, OTHERS
from bindings.revisions.tree import Tree
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import ROOT

from build_ffi import committed_files
from codegen.extension_source import emit_c_source
from codegen.headers import read_headers
from nexus._enums import function

TREES = Path(__file__).parent / "revisions" / "trees"
EDITS = {**OTHERS, **COMPOSABLE}
OURS = len(function)

# What Python cannot express, without its place.
LEFT_OUT: dict[str, list[str]] = {
    "variable_arguments": ["nxsPrint: it takes a variable number of arguments"],
    "vector_types": [
        "what nxs_float4 is made of: an attribute retypes it",
        "what nxs_int8 is made of: an attribute retypes it",
    ],
    "wide_types": [
        "what nxs_int128 is made of: cffi knows no __int128",
        "what nxs_size is made of: cffi knows no __typeof__",
        "what nxs_mixed is made of: cffi knows no __int128",
    ],
}


def generate(headers, out):
    """Generate a binding and call all of it; return what is declared."""
    api = read_headers(headers)
    out.mkdir()
    for name, text in committed_files(api).items():
        (out / name).write_text(text, "utf-8")
    emit_c_source(api, out / "_ffi.c")
    assert exercise(api, headers, out) == len(api.functions)
    return api


@pytest.mark.parametrize("name", list(EDITS))
def test_a_revision(name, tmp_path):
    tree = Tree(tmp_path / "headers")
    EDITS[name](tree)
    api = generate(tree.folder, tmp_path / "out")
    reasons = [text.split(": ", 1)[1] for text in api.left_out]
    assert reasons == LEFT_OUT.get(name, [])
    lost = sum(reason.startswith("nxs") for reason in reasons)
    assert len(api.functions) == OURS + tree.added - lost


@pytest.mark.parametrize(
    ("name", "numbers", "left_out"),
    [
        (
            "one_header",
            {
                "nxsGetDeviceProperty": 0,
                "nxsCreateBuffer": 1,
                "nxsFinalizeCommand": 2,
                "nxsRun": 3,
            },
            [],
        ),
        (
            "by_hand",
            {"nxsClose": 9, "nxsGetProperty": 4, "nxsOpen": 2, "nxsNever": 11},
            [
                "calls.h:11: nxsUnlisted: it is not in the list of functions",
                "calls.h:6: nxsNever: it is declared nowhere",
            ],
        ),
    ],
)
def test_a_tree_of_another_kind(name, numbers, left_out, tmp_path):
    api = generate(TREES / name, tmp_path / "out")
    assert api.numbers == numbers
    assert [text.rpartition("/")[2] for text in api.left_out] == left_out


@pytest.mark.long
def test_mixtures_of_revisions(tmp_path_factory):
    @settings(max_examples=4, deadline=None, database=None, derandomize=True)
    @given(st.permutations(list(COMPOSABLE)), st.integers(2, len(COMPOSABLE)))
    def generates(names, count):
        folder = tmp_path_factory.mktemp("mixture")
        tree = Tree(folder / "headers")
        for name in names[:count]:
            COMPOSABLE[name](tree)
        api = generate(tree.folder, folder / "out")
        known = {reason for name in names[:count] for reason in LEFT_OUT.get(name, [])}
        assert {text.split(": ", 1)[1] for text in api.left_out} == known

    generates()


def test_what_the_headers_say_reaches_python(tmp_path):
    tree = Tree(tmp_path / "headers")
    for name in ("other_comments", "keyword_names", "values_by_expression", "two_step_enums"):
        COMPOSABLE[name](tree)
    api = read_headers(tree.folder)
    docs = {item.name: item.doc for enum in api.enums.values() for item in enum.members}
    assert docs["NXS_DeviceNotFound"] == "There is no such device."
    assert docs["NXS_Said_A"] == 'Said "behind".'
    assert docs["NXS_Quoted_A"] == 'inside "'
    assert docs["NF_nxsKeywords"] == ""
    assert api.enums["nxs_said"].doc == 'Two lines with "quotes" and a \\ backslash.'
    values = {item.name: item.value for item in api.enums["nxs_value"].members}
    assert values == {
        "NXS_Value_Max": 2**31 - 1,
        "NXS_Value_Size": 136 + 8,
        "NXS_Value_Shift": 8,
        "NXS_Value_Or": 72,
        "NXS_Value_Cast": 3,
        "NXS_Value_Letter": 65,
        "NXS_Value_Choice": -2,
        "NXS_Value_Next": -1,
    }
    space: dict[str, Any] = {}
    exec(committed_files(api)["_enums.py"], space)
    assert [item.name for item in space["class_"]] == ["None_", "_3", "mro_", "x"]
    assert space["quoted"].__doc__.strip() == 'Ends in """'
    assert space["status"].NXS_Timeout == -89
    stub = committed_files(api)["_ffi.pyi"]
    assert "class_: int, global_: int, lambda_: int, /)" in stub
    assert "plugin_: int, self_: int, p1: _CData, /)" in stub


def test_our_headers_leave_nothing_out():
    assert read_headers(ROOT / "include").left_out == ()


def test_another_compiler_reads_the_same(tmp_path, monkeypatch):
    """The numbers come from an object file, which need not be one for this machine."""
    if not find_spec("ziglang"):
        pytest.skip("ziglang is not installed")
    tree = Tree(tmp_path / "headers")
    COMPOSABLE["values_by_expression"](tree)
    expected = read_headers(tree.folder)
    clang = f"{sys.executable} -m ziglang cc -target aarch64-linux-gnu"
    monkeypatch.setenv("CC", clang)
    monkeypatch.setenv("CPP", f"{clang} -E")
    found = read_headers(tree.folder)
    assert (found.enums, found.structs, found.limits) == (
        expected.enums,
        expected.structs,
        expected.limits,
    )
