"""Properties of a CUDA device."""

import ctypes
import re

import pytest

import nexus


def test_identity(device):
    assert device.type == "gpu"
    assert device.get_property_str("Vendor") == "nvidia"
    assert re.fullmatch(r"sm_\d+", device.get_property_str("Architecture"))
    assert device.name
    uuid, location = (device.get_property_str(name) for name in ("UUID", "Location"))
    assert re.fullmatch(r"GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid)
    assert re.fullmatch(r"[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.0", location)


def test_architecture_is_the_compute_capability(device):
    major, minor = (device.get_property_int(f"{part}Version") for part in ("Major", "Minor"))
    assert device.get_property_str("Architecture") == f"sm_{major}{minor}"


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("Count", 1, 1024),
        ("GlobalMemorySize", 1 << 28, 1 << 45),
        ("MaxBufferSize", 1 << 28, 1 << 45),
        ("CoreMemorySize", 1 << 14, 1 << 24),
        ("CoreRegisterSize", 1 << 16, 1 << 24),
        ("SIMDSize", 32, 32),
        ("MaxThreadsPerBlock", 512, 4096),
        ("MaxThreadgroupMemorySize", 48 * 1024, 1 << 24),
        ("MaxThreadgroupsPerCore", 8, 128),
    ],
)
def test_numbers(device, name, low, high):
    assert low <= device.get_property_int(name) <= high


def test_the_record_holds_what_the_driver_tells(device):
    driver = ctypes.CDLL("libcuda.so.1")

    def attribute(number):
        value = ctypes.c_int()
        assert driver.cuDeviceGetAttribute(ctypes.byref(value), number, device.index) == 0
        return value.value

    info = device.get_info()
    count, memory = device.get_property_int("Count"), ["MemorySubsystem", "MemoryTypes"]
    sizes = {part["Type"]: part for part in info.get(memory)}
    main = info.get([*memory, 0])
    assert main["Size"] == device.get_property_int("GlobalMemorySize")
    assert main["BusWidth"] == attribute(37)
    assert info.get_str([*memory, 1, "Type"]) == "L2"
    assert sizes["L2"]["Size"] == attribute(38)
    assert sizes["Shared"]["Size"] == attribute(81)
    assert sizes["Shared"]["TotalSize"] == attribute(81) * count
    assert sizes["Registers"]["Size"] == 4 * attribute(82)
    limits = info.get("Limits")
    assert limits["MaxThreadsPerCore"] == attribute(39)
    assert limits["ConstantMemorySize"] == attribute(9)
    assert limits["MaxGridSize"] == [attribute(number) for number in (5, 6, 7)]
    # The database names the kind of memory, which the driver does not report.
    known = nexus.get_device_info().get(f"nvidia-gpu-{info['Architecture']}")
    if known is not None:
        assert main["Type"] == known.get([*memory, 0, "Type"]) != "Main"


def test_data_types(device):
    types = device.get_property_str_vec("DataTypes")
    assert {"F32", "F64", "I8", "U64"} <= set(types)
    assert ("BF16" in types) == (device.get_property_int("MajorVersion") >= 8)


def test_memory_is_not_the_hosts(device):
    assert not device.unified_memory


def test_runtime_tells_the_driver(runtime):
    assert re.fullmatch(r"\d+\.\d+", runtime.get_property_str("Version"))
    assert "Message" not in runtime.properties()


@pytest.mark.gpu
def test_utilisation(device):
    """Only NVIDIA's management library reports it, which the stand-in lacks."""
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        pytest.skip("NVIDIA's management library is not installed")
    assert 0 <= device.get_property_int("CoreUtilization") <= 100
    assert 0 <= device.get_property_int("MemoryUtilization") <= 100
