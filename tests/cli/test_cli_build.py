"""``nexus build``: builds, lists, refuses."""

from __future__ import annotations

import json
import os

import pytest
from support.command_line import succeeded

import nexus
from nexus.cli import main

SOURCE = """#include <nexus-api/nxs_kernel.h>
#ifndef START
#define START 0
#endif
NXS_KERNEL(count, NXS_OUT(nxs_int, x), NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS if (NXS_GLOBAL_ID(0) < n) x[NXS_GLOBAL_ID(0)] = START + NXS_GLOBAL_ID(0);
}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the current folder, with a source in it."""
    (tmp_path / "count.c").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_build_says_what_the_file_has(folder, capsys):
    assert main(["build", "count.c", "--for", "x86_64,aarch64", "--for", "x86-64"]) == 0
    shown = capsys.readouterr().out
    path, heads, *rows = shown.split("\n\n")[0].splitlines()
    assert path == str(folder / "count.nxc")
    assert heads.split() == ["library", "target", "size", "compiler"]
    assert [row.split()[:2] for row in rows] == [
        ["count", "x86_64"], ["count", "aarch64"], ["count", "source"]
    ]  # fmt: skip
    assert "Kernels of count\ncount(out I32 x, scalar I32 n)\n" in shown
    assert main(["build", "--list", "count.nxc"]) == 0
    assert capsys.readouterr().out == shown


def test_what_a_file_has_for_programs(folder, capsys):
    command = "build count.c --for x86_64-v2 -o out.nxc -D START=3 --library-version 1.5 --json"
    assert main(command.split()) == 0
    shown = json.loads(capsys.readouterr().out)
    assert main(["build", "--list", "out.nxc", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == shown
    (library,) = shown["libraries"]
    (target,) = library["targets"]
    catalog = nexus.load_catalog("out.nxc")
    entry = catalog["count"].get(["Architectures", 0])
    image = catalog._image(entry, "")
    assert target == {
        "target": "x86_64-v2",
        "system": "linux",
        "size": len(image),
        "sha256": entry["Sha256"],
        "compiler": entry["Compiler"],
        "flags": ["-march=x86-64-v2"],
    }
    assert (library["name"], library["version"]) == ("count", "1.5")
    assert library["kernels"] == [
        {"name": "count", "arguments": [{"kind": "out", "type": "I32", "name": "x"},
                                        {"kind": "scalar", "type": "I32", "name": "n"}]}
    ]  # fmt: skip
    text = catalog["count"]["Source"]["Text"]
    assert text.startswith("#define START 3\n")
    assert library["source"]["size"] == len(text.encode())
    assert library["source"]["name"] == "count.c"


def test_a_build_without_the_source(folder, capsys):
    assert main(["build", "count.c", "--for", "aarch64", "--no-source", "--json"]) == 0
    (library,) = json.loads(capsys.readouterr().out)["libraries"]
    assert library["source"] is None


def test_a_catalog_with_files_is_listed(folder, capsys):
    entry = {"Architecture": "a1", "File": "lib/a1.so", "Sha256": "0" * 64}
    library = {"Name": "l", "Version": "1", "Architectures": [entry]}
    (folder / "catalog.json").write_text(json.dumps({"Libraries": [library]}))
    assert main(["build", "--list", "catalog.json"]) == 0
    assert "l        a1      lib/a1.so" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("build", 2, "there is no source to build: nexus build FILE --for TARGETS"),
        ("build count.c", 2, "there is no target to build for: give some"),
        ("build count.c --for sm80", 2, "there is no target 'sm80'; did you mean sm_80"),
        ("build count.c --for x86_64 -D 1", 1, "'1' defines no macro"),
        ("build other.c --for x86_64", 1, "other.c cannot be read: No such file or directory"),
        ("build count.c --for x86_64 -D START=y", 1, "count.c does not compile for the CPU:\n"),
        ("build count.c --for x86_64 -o no/k.nxc", 1, "no/k.nxc cannot be written: No such file"),
        ("build count.c --for x86_64 -o .", 1, ". cannot be written: it is a folder"),
        ("build --list count.c", 1, "count.c: line 1, column 1: it is not JSON"),
    ],
)
def test_builds_that_cannot_be(folder, capsys, command, status, message):
    assert main(command.split()) == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("nexus: ")
    assert message in shown.err
    assert os.listdir(folder) == ["count.c"]


def test_a_compiler_that_is_missing(folder, capsys, monkeypatch):
    monkeypatch.setenv("NEXUS_NVRTC", "/nowhere/libnvrtc.so")
    assert main(["build", "count.c", "--for", "sm_80"]) == 1
    assert "pip install nvidia-cuda-nvrtc-cu12" in capsys.readouterr().err
    assert main(["build", "--targets", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "pip install nvidia-cuda-nvrtc-cu12" in found["sm_80"]
    assert found["x86_64-v3"] is None
    assert main(["build", "--targets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["target", "compiler"]
    assert [line.split()[0] for line in lines[1:]] == list(found)
    assert [line.split()[1] for line in lines if line.startswith("x86_64-v3 ")] == ["here"]


def test_help_names_the_command(run_nexus):
    assert "build kernels for many devices" in succeeded(run_nexus("--help"))
    words = succeeded(run_nexus("_words", "targets")).split()
    assert {"x86_64-v3", "sm_90", "compute_80", "gfx90a", "metal", "opencl"} <= set(words)
