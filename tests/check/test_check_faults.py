"""Kernels with one fault each, which the check finds, and right ones, in which it finds nothing."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from support.once import made_once
from support.paths import EXAMPLES, TESTS

import nexus
from nexus.check import check_file

FAULTS = Path(__file__).parent / "faults.c"


def planted():
    """Return the line and the kind of each kernel's fault."""
    found = {}
    kernel = ""
    for number, line in enumerate(FAULTS.read_text().splitlines(), 1):
        if begin := re.match(r"NXS_KERNEL\((\w+)", line):
            kernel = begin[1]
        if fault := re.search(r"/\* FAULT: (.*?) \*/", line):
            assert kernel not in found
            found[kernel] = (fault[1], number)
    return found


PLANTED = planted()


@pytest.fixture(scope="module")
def report(request):
    """Return the report on all faults, which one process of the test run makes."""

    def make(folder):
        (folder / "report").write_bytes(pickle.dumps(check_file(FAULTS, targets=())))

    return pickle.loads((made_once(request, "check_faults", make) / "report").read_bytes())


def test_enough_faults_are_planted(report):
    assert len(PLANTED) >= 24
    assert report.kernels == list(PLANTED)


HIDDEN = {
    "no_guard": "only real arguments say that the buffer is shorter than the launch has items",
}


def cases():
    for kernel in PLANTED:
        hidden = HIDDEN.get(kernel)
        marks = [pytest.mark.xfail(reason=hidden, strict=True)] if hidden else []
        yield pytest.param(kernel, marks=marks)


@pytest.mark.parametrize("kernel", list(cases()))
def test_a_fault_is_found(report, kernel):
    own = [finding for finding in report.findings if finding.kernel == kernel]
    kind, line = PLANTED[kernel]
    assert (kind, line) in {
        (finding.kind, place) for finding in own for place in (finding.line, finding.other_line)
    }, list(map(str, own))
    # What follows from the fault may be told too, but not much of it.
    assert len(own) <= 3, list(map(str, own))


CONFORMANCE = Path(nexus.__file__).parent / "conformance" / "kernels" / "kernels.c"
RIGHT = [TESTS / "support" / "kernels.c", CONFORMANCE, *sorted((EXAMPLES / "kernels").glob("*.c"))]


@pytest.mark.parametrize("source", RIGHT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_right_kernels_have_no_findings(source):
    report = check_file(source)
    assert not report.findings, str(report)
    assert report.kernels
