"""Properties of a device of HIP."""

import re

import pytest


def test_identity(device):
    assert device.type == "gpu"
    assert device.get_property_str("Vendor") == "amd"
    uuid, location = (device.get_property_str(name) for name in ("UUID", "Location"))
    assert uuid
    assert re.fullmatch(r"[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.0", location)


def test_architecture_is_the_target_without_its_features(device):
    target = device.get_property_str("Features")
    architecture = device.get_property_str("Architecture")
    assert re.fullmatch(r"gfx[0-9a-f]+", architecture)
    assert target.split(":")[0] == architecture
    assert re.fullmatch(r"gfx[0-9a-f]+(:(sramecc|xnack)[+-])*", target)


def test_wavefront(device):
    """GPUs of the families up to gfx9 have waves of 64 threads, later ones of 32."""
    graphics_9 = re.fullmatch(r"gfx[89]..", device.get_property_str("Architecture"))
    assert device.get_property_int("SIMDSize") == (64 if graphics_9 else 32)


def test_memory_is_not_the_hosts(device):
    assert not device.unified_memory


def test_runtime_tells_its_version(runtime):
    assert re.fullmatch(r"[5-9]\.\d+", runtime.get_property_str("Version"))


@pytest.mark.standin
def test_the_standin_says_what_it_is(device):
    assert "stand-in, runs PTX" in device.name
