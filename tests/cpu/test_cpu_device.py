"""The CPU as a device, and the symbols that its plugin exports."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.compilation import SUFFIX

import nexus


def test_only_the_abi_and_the_barrier_are_exported():
    plugin = Path(nexus.get_runtime("cpu")._plugin.path)
    names = subprocess.run(
        ["nm", "-D", "--defined-only", plugin], capture_output=True, text=True, check=True
    ).stdout.split()[2::3]
    from nexus._enums import function

    assert sorted(names) == sorted([f.name for f in function] + ["_cpu_barrier"])


def test_the_machine_is_described(cpu):
    assert cpu.get_property_int("Count") == len(os.sched_getaffinity(0))
    assert cpu.get_property_int("GlobalMemorySize") > 2**28
    assert cpu.get_property_int("SIMDSize") in (4, 8, 16)
    assert cpu.get_property_str("Type") == "cpu"
    # Not one of the numbers that systems give processors.
    assert not cpu.get_property_str("Name").startswith("0x")
    assert SUFFIX in nexus.get_runtime("cpu")._plugin.path


def test_the_architecture_is_that_of_the_machine(cpu):
    architecture, machine = cpu.get_property_str("Architecture"), os.uname().machine
    if machine in ("aarch64", "arm64"):
        # Known processors go by their own names.
        record = nexus.lookup_device_info(architecture)
        assert record.get_str(["KernelModel", "LlvmTarget"]) == "AArch64"
        return
    assert architecture.startswith(machine)
    assert (architecture >= "x86_64-v3") == ("avx2" in cpu.get_property_str("Features").split())
