"""Vendor and architecture of OpenCL devices, from what drivers have been seen to answer."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import NamedTuple

import pytest
from support.paths import ROOT, TESTS

from nexus.device_db.database import database


class Answers(NamedTuple):
    """What a driver answers, as in the SDK's hardware/identity.hpp."""

    name: str
    vendor: str
    version: str = "OpenCL 3.0"
    vendor_id: int = 0
    cpu: bool = False
    nvidia: tuple[int, int] = (0, 0)
    intel_ip: int = 0


@pytest.fixture(scope="module")
def identify(tmp_path_factory):
    """Return a function that returns vendor and architecture of what a driver answers."""
    program = tmp_path_factory.mktemp("opencl_identity") / "opencl_identity"
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    source = TESTS / "drivers/opencl_identity.cpp"
    command = [*compiler, "-std=c++20", f"-I{ROOT / 'sdk'}", str(source), "-o", str(program)]
    subprocess.run(command, check=True)

    def run(answers):
        numbers = (answers.vendor_id, *answers.nvidia, answers.intel_ip)
        texts = (int(answers.cpu), answers.name, answers.vendor, answers.version, *numbers)
        line = "\t".join(map(str, texts)) + "\n"
        done = subprocess.run([program], input=line, capture_output=True, check=True, text=True)
        vendor, architecture = done.stdout.removesuffix("\n").split("\t")
        return vendor, architecture

    return run


# Each with the place that recorded it, mostly a listing of clinfo in an issue or pull request.
RECORDED = [
    pytest.param(
        Answers("Intel(R) UHD Graphics 770", "Intel(R) Corporation", "OpenCL 3.0 NEO ", 0x8086),
        ("intel", ""),
        id="open-edge-platform/edge-microvisor-toolkit#379",
    ),
    pytest.param(
        Answers("Intel(R) UHD Graphics 730 [0x4692]", "Intel(R) Corporation", "OpenCL 3.0 NEO "),
        ("intel", ""),
        id="CHIP-SPV/chipStar#324",
    ),
    pytest.param(
        Answers("Intel(R) HD Graphics Kabylake Desktop GT1.5", "Intel", "OpenCL 2.0 beignet 1.3"),
        ("intel", ""),
        id="plaidml/plaidml#579",
    ),
    pytest.param(
        Answers("Mali-G610 r0p0", "ARM", "OpenCL 3.0 v1.g13p0-01eac0.9113fb3d6cba", 0xA8670000),
        ("arm", "mali-g610"),
        id="rockchip-linux/mpp#607",
    ),
    pytest.param(
        Answers("Mali-G310 r0p0", "ARM", "OpenCL 3.0 r54p1-11eac0.ddd1ced", 0x13B5),
        ("arm", "mali-g310"),
        id="AdaptiveCpp/AdaptiveCpp#2048",
    ),
    pytest.param(
        Answers("Mali-G710 r0p0", "ARM", "OpenCL 3.0 v1.r51p0-00eac0.5491dbbe6a8a"),
        ("arm", "mali-g710"),
        id="GPGPUCourse/GPGPUTasks2025#60",
    ),
    pytest.param(
        Answers("QUALCOMM Adreno(TM) 750", "QUALCOMM", "OpenCL 3.0 Adreno(TM) 750", 0x5143),
        ("qualcomm", "adreno-750"),
        id="Oblomov/clinfo#92",
    ),
    pytest.param(
        Answers("gfx1030", "Advanced Micro Devices, Inc.", "OpenCL 2.0 ", 0x1002),
        ("amd", "gfx1030"),
        id="ROCm/ROCm-OpenCL-Runtime#144",
    ),
    pytest.param(
        Answers("gfx908:sramecc+:xnack-", "Advanced Micro Devices, Inc.", "OpenCL 2.0 ", 0x1002),
        ("amd", "gfx908"),
        id="CLRX/CLRX-mirror#34",
    ),
    pytest.param(
        Answers("gfx900:xnack-", "Advanced Micro Devices, Inc.", "OpenCL 2.0 ", 0x1002),
        ("amd", "gfx900"),
        id="hashcat/hashcat#2800",
    ),
    pytest.param(
        Answers(
            "AMD Radeon Pro WX 4100 (radeonsi, polaris11, LLVM 18.1.8, DRM 3.59, 6.11.8)", "AMD"
        ),
        ("amd", "polaris11"),
        id="AOSC-Dev/aosc-os-abbs#8681",
    ),
    pytest.param(
        Answers("Apple M1", "Apple", "OpenCL 1.2 ", 0x1027F00),
        ("apple", "m1"),
        id="hashcat/hashcat#2976",
    ),
    pytest.param(
        Answers("Apple M1 Pro", "Apple", "OpenCL 1.2 "),
        ("apple", "m1-pro"),
        id="GPGPUCourse/GPGPUTasks2025#54",
    ),
]


@pytest.mark.parametrize(("answers", "found"), RECORDED)
def test_recorded_devices(identify, answers, found):
    assert identify(answers) == found


@pytest.mark.parametrize(
    ("answers", "vendor"),
    [
        # Intel's driver on processors of AMD (GPGPUCourse/GPGPUTasks2025#17) and of Intel (#101).
        (Answers("AMD Ryzen 5 4600H with Radeon Graphics", "Intel(R) Corporation"), "amd"),
        (Answers("13th Gen Intel(R) Core(TM) i5-1340P", "Intel(R) Corporation"), "intel"),
        # PoCL 3.1 of Debian 12.
        (Answers("pthread-haswell-AMD EPYC", "AuthenticAMD", vendor_id=0x8086), "amd"),
        # PoCL on AArch64 (pocl/pocl#716, termux/termux-packages#1346, Oblomov/clinfo#86).
        (Answers("pthread-0x0a1", "Cavium", vendor_id=0x13B5), "cavium"),
        (Answers("pthread-AArch64 Processor rev 4 (aarch64)", "Unknown x86"), "unknown x86"),
        (Answers("pthread", "ARM", vendor_id=0x13B5), "arm"),
    ],
)
def test_processors_have_the_maker_and_architecture_that_the_cpu_plugin_tells(
    identify, cpu, answers, vendor
):
    found = identify(answers._replace(cpu=True))
    assert found == (vendor, cpu.get_property_str("Architecture"))


INTEL = Answers("Intel(R) Graphics", "Intel(R) Corporation")


@pytest.mark.parametrize(
    ("ip", "architecture"),
    [
        # Constants of Intel's compute runtime, third_party/aot_config_headers/platforms.h.
        (0x03000000, "xe-lp"),  # Tiger Lake
        (0x03008000, "xe-lp"),  # Alder Lake-S
        (0x03028000, "xe-lp"),  # DG1
        (0x030DC008, "xe-hpg"),  # DG2 G10
        (0x030E4000, "xe-hpg"),  # DG2 G12
        (0x030F0007, "xe-hpc"),  # Ponte Vecchio
        (0x03118004, "xe-lpg"),  # Meteor Lake-U
        (0x03128004, "xe-lpg"),  # Arrow Lake-H
        (0x05004000, "xe2"),  # Battlemage G21
        (0x05010004, "xe2"),  # Lunar Lake
        (0x07800004, "xe3"),  # Panther Lake-H
        (0x030C8004, ""),  # Xe HP, not sold
        (0x02400009, ""),  # Before Xe
    ],
)
def test_intel_graphics_by_version(identify, ip, architecture):
    assert identify(INTEL._replace(intel_ip=ip)) == ("intel", architecture)


def test_nvidia_by_compute_capability(identify):
    answers = Answers("NVIDIA H100 PCIe", "NVIDIA Corporation", "OpenCL 3.0 CUDA", 0x10DE)
    assert identify(answers._replace(nvidia=(9, 0))) == ("nvidia", "sm_90")
    assert identify(answers._replace(nvidia=(12, 0))) == ("nvidia", "sm_120")
    assert identify(answers) == ("nvidia", "")


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (Answers("QUALCOMM Adreno(TM)", "QUALCOMM", "OpenCL 3.0 Adreno(TM) 740"), "adreno-740"),
        (Answers("Qualcomm(R) Adreno(TM) X1-85 GPU", "QUALCOMM"), "adreno-x1-85"),
        (Answers("QUALCOMM Adreno(TM)", "QUALCOMM", "OpenCL 2.0 QUALCOMM build"), ""),
        # Mesa, src/freedreno/common/a7xx_gpu.py.
        (Answers("FD740", "Qualcomm"), "adreno-740"),
        (Answers("Adreno X1-85", "Qualcomm"), "adreno-x1-85"),
        (Answers("Immortalis-G715 r0p0", "ARM"), "immortalis-g715"),
        (Answers("Ethos-U55", "ARM"), ""),
        (Answers("Apple M1 Max (G13C C0)", "Apple"), "m1-max"),
        (Answers("Ellesmere", "Advanced Micro Devices, Inc."), ""),
        (Answers("", ""), ""),
    ],
)
def test_products_in_names_and_versions(identify, answers, found):
    assert identify(answers)[1] == found


@pytest.mark.parametrize(
    ("vendor", "vendor_id", "found"),
    [
        ("Charm Alarms", 0, "charm alarms"),
        ("Samsung Electronics", 0x144D, "samsung electronics"),
        ("FIXME", 0x13B5, "arm"),
        ("", 0x1002, "amd"),
        ("", 0, ""),
    ],
)
def test_makers_are_whole_words_and_then_numbers(identify, vendor, vendor_id, found):
    assert identify(Answers("GPU", vendor, vendor_id=vendor_id))[0] == found


def test_the_database_spells_them_so(identify):
    """Architectures of recorded devices that have a record are its file name or an alias."""
    for answers, record in [
        (Answers("gfx1030", "Advanced Micro Devices, Inc."), "amd-gpu-gfx1030"),
        (Answers("AMD Radeon RX 6800 (radeonsi, navi21, LLVM 15)", "AMD"), "amd-gpu-gfx1030"),
        (Answers("NVIDIA A100", "NVIDIA Corporation", nvidia=(8, 0)), "nvidia-gpu-sm_80"),
        (INTEL._replace(intel_ip=0x030DC008), "intel-gpu-xe-hpg"),
        (INTEL._replace(intel_ip=0x0300C000), "intel-gpu-xe-lp"),
        (Answers("Apple M1 Pro", "Apple"), "apple-gpu-m1-pro"),
        (Answers("Mali-G710 r0p0", "ARM"), "arm-gpu-mali-g710"),
        (Answers("Mali-G78 r0p1", "ARM"), "arm-gpu-mali-g78"),
        (
            Answers("QUALCOMM Adreno(TM)", "QUALCOMM", "OpenCL 3.0 Adreno(TM) 740"),
            "qualcomm-gpu-adreno-740",
        ),
        (Answers("Adreno X1-85", "Qualcomm"), "qualcomm-gpu-adreno-x1-85"),
    ]:
        vendor, architecture = identify(answers)
        assert database().find(vendor, "gpu", architecture) is database()[record]
