"""The CPU plugin under a host that others could have written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.other_host import expected_lines, run_host

import nexus

DECLARED = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale_if, NXS_OUT(float, x), NXS_SCALAR(float, factor), NXS_SCALAR(bool, on),
           NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (on && i < n) x[i] *= factor; }
}
"""


@pytest.fixture
def plugin(plugin_folder: Path) -> Path:
    return Path(nexus.get_runtime("cpu").path)


@pytest.fixture
def kernels(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.c"
    path.write_text(DECLARED)
    return path


def test_the_plugin_works_under_another_host(plugin, kernels, tmp_path):
    assert run_host(plugin, kernels, tmp_path) == expected_lines("cpu")
