"""Changes from one revision of the headers to another."""

import shutil

import pytest
from bindings.revisions.tree import FUNCTIONS, PLATFORM, PROPERTIES, STATUS, Tree
from support.paths import ROOT

from build_ffi import main
from nexus._enums import function, property


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "new")


@pytest.fixture
def compared(tree, capsys):
    def compared(old=ROOT / "include", new=tree.folder):
        status = main(["--headers", str(old), "--compare", str(new)])
        return status, capsys.readouterr().out.splitlines()

    return compared


def test_no_change(compared):
    assert compared() == (0, [])


def test_appended_names_keep_plugins(tree, compared):
    tree.functions("NEXUS_API_FUNC(nxs_int, Count, const nxs_dim3 *size, nxs_uint flags)")
    tree.properties('NEXUS_API_PROP(Mood, int, "How it feels")')
    tree.replace(STATUS, "NXS_Timeout = -89", "NXS_Timeout = -89,\n  NXS_Late = -90")
    tree.platform("typedef struct nxs_new { nxs_int a; } nxs_new;")
    tree.replace("nexus-api/nxs_version.h", "VERSION_MINOR 1", "VERSION_MINOR 2")
    tree.replace(STATUS, "MAX_ARGS 64", "MAX_ARGS 65")
    functions, properties = len(function), len(property)
    assert compared() == (
        0,
        [
            "keeps   function nxsCount added: int32_t(nxs_dim3 *, uint32_t)",
            f"keeps   property NXS_PROPERTY_CNT: {properties} is now {properties + 1}",
            f"keeps   value NXS_FUNCTION_CNT: {functions} is now {functions + 1}",
            "keeps   value NXS_Late added: -90",
            f"keeps   property NP_Mood added: {properties}",
            "keeps   value NPT_Mood added: 1",
            "keeps   struct nxs_new added",
            "keeps   version 1.1.0 is now 1.2.0",
            "keeps   limit KERNEL_MAX_ARGS: 64 is now 65",
        ],
    )


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (
            (
                FUNCTIONS,
                "ReleaseCommand, nxs_int command_id",
                "ReleaseCommand, nxs_long command_id",
            ),
            ["function nxsReleaseCommand: nxs_status(int32_t) is now nxs_status(int64_t)"],
        ),
        (
            (STATUS, "NXS_InvalidStream = -87", "NXS_InvalidStream = -97"),
            ["value NXS_InvalidStream: -87 is now -97"],
        ),
        (
            (STATUS, "NXS_BufferSettings_Maintain", "NXS_BufferSettings_Keep"),
            ["value NXS_BufferSettings_Maintain removed"],
        ),
        (
            (PLATFORM, "  nxs_uint rank;", "  nxs_ulong rank;"),
            [
                "struct nxs_buffer_layout, field rank: nxs_uint is now nxs_ulong",
                "struct nxs_buffer_layout, field rank: offset 4 is now 8",
                "struct nxs_buffer_layout, field dim: offset 8 is now 16",
                "struct nxs_buffer_layout, field stride: offset 72 is now 80",
                "struct nxs_buffer_layout: size 136 is now 144",
            ],
        ),
        (
            (PLATFORM, "  nxs_uint rank;", "  nxs_uint depth;"),
            [
                "struct nxs_buffer_layout, field rank removed",
                "struct nxs_buffer_layout, field depth added",
            ],
        ),
        (
            ("nexus-api/nxs_version.h", "VERSION_MAJOR 1", "VERSION_MAJOR 2"),
            ["version 1.1.0 is now 2.1.0"],
        ),
        ((STATUS, "MAX_ARGS 64", "MAX_ARGS 32"), ["limit KERNEL_MAX_ARGS: 64 is now 32"]),
    ],
)
def test_what_breaks_plugins(edit, changes, tree, compared):
    tree.replace(*edit)
    status, lines = compared()
    assert status == 1
    assert [line.removeprefix("breaks  ") for line in lines if line[:6] == "breaks"] == changes


def test_removed_and_renumbered(tree, compared):
    tree.remove(FUNCTIONS, "NEXUS_API_FUNC(nxs_status, ReleaseKernel", ")")
    tree.remove(PROPERTIES, "NEXUS_API_PROP(UUID", '")')
    for name in ("  /** Drops a handle. */\n  NFP_nxsReleaseKernel", "NF_nxsReleaseKernel,"):
        tree.remove("nexus-api/nxs_functions.h", name, name)
    tree.replace("nexus-api/nxs_functions.h", " = \n", "\n")
    status, lines = compared()
    assert status == 1
    assert "breaks  function nxsReleaseKernel removed" in lines
    assert "breaks  function nxsReleaseCommand: number 34 is now 33" in lines
    assert "breaks  property NP_UUID removed" in lines
    assert "breaks  property NP_Record: 52 is now 51" in lines


def test_other_words_for_the_same_types_change_nothing(tree, compared):
    tree.replace(FUNCTIONS, "nxs_int command_id", "int32_t command_number")
    tree.replace(STATUS, "/** The call did what was asked. */", "// Good.")
    assert compared() == (0, [])


def test_headers_that_cannot_be_read(tree, compared, capsys):
    shutil.rmtree(tree.folder)
    assert main(["--headers", str(ROOT / "include"), "--compare", str(tree.folder)]) == 1
    assert "there is no such file" in capsys.readouterr().err
