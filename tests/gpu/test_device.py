"""Properties of a GPU."""

import json

import pytest

import nexus
from nexus.device_db.validation import validate


def test_keys_are_what_answers(device):
    properties = device.properties()
    for name in ("Name", "Architecture", "UnifiedMemory", "MaxBufferSize", "DataTypes"):
        assert name in properties
    # Not all drivers of OpenCL have an identifier; tests/gpu/opencl asks them.
    assert "UUID" in properties or device.runtime.name == "opencl"


def test_the_record_has_the_structure_of_the_schema(device):
    identity = {key: device.get_property_str(key) for key in ("Name", "Type", "Architecture")}
    told = json.loads(device.get_property_str("Record"))
    record = {**identity, "Vendor": "generic", **told}
    assert validate(record, "gpu_architecture_schema") == []


def test_the_record_of_the_device_is_in_its_info(device):
    limits = json.loads(device.get_property_str("Record"))["Limits"]
    info = device.get_info()
    assert limits["MaxThreadsPerBlock"] == device.get_property_int("MaxThreadsPerBlock")
    assert info.get("Limits").to_dict().items() >= limits.items()
    assert device.get_property_int(["Limits", "MaxBlockSize", 2]) == limits["MaxBlockSize"][2]


def test_device_that_is_not_there(runtime):
    with pytest.raises((IndexError, nexus.NexusError)):
        runtime.get_device(len(runtime.get_devices()))
