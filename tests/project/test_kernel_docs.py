"""docs/kernels.md: its kernels compile for every device, its messages are what one gets."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from kernels.test_language_elsewhere import compile_for, target
from support.documents import blocks
from support.paths import ROOT

import nexus
from nexus.compilers import CompileError, device_clang

PAGE = "docs/kernels.md"
HEAD = "#include <nexus-api/nxs_kernel.h>\n"
HEADERS = ROOT / "include" / "nexus-api"

__all__ = ["target"]


def kernels() -> list[str]:
    """Return the sources in the page's blocks of Python."""
    text = "\n".join(blocks(PAGE, "python"))
    return re.findall(r'"""\n(#include.*?)"""', text, re.DOTALL)


def test_all_kernels_compile(target):
    assert len(kernels()) >= 10
    compile_for(target, "".join(kernels()))


def test_each_macro_has_an_example():
    comment = (HEADERS / "nxs_kernel.h").read_text().partition("#ifndef")[0]
    # The header names some operations by their ends only.
    names = set(re.findall(r"\bNXS_\w+", comment))
    names |= {f"NXS_GROUP_ATOMIC_{end}" for end in ("MIN", "MAX")}
    assert len(names) > 30
    used = set(re.findall(r"\bNXS_\w+", "".join(kernels())))
    assert names - used == set()


def test_each_function_is_listed():
    functions = re.findall(r"NXS_MATH_\d\((\w+)\)\n", (HEADERS / "nxs_kernel_math.h").read_text())
    assert len(functions) > 20
    page = (ROOT / PAGE).read_text()
    assert [name for name in functions if f"`{name}f`" not in page] == []


def illegal() -> list[tuple[str, str]]:
    """Return the bodies that the page calls illegal, with their messages."""
    section = (ROOT / PAGE).read_text().partition("| body of a kernel |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(.+?)` \| `(.+?)` \|", section, re.MULTILINE)


@pytest.mark.parametrize(("body", "message"), illegal())
def test_illegal_kernels_get_the_message_of_the_page(cpu, body, message):
    arguments = "NXS_OUT(float, x), NXS_SCALAR(nxs_int, n)"
    with pytest.raises(nexus.LibraryError) as caught:
        cpu.compile(f"{HEAD}NXS_KERNEL(wrong, {arguments}) {{ {body} }}\n")
    # Compilers in C++ have other words for what is not declared.
    assert message in caught.value.log.replace("was not declared", "undeclared")


def test_all_rows_are_tested():
    assert len(illegal()) == 7


def test_words_that_are_no_names():
    """Each word that the page warns of is one that Metal's language does not take as a name."""
    if reason := device_clang.missing():
        pytest.skip(reason)
    section = (ROOT / PAGE).read_text().partition("cannot have names that are")[2]
    words = re.findall(r"`(\w+)`", section.partition(" `nexus check`")[0])
    assert len(words) > 8
    for word in words:
        body = f"NXS_ITEMS {{ const nxs_int {word} = 1; x[0] = {word}; }}"
        with pytest.raises(CompileError):
            device_clang.check(
                f"{HEAD}NXS_KERNEL(k, NXS_OUT(nxs_int, x)) {{ {body} }}", "", "metal"
            )


def test_the_sanitizer_of_the_page_names_the_line(tmp_path):
    (flags,) = re.findall(r'NEXUS_CPU_CFLAGS="(.*?)" python', (ROOT / PAGE).read_text())
    (tmp_path / "over.c").write_text(
        f"{HEAD}NXS_KERNEL(over, NXS_OUT(nxs_int, x), NXS_SCALAR(nxs_int, n)) {{\n"
        "  NXS_SHARED(nxs_int, part, 16);\n"
        "  NXS_ITEMS { part[NXS_LOCAL_ID(0)] = 7; }\n"
        "  NXS_ITEMS {\n"
        "    x[0] = part[n];\n"
        "  }\n}\n"
    )
    program = """
import nexus
device = nexus.get_runtime("cpu").get_device(0)
over = device.load_library("over.c").get_kernel("over")
over(device.create_buffer(1, dtype="int32"), 16, group_size=1, grid_size=1)
"""
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "NEXUS_CPU_CFLAGS": flags},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "cannot find" in found.stderr:
        pytest.skip("the compiler has no library for its sanitizers")
    assert "over.c:6:16: runtime error: index 16 out of bounds" in found.stderr
