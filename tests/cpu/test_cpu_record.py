"""What the CPU tells about the machine, against the system's files."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from support.paths import ROOT

import nexus
from nexus.device_db.validation import validate

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
DEVICES = Path("/sys/devices/system")


def listed(path: Path) -> list[int]:
    """Return the numbers in a list such as 0-3,8."""
    ranges = [part.split("-") for part in path.read_text().strip().split(",")]
    return [n for first, *last in ranges for n in range(int(first), int((last or [first])[0]) + 1)]


def caches_of_the_system() -> Counter[tuple[str, int, int, int]]:
    """Count the caches by type, size in bytes, number of threads that share one, and line size."""
    found = {}
    for folder in DEVICES.glob("cpu/cpu[0-9]*/cache/index*"):
        text = {name: (folder / name).read_text().strip() for name in ("level", "type", "size")}
        kind = f"L{text['level']}{'I' if text['type'] == 'Instruction' else ''}"
        users = listed(folder / "shared_cpu_list")
        assert text["size"].endswith("K")
        size = 1024 * int(text["size"][:-1])
        line = int((folder / "coherency_line_size").read_text())
        found[kind, tuple(users)] = (kind, size, len(users), line)
    return Counter(found.values())


@pytest.fixture
def told(cpu):
    return json.loads(cpu.get_property_str("Record"))


def test_the_record_has_the_structure_of_the_schema(cpu, told):
    identity = {key: cpu.get_property_str(key) for key in ("Name", "Type", "Architecture")}
    record = {**identity, "Vendor": "generic", **told}
    assert validate(record, "gpu_architecture_schema") == []


@linux
def test_the_caches_are_those_of_the_system(told):
    if not (expected := caches_of_the_system()):
        pytest.skip("this system tells nothing about caches")
    memories = told["MemorySubsystem"]["MemoryTypes"][1:]
    assert {
        (m["Type"], m["Size"], m["SharedBy"], m["LineSize"]): m["Count"] for m in memories
    } == expected
    assert all(m["TotalSize"] == m["Size"] * m["Count"] for m in memories)
    levels = [int(m["Type"][1]) for m in memories]
    assert levels == sorted(levels, reverse=True)


@linux
def test_cores_threads_and_nodes_are_those_of_the_system(told):
    online = listed(DEVICES / "cpu/online")
    topologies = [DEVICES / f"cpu/cpu{number}/topology" for number in online]
    cores = {(folder / "thread_siblings_list").read_text() for folder in topologies}
    sockets = {(folder / "physical_package_id").read_text() for folder in topologies}
    units = {unit["Type"]: unit for unit in told["CoreSubsystem"]["SubUnits"]}
    assert units["Core"]["Count"] == len(cores)
    assert units["Core"]["SubUnits"][0]["TotalCount"] == len(online)
    assert units["Socket"]["Count"] == len(sockets)
    if (DEVICES / "node/online").exists():
        assert units["NumaNode"]["Count"] == len(listed(DEVICES / "node/online"))


@linux
def test_paths_into_the_info_answer_with_the_machine_s_numbers(cpu):
    info = cpu.get_info()
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    memory = ["MemorySubsystem", "MemoryTypes"]
    assert 0 < info.get_int([*memory, 0, "Size"]) <= total
    assert info.get_int([*memory, 0, "Size"]) == cpu.get_property_int("GlobalMemorySize")
    last = max(caches_of_the_system(), key=lambda cache: (cache[0], cache[1]), default=None)
    if last is not None:
        assert info.get_int([*memory, 1, "Size"]) == last[1]
        assert cpu.get_property_int([*memory, 1, "Size"]) == last[1]
    (kind,) = info.get_str_vec(["MemorySubsystem", "SupportedMemoryTypes"])
    assert kind == info.get_str([*memory, 0, "Type"])
    assert info.get_int(["CoreSubsystem", "Count"]) == cpu.get_property_int("Count")
    assert "Record" not in info
    # The year of a level is that of another processor.
    generic = nexus.lookup_device_info(info.get_str("Architecture"))["Vendor"] == "generic"
    assert ("ReleaseYear" in info) != generic


@linux
def test_the_vector_registers_are_those_of_the_processor(cpu, told):
    flags = cpu.get_property_str("Features").split()
    (core, *_) = told["CoreSubsystem"]["SubUnits"]
    (registers,) = (m for m in core["Memory"] if m["Type"] == "VectorRegisters")
    if os.uname().machine == "x86_64":
        size = 64 if "avx512f" in flags else 32 if "avx" in flags else 16
        assert (registers["Size"], registers["Count"]) == (size, 32 if size == 64 else 16)
    assert told["Limits"]["MaxVectorLength"] == 8 * registers["Size"]


MAIN = """
#include <fstream>
#include <iostream>
#include <iterator>
#include "host/record.hpp"
using namespace nexus::cpu;
int main(int, char **arguments) {
  const std::string root = arguments[1];
  HostInfo host;
  host.cores = 6;
  host.memory = 1000;
  std::cout << record_of(host, read_topology(root + "/devices/system"), read_memory_modules(root));
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Return a program that prints the record of a machine whose /sys is another folder."""
    folder = tmp_path_factory.mktemp("record")
    (folder / "main.cpp").write_text(MAIN)
    host = ROOT / "plugins" / "cpu" / "host"
    command = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++20", "-Wall", "-Wextra"]
    command += [f"-I{ROOT / name}" for name in ("include", "sdk", "plugins/cpu")]
    command += [str(folder / "main.cpp"), *map(str, sorted(host.glob("*.cpp")))]
    subprocess.run([*command, "-o", str(folder / "main"), "-pthread"], check=True)
    return folder / "main"


@pytest.fixture
def machine(tmp_path):
    """Return the /sys of a machine: 4 cores, of which the first two have two threads each."""
    devices = tmp_path / "devices/system"

    def write(path, text):
        (devices / path).parent.mkdir(parents=True, exist_ok=True)
        (devices / path).write_text(f"{text}\n")

    threads = {0: "0-1", 1: "0-1", 2: "2,4", 4: "2,4", 8: "8", 9: "9"}
    write("cpu/online", "0-2,4,8-9")
    write("node/online", "0,3")
    for cpu, siblings in threads.items():
        write(f"cpu/cpu{cpu}/topology/thread_siblings_list", siblings)
        write(f"cpu/cpu{cpu}/topology/physical_package_id", cpu // 8)
        caches = [
            ("1", "Data", "32K" if cpu < 8 else "64K", siblings),
            ("1", "Instruction", "64K", siblings),
            ("3", "Unified", "8M", "0-2,4" if cpu < 8 else "8-9"),
        ]
        for index, (level, kind, size, users) in enumerate(caches):
            cache = f"cpu/cpu{cpu}/cache/index{index}"
            facts = {"level": level, "type": kind, "size": size, "shared_cpu_list": users}
            for name, text in {**facts, "coherency_line_size": 64}.items():
                write(f"{cache}/{name}", text)
    return tmp_path


def record(program, machine):
    found = subprocess.run([program, machine], capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


@linux
def test_a_machine_whose_cores_differ(program, machine):
    found = record(program, machine)
    assert [
        (m["Type"], m["Size"], m["Count"], m["SharedBy"], m["TotalSize"])
        for m in found["MemorySubsystem"]["MemoryTypes"][1:]
    ] == [
        ("L3", 8 << 20, 1, 4, 8 << 20),
        ("L3", 8 << 20, 1, 2, 8 << 20),
        ("L1", 64 << 10, 2, 1, 128 << 10),
        ("L1", 32 << 10, 2, 2, 64 << 10),
        ("L1I", 64 << 10, 2, 2, 128 << 10),
        ("L1I", 64 << 10, 2, 1, 128 << 10),
    ]
    core, socket, node = found["CoreSubsystem"]["SubUnits"]
    assert (core["Count"], socket["Count"], node["Count"]) == (4, 2, 2)
    # Six threads on four cores, of which no cache is common to all.
    assert "SubUnits" not in core
    assert "Memory" not in core


def module(kind, size=16384, speed=0, configured=0, length=0x28):
    """Return a structure of the System Management BIOS that describes a memory module."""
    raw = bytearray(length)
    raw[0:2] = (17, length)
    raw[0x0C:0x0E] = size.to_bytes(2, "little")
    raw[0x12] = kind
    raw[0x15:0x17] = speed.to_bytes(2, "little")
    if length > 0x21:
        raw[0x20:0x22] = configured.to_bytes(2, "little")
    return bytes(raw) + b"DIMM 0\0maker\0\0"


DDR4, LPDDR5, HBM3, RAM = 0x1A, 0x23, 0x24, 0x07
FIRST = bytes((1, 27)) + bytes(25) + b"\0\0"
END = bytes((127, 4, 0, 0)) + b"\0\0"


@linux
@pytest.mark.parametrize(
    ("table", "types", "rate"),
    [
        (FIRST + module(DDR4, 16384, 3200, 2933) + module(DDR4, 8192, 2666) + END, ["DDR4"], 2666),
        (module(LPDDR5, 0x7FFF, 6400) + END + module(DDR4), ["LPDDR5"], 6400),
        (module(DDR4, size=0) + module(LPDDR5, speed=0xFFFF) + END, ["LPDDR5"], None),
        (module(HBM3) + module(DDR4, speed=3200), ["HBM3", "DDR4"], 3200),
        (module(DDR4, speed=2400, length=0x1B) + END, ["DDR4"], 2400),
        (module(RAM) + END, ["Main"], None),
        (module(DDR4)[:20], ["Main"], None),
        (module(DDR4)[:-1], ["DDR4"], None),
        (bytes((17, 3, 0, 0)) + module(DDR4), ["Main"], None),
        (b"", ["Main"], None),
    ],
)
def test_the_memory_that_the_firmware_lists(program, machine, table, types, rate):
    folder = machine / "firmware/dmi/tables"
    folder.mkdir(parents=True)
    (folder / "DMI").write_bytes(table)
    memory = record(program, machine)["MemorySubsystem"]
    assert memory["SupportedMemoryTypes"] == types
    main = memory["MemoryTypes"][0]
    assert main["Type"] == (types[0] if len(types) == 1 else "Main")
    assert main["Size"] == 1000
    assert main.get("TransferRate") == rate


@linux
def test_the_memory_that_a_controller_lists(program, machine):
    for name, kind in (("mc0/dimm0", "Registered-DDR5"), ("mc1/dimm2", "LPDDR4 (soldered)")):
        path = machine / "devices/system/edac/mc" / name / "dimm_mem_type"
        path.parent.mkdir(parents=True)
        path.write_text(f"{kind}\n")
    assert record(program, machine)["MemorySubsystem"]["SupportedMemoryTypes"] == ["DDR5", "LPDDR4"]


@linux
def test_a_machine_that_tells_nothing(program, tmp_path):
    found = record(program, tmp_path)
    assert found["CoreSubsystem"]["Count"] == 6
    assert "SubUnits" not in found["CoreSubsystem"]
    assert found["MemorySubsystem"]["MemoryTypes"] == [{"Type": "Main", "Size": 1000}]
