"""Properties of a device of OpenCL."""

import re
import sys

import pytest
from support.gpu import selected

import nexus

_, WHERE = selected()


def test_identity(device):
    assert device.type in ("gpu", "cpu", "accelerator")
    assert device.name
    assert device.get_property_str("Vendor")
    assert device.get_property_str("Version")


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("UUID", r"(GPU-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("Location", r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"),
    ],
)
def test_what_other_runtimes_know_it_by(device, name, shape):
    value = device.properties().get(name)
    if value is None:
        pytest.skip(f"the driver does not tell the device's {name}")
    assert re.fullmatch(shape, value)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("GlobalMemorySize", 1 << 26, 1 << 45),
        ("MaxBufferSize", 1 << 25, 1 << 45),
        ("MaxThreadsPerBlock", 64, 1 << 20),
        ("MaxThreadgroupMemorySize", 16 * 1024, 1 << 30),
        ("Count", 1, 1 << 20),
    ],
)
def test_numbers(device, name, low, high):
    assert low <= device.get_property_int(name) <= high


@pytest.mark.skipif(WHERE not in ("intel", "pocl"), reason="about drivers for CPUs")
def test_cores_of_a_processor(device):
    """Intel's driver answers questions about its GPUs too, with other numbers."""
    cl = pytest.importorskip("pyopencl")
    units = [
        one.max_compute_units for platform in cl.get_platforms() for one in platform.get_devices()
    ]
    assert device.get_property_int("Count") in units


def test_data_types(device):
    types = set(device.get_property_str_vec("DataTypes"))
    assert {"F32", "I8", "U8", "I64", "U64"} <= types
    if WHERE != "gpu":
        assert "F64" in types


@pytest.mark.skipif(WHERE == "gpu", reason="about the drivers that tests choose")
def test_the_runtime_names_its_platforms(runtime):
    titles = {"intel": "Intel", "pocl": "Portable Computing Language", "oclgrind": "Oclgrind"}
    assert titles[WHERE] in runtime.get_property_str("Version")
    assert "Message" not in runtime.properties()


@pytest.mark.skipif(WHERE == "gpu", reason="about CPUs")
def test_the_cpus_are_the_hosts(device):
    if WHERE == "oclgrind":
        pytest.skip("simulates a device of its own")
    assert device.type == "cpu"
    if sys.platform == "linux":
        host = nexus.get_runtime("cpu").get_device(0)
        assert device.get_property_str("Vendor") == host.get_property_str("Vendor")
