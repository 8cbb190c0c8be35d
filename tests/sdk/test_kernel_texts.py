"""What the SDK does with the text of kernels, compiled as a plugin of somebody else would be."""

import os
import re
import shlex
import subprocess

import pytest
from support.paths import ROOT, TESTS

import nexus


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs the program on a text, as bytes."""
    program = tmp_path_factory.mktemp("kernel_texts") / "kernel_texts"
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    options = ["-std=c++20", f"-I{nexus.get_include()}"]
    source = TESTS / "sdk" / "kernel_texts.cpp"
    subprocess.run([*compiler, *options, str(source), "-o", str(program)], check=True)

    def run_it(what, text):
        done = subprocess.run([program, what], input=text, capture_output=True, check=True)
        return done.stdout

    return run_it


USERS = rb"my \"kernels\".c"
INCLUDE = b"#include <nexus-api/nxs_data_type.h>"


def lines_by_file(text):
    """Return the numbered lines of each file, as a compiler counts them."""
    files, file, line = {}, None, 0
    for row in text.split(b"\n"):
        if found := re.fullmatch(rb'#line (\d+) "(.*)"', row):
            line, file = int(found[1]), found[2]
            continue
        files.setdefault(file, {}).setdefault(line, b"")
        files[file][line] += row
        line += 1
    return files


@pytest.mark.parametrize(
    "text",
    [
        INCLUDE,
        b"a\n" + INCLUDE + b"\nb\n",
        b"a\r\n" + INCLUDE + b"\r\nb\r\n",
        b"/* one\ntwo */ " + INCLUDE + b" // three\nfour",
        b" /**/ # /* * */ include\t/*\n*/ <nexus-api/nxs_data_type.h> /* five\nsix */\nseven",
        b'#include "nexus-api/nxs_data_type.h"\nb',
        b"#\\\ninclude \\\r\n<nexus-api/nxs_data_type.h>\nfour",
        b"char q = '\"', w = '\\''; // '\n" + INCLUDE,
        b"int n = 1'000; /* '\n*/\n" + INCLUDE,
        b"#error isn't \"so\n" + INCLUDE,
        b'const char *raw = R"x("\n)")x";\n' + INCLUDE,
        b"// goes on \\\n// here\n" + INCLUDE,
    ],
)
def test_the_header_takes_the_place_of_the_line(run, text):
    files = lines_by_file(run("inline", text))
    header = (ROOT / "include/nexus-api/nxs_data_type.h").read_bytes()
    own = b"\n".join(files[b"nexus-api/nxs_data_type.h"].values())
    assert own.rstrip(b"\n") == header.rstrip(b"\n")
    # Only the directive is gone.
    directive = rb'#(?:[ \\\r\n]|/\*.*?\*/)*include(?:[ \t\\\r\n]|/\*.*?\*/)*[<"]nexus-api.*?[>"]'
    found = re.search(directive, text, re.DOTALL)
    kept = text[: found.start()] + b"\n" * found[0].count(b"\n") + text[found.end() :]
    numbered = enumerate(kept.split(b"\n"), 1)
    assert {n: line for n, line in files[USERS].items() if line} == {n: x for n, x in numbered if x}


@pytest.mark.parametrize(
    "text",
    [
        b"// " + INCLUDE,
        b"// goes on \\\n" + INCLUDE,
        b"/*\n" + INCLUDE + b"\n*/",
        b'const char *raw = R"(\n' + INCLUDE + b'\n)";',
        b"x " + INCLUDE,
        b"x /*\n*/ " + INCLUDE,
        b"#include <nexus-api/of_another.h>",
        b"#include <nexus-api/nxs_data_type.h",
        b"#define HEADER <nexus-api/nxs_data_type.h>\n#include HEADER",
        b"#include",
        b"#",
        b"/*",
        b'R"',
        b"'",
        b"",
    ],
)
def test_other_text_stays(run, text):
    found = lines_by_file(run("inline", text))
    assert list(found) == [USERS]
    assert b"\n".join(found[USERS].values()) == text


def test_headers_within_headers(run):
    files = lines_by_file(run("inline", b"\xef\xbb\xbf#include <nexus-api/nxs_kernel.h>\n"))
    inner = ("gpu", "list", "metal", "opencl", "math", "cuda", "table")
    assert {f"nexus-api/nxs_kernel_{name}.h".encode() for name in inner} <= set(files)
    assert files[USERS] == {1: b"", 2: b""}


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("NXS_KERNEL(k) {}", "nxs_kernel_k"),
        (
            "NXS_KERNEL( k , NXS_IN(const unsigned char, a),\n NXS_OUT(struct body, b),"
            "NXS_OUT_ONCE(float, c), NXS_SCALAR(float, d)) {}",
            "nxs_kernel_k a=0 b=1 c=1 d=2",
        ),
        ("/* NXS_KERNEL(k) */ // NXS_KERNEL(k)\n'NXS_KERNEL(k)'", ""),
        ("MY_NXS_KERNEL(k) NXS_KERNELS(k)", ""),
        ("NXS_KERNEL(k, MY_ARGUMENT(x)) NXS_KERNEL(k, ) NXS_KERNEL(k, NXS_IN", ""),
        ("#define MAKE(T) NXS_KERNEL(k_##T, NXS_IN(T, x))", ""),
        ("NXS_KERNEL(a, NXS_IN(float, x)) NXS_KERNEL", "nxs_kernel_a x=0"),
    ],
)
def test_declarations(run, text, declared):
    assert run("declared", text.encode()).decode() == (f"{declared}\n" if declared else "")


def test_kernels_that_use_the_launchs_shared_memory(run):
    text = b"""
// NXS_SHARED_DYNAMIC in a comment
NXS_KERNEL(without, NXS_OUT(float, x)) { NXS_ITEMS { x[0] = 1; } }
NXS_KERNEL(with_it, NXS_OUT(float, x)) {
  NXS_SHARED_DYNAMIC(float, part);
  NXS_ITEMS { part[0] = x[0]; }
}
NXS_KERNEL(behind, NXS_OUT(float, x)) { /* NXS_SHARED_DYNAMIC */ }
"""
    assert run("dynamic", text) == b"nxs_kernel_with_it\n"
