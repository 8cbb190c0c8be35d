"""The kernel language in the languages of devices: compilers that need no device."""

from __future__ import annotations

import re

import pytest
from support.kernel_cases import NAMES, SOURCE
from support.paths import EXAMPLES

from nexus.compilers import CompileError, device_clang, hiprtc, nvrtc

HEAD = "#include <nexus-api/nxs_kernel.h>\n"


def _clang(language, architecture="gfx90a"):
    return lambda source: device_clang.check(source, "kernels.c", language, architecture)


TARGETS = {
    "cuda": (nvrtc, lambda source: nvrtc.compile(source, "kernels.c", "compute_80")),
    "hiprtc": (hiprtc, lambda source: hiprtc.compile(source, "kernels.c", "gfx90a")),
    "gfx90a": (device_clang, _clang("hip")),
    "gfx1100": (device_clang, _clang("hip", "gfx1100")),
    "opencl": (device_clang, _clang("opencl")),
    "metal": (device_clang, _clang("metal")),
}


@pytest.fixture(params=TARGETS)
def target(request):
    module, _ = TARGETS[request.param]
    if module is nvrtc:
        request.getfixturevalue("named_nvrtc")
    if reason := module.missing():
        pytest.skip(reason)
    return request.param


def compile_for(target, source):
    return TARGETS[target][1](source)


def test_all_kernels_compile(target):
    compile_for(target, SOURCE)


def test_the_kernels_of_the_examples_compile(target):
    """All in one text, since each start of a compiler takes long."""
    files = sorted((EXAMPLES / "kernels").glob("*.c"))
    assert len(files) >= 9
    compile_for(target, "".join(f'#line 1 "{file.name}"\n{file.read_text()}' for file in files))


def kernel(body, arguments="NXS_OUT(float, x), NXS_SCALAR(nxs_int, n)"):
    return f"{HEAD}NXS_KERNEL(wrong, {arguments}) {{ {body} }}\n"


UNDECLARED = "is undefined|undeclared identifier"
ILLEGAL = {
    "barrier_in_items": ("NXS_ITEMS {\nNXS_BARRIER; }", "end the block before it"),
    "index_outside": ("\nx[NXS_GLOBAL_ID(0)] = 1;", r"put NXS_ITEMS \{ \} around it"),
    "local_outside": ("\nx[NXS_LOCAL_ID(0)] = 1;", r"put NXS_ITEMS \{ \} around it"),
    "number_outside": ("\nx[NXS_LOCAL_INDEX] = 1;", r"put NXS_ITEMS \{ \} around it"),
    "private_without_my": ("NXS_PRIVATE(float, sum); NXS_ITEMS {\nsum = 1; }", UNDECLARED),
}


@pytest.mark.parametrize("wrong", ILLEGAL)
def test_what_is_illegal_is_told(target, wrong):
    body, sentence = ILLEGAL[wrong]
    with pytest.raises(CompileError) as caught:
        compile_for(target, kernel(body))
    assert re.search(sentence, caught.value.reason)
    assert caught.value.line == 3


def test_metal_has_no_double():
    if reason := device_clang.missing():
        pytest.skip(reason)
    with pytest.raises(CompileError, match="double") as caught:
        compile_for("metal", kernel("NXS_ITEMS {\nconst double y = x[0]; x[1] = (float)y; }"))
    assert caught.value.line == 3


@pytest.mark.parametrize("language", ["metal", "opencl"])
@pytest.mark.parametrize(
    "body",
    ["NXS_ITEMS {\nconst float *p = x; x[0] = p[1]; }", "NXS_ITEMS {\nNXS_SHARED(float, s, 4); }"],
    ids=["pointer_without_space", "shared_in_items"],
)
def test_rules_of_address_spaces(language, body):
    if reason := device_clang.missing():
        pytest.skip(reason)
    with pytest.raises(CompileError, match=r"address space|__private") as caught:
        compile_for(language, kernel(body))
    assert caught.value.line == 3


STRUCTS = """
typedef struct { float mass; nxs_int count; } body;
NXS_FUNCTION float mass_of(body one) { return one.mass; }
NXS_KERNEL(copies, NXS_OUT(body, bodies)) {
  NXS_SHARED(body, tile, 8);
  NXS_ITEMS {
    body own = bodies[NXS_LOCAL_ID(0)];
    tile[NXS_LOCAL_ID(0)] = own;
    own = tile[1];
    own.mass += mass_of(bodies[2]);
    bodies[NXS_LOCAL_ID(0)] = own;
  }
}
"""


def test_structs_are_copied_between_address_spaces(target):
    compile_for(target, HEAD + STRUCTS)


def test_errors_beside_copies_of_structs():
    if reason := device_clang.missing():
        pytest.skip(reason)
    with pytest.raises(CompileError, match="undeclared") as caught:
        compile_for("metal", HEAD + STRUCTS.replace("tile[1]", "tile[1]; wrong = 1"))
    assert caught.value.line == 10
    assert "no viable" not in caught.value.log


def test_names_that_mean_something_elsewhere(target):
    names = ["linux", "kernel", "exp", "abs", "dot", "threadIdx", "barrier", "device"]
    kernels = "".join(
        f"NXS_KERNEL({name}, NXS_OUT(nxs_int, x)) {{ NXS_ITEMS {{ x[0] = 1; }} }}\n"
        for name in names
    )
    compile_for(target, HEAD + kernels)


def test_thirty_one_arguments(target):
    arguments = ", ".join(f"NXS_OUT(nxs_int, a{i})" for i in range(31))
    compile_for(target, kernel("NXS_ITEMS { a0[0] = a30[0]; }", arguments))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("/*", "/* \N{GREEK SMALL LETTER PI}"),
    ],
    ids=["crlf", "utf8"],
)
def test_texts_of_other_systems(target, change):
    compile_for(target, change(SOURCE))


def test_the_table_of_arguments_is_in_the_image():
    if reason := nvrtc.missing():
        pytest.skip(reason)
    ptx = nvrtc.compile(SOURCE, "kernels.c", "compute_80").decode()
    assert len(re.findall(r"\.entry nxs_kernel_", ptx)) == len(NAMES)
    for name in NAMES:
        assert f"nxs_kernel_{name}_arguments" in ptx
