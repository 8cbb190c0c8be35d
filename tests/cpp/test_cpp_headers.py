"""The headers by themselves: complete, without warnings, in any order, quick to compile."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.cpp_programs import FOLDER, WARNINGS, compiler
from support.paths import ROOT

INCLUDE = ROOT / "include"
PUBLIC = sorted(str(path.relative_to(INCLUDE)) for path in (INCLUDE / "nexus").glob("*.hpp"))
SDK = "#include <nexus-sdk/plugin.hpp>\n"
API = "#include <nexus/nexus.hpp>\n"
CASES = '#include "cases.cpp"\n'
USE = "nexus::Device (*use)(std::size_t) = nullptr;\n"
ZIG = [sys.executable, "-m", "ziglang", "c++", "-fno-sanitize=all"]


def compile_texts(command, folder, *texts):
    """Compile sources; all of them are checked, and none is kept."""
    sources = []
    for number, text in enumerate(texts):
        sources.append(folder / f"source_{number}.cpp")
        sources[-1].write_text(text)
    done = subprocess.run(
        [*command, f"-I{INCLUDE}", *map(str, sources)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.thorough
def test_each_alone(tmp_path):
    command = [*compiler(), "-std=c++17", *WARNINGS, "-fsyntax-only"]
    compile_texts(command, tmp_path, *(f"#include <{header}>\n" for header in PUBLIC))


def test_together_with_the_sdk(tmp_path):
    # In C++20, which the SDK needs.
    command = [*compiler(), "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    compile_texts([*command, f"-I{ROOT / 'sdk'}"], tmp_path, SDK + API + USE, API + SDK + USE)


def test_programs_in_c_plus_plus_20(tmp_path):
    command = [*compiler(), "-std=c++20", *WARNINGS, "-fsyntax-only", f"-I{FOLDER}"]
    compile_texts(command, tmp_path, CASES)


# All cases take long to compile, so only by one standard.
@pytest.mark.parametrize(("standard", "text"), [("c++17", API + USE), ("c++20", CASES)])
def test_clang(tmp_path, standard, text):
    compile_texts([*ZIG, f"-std={standard}", *WARNINGS, "-c", f"-I{FOLDER}"], tmp_path, text)


def test_headers_are_small():
    paths = list((INCLUDE / "nexus").rglob("*.hpp"))
    assert len(paths) > 30
    assert not [path for path in paths if path.read_text("utf-8").count("\n") > 300]
