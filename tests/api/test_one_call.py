"""``kernel(...)``: one call of a plugin that has ``nxsLaunch``, a schedule on any other."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import nexus
from nexus._enums import function

SOURCE = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) x[i] *= factor; }
}
"""
SIZE = 16


@pytest.fixture
def scale(cpu):
    return cpu.compile(SOURCE).get_kernel("scale")


@pytest.fixture
def ones(cpu):
    return cpu.create_buffer(np.ones(SIZE, np.float32))


def test_only_the_plugins_on_the_sdk_have_the_function(cpu, scratch):
    assert cpu._plugin.has(function.nxsLaunch)
    assert not scratch._plugin.has(function.nxsLaunch)


@pytest.mark.parametrize("factor", [2, 2.0, True, np.float32(2), np.int64(2)])
@pytest.mark.parametrize("blocking", [True, False])
def test_scalars_are_converted_to_the_declared_type(scale, ones, factor, blocking):
    status = scale(ones, factor, SIZE, group_size=8, grid_size=SIZE, blocking=blocking)
    assert status is nexus.status.NXS_Success
    assert ones.numpy().tolist() == [float(factor)] * SIZE


def test_a_launch_on_a_stream(cpu, scale, ones):
    with cpu.create_stream() as stream:
        for _ in range(3):
            scale(ones, 2, SIZE, group_size=SIZE, grid_size=SIZE, stream=stream, blocking=False)
        stream.synchronize()
        assert ones.numpy().tolist() == [8.0] * SIZE
    with pytest.raises(nexus.InvalidHandleError, match="this Stream is closed"):
        scale(ones, 2, SIZE, group_size=SIZE, grid_size=SIZE, stream=stream)


def test_a_stream_of_another_runtime(scale, ones, scratch):
    with (
        scratch.create_stream() as stream,
        pytest.raises(nexus.InvalidHandleError, match="runtime"),
    ):
        scale(ones, 2, SIZE, group_size=SIZE, grid_size=SIZE, stream=stream)


def test_refusals_name_the_kernel_and_the_size(scale, ones):
    with pytest.raises(nexus.NexusError, match="1048576") as error:
        scale(ones, 2, SIZE, group_size=2**20, grid_size=2**20)
    # By a schedule, if a test before has had a buffer of the device share host memory.
    assert error.value.function in ("nxsLaunch", "nxsFinalizeCommand")
    assert error.value.function == "nxsFinalizeCommand" or "'scale'" in str(error.value)
    assert error.value.status is nexus.status.NXS_InvalidWorkGroupSize
    assert ones.numpy().tolist() == [1.0] * SIZE


def test_a_closed_kernel(scale, ones):
    scale.close()
    with pytest.raises(nexus.InvalidHandleError, match="this Kernel is closed"):
        scale(ones, 2, SIZE, group_size=SIZE, grid_size=SIZE)


def test_a_launch_leaves_no_object(cpu, scale, ones):
    # What tests before have left to the collector would end at any time.
    gc.collect()
    counts = cpu._parent.get_property_int_vec("LiveObjects")
    for _ in range(10):
        scale(ones, 1, SIZE, group_size=SIZE, grid_size=SIZE)
    assert cpu._parent.get_property_int_vec("LiveObjects") == counts
