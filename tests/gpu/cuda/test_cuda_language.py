"""What kernels of nxs_kernel.h leave for their host in PTX: tables of arguments, and marks."""

import re

import numpy as np
import pytest
from support.errors import status_of
from support.kernel_cases import CASES, NAMES, SOURCE, run

import nexus
from nexus.compilers import nvrtc


@pytest.fixture(scope="module")
def ptx():
    if reason := nvrtc.missing():
        pytest.skip(reason)
    return nvrtc.compile(SOURCE, "kernels.c", "compute_80").decode()


def test_ptx_has_all_of_it(device, ptx):
    with device.load_library(ptx.encode()) as library:
        assert library.get_property_str_vec("SubUnits") == sorted(NAMES)
        exp = library.get_kernel("exp")
        assert exp.argument_names == ("x", "y", "count")
        assert [each.kind for each in exp.arguments] == ["in", "out", "scalar"]
        run(CASES[NAMES.index("exp")](), device, library)
        with (
            device.create_buffer(np.ones(32, np.float32)) as x,
            pytest.raises(nexus.NexusError, match="shared_memory_size"),
        ):
            exp(x, x, 32, group_size=32, grid_size=32)


# The beginning of the table of a kernel: its version, and the number of arguments.
TABLE = r"(nxs_kernel_saxpy_arguments\[\d+\] = \{)1, 0, 0, 0, 4, 0, 0, 0, "


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ("2, 0, 0, 0, 4, 0, 0, 0, ", "built with version 2 .*, but this plugin supports version 1"),
        ("1, 0, 0, 0, 9, 0, 0, 0, ", "do not hold 9 arguments"),
        ("1, 0, 0, 0, 4, 0, 0, 0, 7, ", "argument 0 of kernel saxpy is of kind 7"),
    ],
    ids=["version", "count", "kind"],
)
def test_table_that_is_wrong(device, ptx, numbers, says):
    changed, times = re.subn(
        TABLE + (r"\d+, " if numbers.count(",") > 8 else ""), rf"\g<1>{numbers}", ptx
    )
    assert times == 1
    with device.load_library(changed.encode()) as library:
        with pytest.raises(nexus.NexusError, match=says) as caught:
            library.get_kernel("saxpy")
        assert status_of(caught) == "InvalidKernelDefinition"
        library.get_kernel("matmul")


def test_other_headers_of_nexus(device):
    with device.compile(
        '#include <nexus-api/nxs_data_type.h>\nextern "C" __global__ void k(int *x) '
        "{ *x = NXS_DataType_I64; }"
    ) as library:
        assert library.get_property_str_vec("SubUnits") == ["k"]
