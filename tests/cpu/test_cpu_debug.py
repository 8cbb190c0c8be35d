"""NEXUS_CPU_DEBUG=1: guard pages around the CPU's buffers, and a note that names the kernel."""

from __future__ import annotations

import pytest

PROGRAM = """
import numpy as np, nexus
text = '''#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(reaches, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(nxs_int, at)) {{
  NXS_ITEMS {{ y[NXS_GLOBAL_ID(0)] = x[NXS_GLOBAL_ID(0) + at]; }}
}}
'''
device = nexus.get_runtime("cpu").get_device(0)
x = device.create_buffer(np.arange(1024, dtype=np.float32))
y = device.create_buffer({count}, dtype="float32")
device.compile(text).get_kernel("reaches")(x, y, {at}, group_size=8, grid_size={count})
print(y.numpy()[-1])
"""


@pytest.mark.parametrize(
    ("at", "where"),
    [(1017, "0 bytes behind the end"), (-1, "4 bytes before the start")],
)
def test_an_access_beside_a_buffer_is_told(run_python, at, where):
    found = run_python(PROGRAM.format(count=8, at=at), check=False, NEXUS_CPU_DEBUG="1")
    assert found.returncode < 0
    assert f"nexus: signal {-found.returncode} in kernel reaches, {where} of argument 0\n" in (
        found.stderr
    )


@pytest.mark.parametrize("count", [8, 24, 1024])
def test_right_kernels_run_as_without_it(run_python, count):
    found = run_python(PROGRAM.format(count=count, at=1024 - count), NEXUS_CPU_DEBUG="1")
    assert found.stdout == "1023.0\n"
    assert found.stderr == ""


def test_without_it_nothing_is_told(run_python):
    found = run_python(PROGRAM.format(count=8, at=-1))
    assert found.stderr == ""


def test_a_value_that_is_none(run_python):
    program = "import nexus; d = nexus.get_runtime('cpu').get_device(0); d.create_buffer(4)"
    found = run_python(program + "; print('made')", NEXUS_CPU_DEBUG="yes")
    assert found.stdout == "made\n"
