"""Two unrelated plugins as C sees them, and live objects of each kind."""

from __future__ import annotations

import gc

import pytest
from support.abi import Abi


@pytest.fixture(params=["cpu", "scratch"])
def abi(request, plugin_folder):
    abi = Abi(request.param)
    # Objects of earlier tests that are still to be collected would go in between.
    gc.collect()
    before = abi.live()
    yield abi
    assert abi.live() == before


@pytest.fixture
def objects(abi):
    """One live handle of each kind, and the command not finalized."""
    made = {"Buffer": abi.buffer(), "Event": abi.make("CreateEvent", 0, 0, 0)}
    made["Stream"] = abi.make("CreateStream", 0, 0)
    made["Schedule"] = abi.make("CreateSchedule", 0, 0)
    made["Library"] = abi.library()
    made["Kernel"] = abi.make("GetKernel", made["Library"], b"scale")
    made["Command"] = abi.make("CreateCommand", made["Schedule"], made["Kernel"], 0)
    yield made
    for kind in ("Buffer", "Event", "Stream", "Schedule", "Library"):
        abi.make("Release" + kind, made[kind])
