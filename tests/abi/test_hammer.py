"""Threads in C call one plugin at the same time, which threads in Python rarely do."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest
from support.paths import TESTS

import nexus

INCREMENT = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(increment, NXS_OUT(nxs_int, x)) {
  NXS_ITEMS { __atomic_fetch_add(&x[NXS_GLOBAL_ID(0)], 1, __ATOMIC_RELAXED); }
}
"""


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_from_c(tmp_path, monkeypatch, threads):
    source = tmp_path / "increment.c"
    source.write_text(INCREMENT)
    program = tmp_path / "hammer"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = ["-std=gnu11", "-O2", "-pthread", f"-I{nexus.get_include()}", "-ldl"]
    hammer = str(TESTS / "support" / "plugins" / "hammer.c")
    subprocess.run([*compiler, hammer, *options, "-o", str(program)], check=True)
    monkeypatch.setenv("NEXUS_CPU_THREADS", str(threads))
    plugin = nexus.get_runtime("cpu")._plugin.path
    run = subprocess.run([program, plugin, source], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "ok\n"), run.stderr
