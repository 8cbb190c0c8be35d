"""The kernel language on the CPU plugin, by every compiler that is here."""

from __future__ import annotations

import re
import shutil
import sys

import numpy as np
import pytest
from support.kernel_cases import CASES, NAMES, SOURCE, run

import nexus

ZIG = f"{sys.executable} -m ziglang"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("cc", "CC"), id="cc"),
        pytest.param(("c++", "CXX"), id="c++"),
        pytest.param((f"{ZIG} cc", "CC"), id="zig cc"),
        # The first run of zig c++ compiles its C++ library, for a minute.
        pytest.param((f"{ZIG} c++", "CXX"), id="zig c++", marks=pytest.mark.thorough),
    ],
)
def library(request, tmp_path_factory):
    """Return the kernels, compiled as C or C++."""
    compiler, variable = request.param
    if not shutil.which(compiler.split()[0]):
        pytest.skip(f"there is no {compiler}")
    file = tmp_path_factory.mktemp("kernels") / ("kernels.c" if variable == "CC" else "kernels.cpp")
    file.write_text(SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, compiler)
        return nexus.get_runtime("cpu").get_device(0).load_library(file)


@pytest.mark.parametrize("make", CASES, ids=NAMES)
def test_kernel(library, cpu, make):
    run(make(), cpu, library)


def test_names_of_kernels(library):
    assert sorted(kernel.name for kernel in library.get_kernels()) == sorted(NAMES)


# What is wrong, the body of a kernel of `x`, floats, and `n`, an int; what the message says.
ILLEGAL = {
    "barrier_in_items": ("NXS_ITEMS {\nNXS_BARRIER; x[0] = 1; }", "end the block before it"),
    "index_outside": ("\nconst nxs_int i = NXS_GLOBAL_ID(0); x[i] = 1;", "put NXS_ITEMS { }"),
    "local_outside": ("\nconst nxs_int i = NXS_LOCAL_ID(0); x[i] = 1;", "put NXS_ITEMS { }"),
    "number_outside": ("\nconst nxs_int i = NXS_LOCAL_INDEX; x[i] = 1;", "put NXS_ITEMS { }"),
    "private_without_my": (
        "NXS_PRIVATE(float, sum); NXS_ITEMS {\nsum = 1; x[0] = sum; }",
        "sum.? undeclared|undeclared identifier .sum|sum.? was not declared",
    ),
    "return": ("NXS_ITEMS { if (n)\nreturn; x[0] = 1; }", "continue"),
    "break": ("NXS_ITEMS { if (n)\nbreak; x[0] = 1; }", "continue"),
}


@pytest.mark.parametrize("suffix", [".c", ".cpp"])
@pytest.mark.parametrize("wrong", ILLEGAL)
def test_what_is_illegal_is_told(cpu, tmp_path, wrong, suffix):
    body, sentence = ILLEGAL[wrong]
    file = tmp_path / f"wrong{suffix}"
    file.write_text(
        "#include <nexus-api/nxs_kernel.h>\n"
        f"NXS_KERNEL(wrong, NXS_OUT(float, x), NXS_SCALAR(nxs_int, n)) {{ {body} }}\n"
    )
    with pytest.raises(nexus.LibraryError) as caught:
        cpu.load_library(file)
    assert re.search(sentence, caught.value.log)
    assert f"wrong{suffix}:3" in caught.value.log


# Macros, keywords of other languages, and functions that each device has.
STRANGE_NAMES = ["linux", "unix", "kernel", "device", "exp", "abs", "dot", "main_", "threadIdx"]


@pytest.mark.parametrize("suffix", [".c", ".cpp"])
def test_names_that_mean_something_elsewhere(cpu, tmp_path, suffix):
    file = tmp_path / f"names{suffix}"
    kernels = "".join(
        f"NXS_KERNEL({name}, NXS_OUT(nxs_int, x)) {{ NXS_ITEMS {{ x[0] = {i}; }} }}\n"
        for i, name in enumerate(STRANGE_NAMES)
    )
    file.write_text(f"#include <nexus-api/nxs_kernel.h>\n{kernels}")
    library = cpu.load_library(file)
    x = cpu.create_buffer(np.zeros(1, np.int32))
    for i, name in enumerate(STRANGE_NAMES):
        library.get_kernel(name)(x, group_size=1, grid_size=1)
        assert x.numpy().tolist() == [i]
