"""Kernels that throw: the call fails, and later work is not affected."""

from __future__ import annotations

import numpy as np
import pytest
from support.compilation import KERNELS

import nexus

THROWING = """
#include <nexus-api/nxs_kernel.h>
#include <stdexcept>
NXS_KERNEL(throwing, NXS_SCALAR(nxs_int, which)) {
  if (NXS_GROUP_ID(0) != 700) return;
  if (which == 0) throw std::runtime_error("no such luck");
  throw which;
}
extern "C" __attribute__((visibility("default"))) void thrower(int *size, int *id, void *, void *) {
  if (id[3] == 3) throw std::runtime_error("no such luck");
}
"""


@pytest.fixture
def throwing(cpu, tmp_path):
    (tmp_path / "throwing.cpp").write_text(THROWING)
    return cpu.load_library(tmp_path / "throwing.cpp")


@pytest.mark.parametrize(("which", "text"), [(0, "no such luck"), (1, "not a std::exception")])
def test_a_kernel_that_throws(cpu, throwing, which, text):
    for _ in range(3):
        with pytest.raises(nexus.NexusError, match=f"throwing.*{text}") as caught:
            throwing.get_kernel("throwing")(which, group_size=4, grid_size=4096)
        assert caught.value.status is nexus.status.NXS_InvalidProgramExecutable
    with pytest.raises(nexus.NexusError, match="no such luck"):
        throwing.get_kernel("thrower")(group_size=8, grid_size=64)
    x = cpu.create_buffer(np.ones(64, np.float32))
    cpu.compile(KERNELS).get_kernel("scale")(x, 2.0, 64, group_size=8, grid_size=64)
    assert (x.numpy() == 2).all()


def test_a_failure_of_nonblocking_work_is_reported_later(cpu, throwing):
    stream, schedule = cpu.create_stream(), cpu.create_schedule()
    command = schedule.create_command(throwing.get_kernel("throwing"))
    command.set_arg(0, 0)
    command.finalize(1, 1024)
    assert schedule.run(stream, blocking=False) is nexus.status.NXS_Success
    follower = cpu.create_schedule()
    x = cpu.create_buffer(np.ones(4, np.float32))
    command = follower.create_command(cpu.compile(KERNELS).get_kernel("scale"))
    for index, value in enumerate((x, 2.0, 4)):
        command.set_arg(index, value)
    command.finalize(4, 4)
    with pytest.raises(nexus.NexusError, match=r"earlier.*no such luck"):
        follower.run(stream)
    assert "no such luck" in schedule.get_property_str("Status")
    assert follower.get_property_str("Status").startswith("Canceled")
    assert (x.numpy() == 1).all()
    follower.run(stream)
    assert (x.numpy() == 2).all()
    assert follower.get_property_str("Status") == "Complete"
