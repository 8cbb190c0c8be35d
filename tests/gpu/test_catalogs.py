"""Catalogs that were built without the device."""

import numpy as np
import pytest

from nexus.building import build_kernels
from nexus.compilers import nvrtc

SOURCE = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(float, factor),
           NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) y[i] = factor * x[i]; }
}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "scale.c").write_text(SOURCE)
    targets = ["x86_64", *([] if nvrtc.missing() else ["compute_70"])]
    return build_kernels(folder / "scale.c", targets, folder / "scale.nxc")


def test_the_build_or_the_source_runs(device, runtime, catalog):
    ptx = runtime.name == "cuda" and len(catalog["scale"].get("Architectures")) == 2
    with device.load_library(catalog) as library:
        assert library.built_for == ("compute_70" if ptx else "source")
        kernel = library.get_kernel("scale")
        x = np.arange(70, dtype=np.float32)
        y = device.create_buffer(np.zeros_like(x))
        kernel(device.create_buffer(x), y, 2.0, 69, group_size=32, grid_size=96)
        assert y.numpy().tolist() == [*(2 * x[:69]), 0]
