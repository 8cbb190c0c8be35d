"""What the CPU plugin tells of the machine's load, and how it names processors."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.paths import ROOT

import nexus

COUNTERS = ("CoreUtilization", "MemoryUtilization")

CHECK = """
#include "host/architecture.hpp"
using namespace nexus::cpu;
int main() {
  return aarch64_architecture(0x41, 0xd0c) == "neoverse-n1" &&
         aarch64_architecture(0x41, 0xd40) == "neoverse-v1" &&
         aarch64_architecture(0x41, 0xd4f) == "neoverse-v2" &&
         aarch64_architecture(0x41, 0xd49) == "neoverse-n2" &&
         aarch64_architecture(0x41, 0xd08) == "aarch64" &&
         aarch64_architecture(0x51, 0xd0c) == "aarch64" &&
         aarch64_architecture(0, 0) == "aarch64" &&
         apple_architecture("Apple M1") == "apple-m1" &&
         apple_architecture("Apple M3 Pro") == "apple-m3" &&
         apple_architecture("Apple M4 Max") == "apple-m4" &&
         apple_architecture("Apple M12") == "aarch64" &&
         apple_architecture("Apple M") == "aarch64" &&
         apple_architecture("Apple processor") == "aarch64" &&
         apple_architecture("") == "aarch64"
             ? 0 : 1;
}
"""


@pytest.mark.parametrize("counter", COUNTERS)
def test_a_load_is_a_percentage(cpu, counter):
    assert nexus.property[counter].value in cpu.get_property_int_vec("Keys")
    assert 0 <= cpu.get_property_int(counter) <= 100


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_the_memory_in_use_is_what_the_system_tells(cpu):
    def in_use():
        sizes = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        total, free = (int(sizes[key].split()[0]) for key in ("MemTotal", "MemAvailable"))
        return 1024 * total, 100 * (total - free) / total

    (total, before), told = in_use(), cpu.get_property_int("MemoryUtilization")
    if cpu.get_property_int("GlobalMemorySize") != total:
        pytest.skip("this process has a limit of its own")
    # Others take and give back memory meanwhile.
    after = in_use()[1]
    assert min(before, after) - 3 <= told <= max(before, after) + 3


def test_busy_cores_are_told(cpu):
    # One process a core, as long as it takes for the interval to be theirs mostly.
    spinning = "import time; end = time.monotonic() + 60\nwhile time.monotonic() < end: pass"
    count = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    busy = [subprocess.Popen([sys.executable, "-c", spinning]) for _ in range(count)]
    try:
        deadline = time.monotonic() + 30
        told = 0
        # Cores that this process may not use can be idle.
        while told < 60 * count // (os.cpu_count() or 1) and time.monotonic() < deadline:
            time.sleep(0.3)
            told = cpu.get_property_int("CoreUtilization")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert told >= 60 * count // (os.cpu_count() or 1)


def test_the_load_of_an_idle_moment_is_no_more_than_all(run_python):
    # The first answer of a process has an interval of nothing or little behind it.
    text = (
        "import nexus; device = nexus.get_runtime('cpu').get_device(0)\n"
        "print(*(device.get_property_int('CoreUtilization') for _ in range(100)))"
    )
    assert all(0 <= int(word) <= 100 for word in run_python(text).stdout.split())


def test_threads_may_ask_at_the_same_time(cpu):
    def ask(counter):
        return [cpu.get_property_int(counter) for _ in range(200)]

    with ThreadPoolExecutor(8) as pool:
        answers = [n for told in pool.map(ask, COUNTERS * 4) for n in told]
    assert all(0 <= n <= 100 for n in answers)


def test_processors_are_named_as_compilers_name_them(tmp_path):
    source = tmp_path / "check.cpp"
    source.write_text(CHECK)
    command = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++20", "-Wall", "-Wextra"]
    command += [f"-I{ROOT / folder}" for folder in ("include", "sdk", "plugins/cpu")]
    subprocess.run([*command, source, "-o", tmp_path / "check"], check=True)
    subprocess.run([tmp_path / "check"], check=True)
