"""Kernels on Oclgrind, through the OpenCL plugin: what is right, and bugs that are planted."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.examples import PORTABLE
from support.paths import EXAMPLES, TESTS

from nexus.check import Launch, check_file, oclgrind
from nexus.check.finding import Finding

pytestmark = pytest.mark.skipif(
    oclgrind.driver() is None, reason="Oclgrind is not installed: apt install oclgrind"
)

RUN = """
import sys
from pathlib import Path
import nexus
from support import examples
device = nexus.get_runtime("opencl").get_device(0)
for name in sys.argv[2:]:
    examples.run(name, device, Path(sys.argv[1]))
"""
LAUNCH = Launch({"x": 64, "n": 64}, [16], [64])


@pytest.mark.long
@pytest.mark.thorough
def test_the_examples_are_right(tmp_path):
    """All that have a kernel of the language."""
    names = [name for name in PORTABLE if (EXAMPLES / "kernels" / f"{name}.c").exists()]
    assert len(names) >= 9
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), *names],
        cwd=tmp_path,
        env={**os.environ, **oclgrind.settings(tmp_path), "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    log = tmp_path / "oclgrind.log"
    assert not log.exists() or not log.read_text()


def kernel(body):
    return f"""#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(planted, NXS_OUT(nxs_int, x), NXS_SCALAR(nxs_int, n)) {{
  {body}
}}
"""


PLANTED = {
    "right": ("NXS_ITEMS { x[NXS_GLOBAL_ID(0)] += n; }", None),
    "bounds": ("NXS_ITEMS { x[NXS_GLOBAL_ID(0) + 1] = n; }", ("out of bounds", 3)),
    "race": (
        "NXS_SHARED(nxs_int, s, 16);\n"
        "  NXS_ITEMS { s[0] = NXS_LOCAL_ID(0); }\n"
        "  NXS_BARRIER;\n"
        "  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] = s[0] + n; }",
        ("race", 4),
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_check_with_arguments(tmp_path, monkeypatch, bug):
    body, expected = PLANTED[bug]
    (path := tmp_path / "planted.c").write_text(kernel(body))
    found, run = [], oclgrind.run

    def kept(*arguments):
        target, findings = run(*arguments)
        found.extend(findings)
        return target, findings

    monkeypatch.setattr(oclgrind, "run", kept)
    report = check_file(path, launch=LAUNCH, targets=())
    assert [(one.kind, one.line) for one in found] == ([expected] if expected else [])
    assert all((one.kernel, one.file) == ("planted", str(path)) for one in found)
    assert [str(one.result) for one in report.targets] == ["wrong" if expected else "right"]
    # The check's own run reports all of them, with more words.
    assert not [one for one in report.findings if "Oclgrind" in one.message]
    assert {one.line for one in report.findings} == ({expected[1]} if expected else set())


def test_what_only_oclgrind_finds_is_reported():
    def finding(kind, line, other_line=0):
        return Finding(kind, "k", "k.c", line, "", other_line=other_line)

    own = [finding("out of bounds", 3), finding("missing barrier", 7, 5)]
    known = [finding("out of bounds", 3), finding("race", 5), finding("race", 7, 5)]
    new = [finding("race", 3), finding("out of bounds", 4), finding("out of bounds", 0)]
    assert oclgrind.new_findings(own, known + new) == new


def test_without_arguments_oclgrind_is_not_asked(tmp_path):
    (path := tmp_path / "planted.c").write_text(kernel(PLANTED["right"][0]))
    assert check_file(path, targets=()).targets == []
