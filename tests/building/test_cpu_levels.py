"""Shared objects for levels of CPUs."""

from __future__ import annotations

import re
import sys

import pytest
from support.paths import ROOT

from nexus.building.argument_lists import argument_lists
from nexus.compilers import cpu_levels

SOURCE = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(add, NXS_IN(float, x), NXS_OUT(float, y))
{
  NXS_ITEMS y[NXS_GLOBAL_ID(0)] += x[NXS_GLOBAL_ID(0)];
}
"""


def test_the_options_are_those_of_the_cpu_plugin():
    text = (ROOT / "plugins" / "cpu" / "compiler" / "toolchain.cpp").read_text()
    (body,) = re.findall(r"^Words options\(.*?^\}", text, re.MULTILINE | re.DOTALL)
    plugins = set(re.findall(r'"(-[^"]{2,})"', body)) - {"-march=native", "-std=gnu++17"}
    assert "-fno-trapping-math" in plugins
    own = {*cpu_levels._FLAGS, *cpu_levels.flags("x86_64-v4")}
    assert plugins - own == set()


@pytest.mark.parametrize("level", cpu_levels.LEVELS)
def test_a_level_is_selected(level):
    if reason := cpu_levels.missing(level):
        pytest.skip(reason)
    image = cpu_levels.compile(SOURCE, "add.c", level).code
    (arguments,) = argument_lists(image).values()
    assert list(map(str, arguments)) == ["in F32 x", "out F32 y"]


def test_zig_stands_in_for_a_compiler(monkeypatch):
    pytest.importorskip("ziglang")
    monkeypatch.setenv("CC", f"{sys.executable} -m ziglang cc")
    compiled = cpu_levels.compile(SOURCE, "add.c", "x86_64-v3")
    assert "clang" in compiled.compiler
    assert list(argument_lists(compiled.code)) == ["add"]
    # A level has its instructions: the vectors of AVX2 and FMA are no part of the first level.
    assert compiled.code != cpu_levels.compile(SOURCE, "add.c", "x86_64").code
