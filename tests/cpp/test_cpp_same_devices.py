"""Devices that several runtimes show are the same in C++ as in Python."""

from __future__ import annotations

import re

import pytest
from support.cpp_programs import run
from support.same_devices import CASES, environment


@pytest.mark.parametrize("case", CASES)
def test_the_same_as_in_python(request, cases, case):
    runtimes, expected = CASES[case]
    done = run(cases, "--same-devices", **environment(request, runtimes))
    assert done.returncode == 0, done.stderr
    lines = re.findall(
        r"(\w+)\|device (\d+) of runtime '(\w+)'\|device (\d+) of runtime '(\w+)'\n", done.stdout
    )
    assert len(lines) == done.stdout.count("\n")
    found = {"same": set(), "failed": set()}
    for what, index, runtime, other_index, other_runtime in lines:
        found[what].add((f"{runtime}:{index}", f"{other_runtime}:{other_index}"))

    told = {"cpu:0": ""}
    for runtime, devices in runtimes.items():
        told |= {f"{runtime}:{index}": uuid for index, (uuid, _) in enumerate(devices)}
    itself = {(name, name) for name in told}
    assert found["same"] == {*itself, *expected, *((other, one) for one, other in expected)}
    # A device that failed says so, unless the other one is of the same runtime.
    assert found["failed"] == {
        (one, other)
        for one in told
        for other in told
        if one.split(":")[0] != other.split(":")[0] and "!" in (told[one], told[other])
    }
