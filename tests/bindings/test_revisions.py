"""Every header set that the C compiler accepts regenerates, and its binding works."""

from pathlib import Path

import pytest
from bindings.revisions.edits import COMPOSABLE, OTHERS
from bindings.revisions.exercise import exercise
from bindings.revisions.tree import Tree
from hypothesis import given, settings
from hypothesis import strategies as st

from build_ffi import committed_files
from codegen.extension_source import emit_c_source
from codegen.headers import read_headers

TREES = Path(__file__).parent / "revisions" / "trees"
EDITS = {**OTHERS, **COMPOSABLE}
OURS = 37

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
