"""The SDK's handle table by itself."""

import os
import shlex
import subprocess

from support.paths import ROOT, TESTS


def test_the_handle_table(tmp_path):
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    program = tmp_path / "handle_table"
    options = ["-std=c++20", "-O2", "-pthread", f"-I{ROOT / 'sdk'}", f"-I{ROOT / 'include'}"]
    source = TESTS / "sdk" / "handle_table.cpp"
    subprocess.run([*compiler, *options, str(source), "-o", str(program)], check=True)
    found = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout == "done\n"
    assert found.returncode == 0
