"""Properties of a Metal device."""

import re

import pytest


def test_identity(device):
    assert device.type == "gpu"
    assert device.name
    assert device.get_property_str("Vendor") in ("apple", "amd", "intel", "nvidia")
    assert re.fullmatch(r"[a-z]+[_a-z0-9]*", device.get_property_str("Architecture"))
    assert re.fullmatch(r"0x[0-9a-f]{16}", device.get_property_str("UUID"))
    assert re.fullmatch(r"built-in|(slot|external) \d+", device.get_property_str("Location"))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("GlobalMemorySize", 1 << 28, 1 << 45),
        ("MaxBufferSize", 1 << 28, 1 << 45),
        ("MaxThreadsPerBlock", 256, 4096),
        ("MaxThreadgroupMemorySize", 16 * 1024, 1 << 20),
    ],
)
def test_numbers(device, name, low, high):
    assert low <= device.get_property_int(name) <= high


def test_data_types(device):
    types = device.get_property_str_vec("DataTypes")
    assert {"F32", "F16", "I8", "U64", "Bool"} <= set(types)
    assert "F64" not in types


def test_runtime(runtime):
    assert runtime.get_property_str("Vendor") == "apple"
    assert "Message" not in runtime.properties()
