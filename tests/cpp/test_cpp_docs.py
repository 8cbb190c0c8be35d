"""The program in docs/cpp.md."""

from __future__ import annotations

import os
import re
import shlex
import subprocess

from support.paths import ROOT

import nexus


def test_the_page_is_a_program(tmp_path):
    page = (ROOT / "docs" / "cpp.md").read_text("utf-8")
    head, *blocks = re.findall(r"^```c\+\+\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 8
    source = tmp_path / "page.cpp"
    source.write_text(f"{head}\nint main() {{\n{''.join(blocks)}}}\n")
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    options = ["-std=c++17", f"-I{nexus.get_include()}", "-pthread"]
    program = tmp_path / "page"
    made = subprocess.run(
        [*compiler, *options, source, "-ldl", "-o", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "is not a whole number of groups" in done.stdout
