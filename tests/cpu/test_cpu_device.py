"""The CPU as a device, and the symbols that its plugin exports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.compilation import KERNELS, SUFFIX

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
    # A name, not the number that some systems report.
    assert not cpu.get_property_str("Name").startswith("0x")
    assert SUFFIX in nexus.get_runtime("cpu")._plugin.path


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bind no process to processors")
def test_a_process_that_may_use_one_processor(run_python):
    """It counts that one, and starts no threads that would take turns on it."""
    program = f"""
import os
os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
import nexus
cpu = nexus.get_runtime("cpu").get_device(0)
kernel = cpu.compile({KERNELS!r}).get_kernel("scale")
threads = len(os.listdir("/proc/self/task"))
buffer = cpu.create_buffer((1 << 20,), dtype="float32")
kernel(buffer, 2, 1 << 20, group_size=16, grid_size=1 << 20)
print(cpu.get_property_int("Count"), len(os.listdir("/proc/self/task")) - threads)
"""
    assert run_python(program).stdout == "1 0\n"
    assert run_python(program, NEXUS_CPU_THREADS="3").stdout == "1 2\n"


def test_the_architecture_is_that_of_the_machine(cpu):
    architecture, machine = cpu.get_property_str("Architecture"), os.uname().machine
    if machine in ("aarch64", "arm64"):
        # Known processors are named by their core, such as neoverse-v2.
        record = nexus.lookup_device_info(architecture)
        assert record.get_str(["KernelModel", "LlvmTarget"]) == "AArch64"
        return
    assert architecture.startswith(machine)
    assert (architecture >= "x86_64-v3") == ("avx2" in cpu.get_property_str("Features").split())
