"""Properties of a GPU."""

import pytest

import nexus


def test_keys_are_what_answers(device):
    properties = device.properties()
    for name in ("Name", "Architecture", "UUID", "UnifiedMemory", "MaxBufferSize", "DataTypes"):
        assert name in properties


def test_device_that_is_not_there(runtime):
    with pytest.raises((IndexError, nexus.NexusError)):
        runtime.get_device(len(runtime.get_devices()))
