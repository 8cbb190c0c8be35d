"""Names of targets, and which of them a device runs."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import nexus
from nexus.building import known_targets
from nexus.building.targets import targets_of
from nexus.device_db.architectures import best_entry, names_of


def names(*given):
    return [(target.name, target.compiler) for target in targets_of(given)]


def test_names_of_targets():
    assert names("x86-64-v3", "amd64", "x86_64-v1", "arm64") == [
        ("x86_64-v3", "cpu"), ("x86_64", "cpu"), ("aarch64", "cpu")
    ]  # fmt: skip
    assert names("SM_90a", " compute_100f ", "sm_87") == [
        ("sm_90a", "nvrtc"), ("compute_100f", "nvrtc"), ("sm_87", "nvrtc")
    ]  # fmt: skip
    assert names("gfx90a:sramecc+:xnack-", "gfx1100") == [
        ("gfx90a:sramecc+:xnack-", "hiprtc"), ("gfx1100", "hiprtc")
    ]  # fmt: skip
    assert names("Metal", "OpenCL", "metal") == [("metal", "metal"), ("opencl", "opencl")]


def test_names_of_devices_are_targets():
    assert names("H100", "MI300X", "nvidia-gpu-sm_80", "M3 Max") == [
        ("sm_90", "nvrtc"), ("gfx942", "hiprtc"), ("sm_80", "nvrtc"), ("metal", "metal")
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["gfx9", "gfx90a:xnack", "sm_", "sm_0", "Neoverse N1", "xe-hpc"])
def test_names_that_are_no_targets(name):
    with pytest.raises(ValueError, match=f"there is no target '{name}'"):
        targets_of([name])


def test_the_usual_targets_are_targets():
    known = known_targets()
    assert targets_of(target.name for target in known) == known
    for architecture in nexus.get_device_info():
        vendor, kind, name = architecture.split("-", 2)
        if kind == "gpu" and vendor in ("nvidia", "amd"):
            assert name in {target.name for target in known}


class Described:
    """What `names_of` asks a device: its runtime, its record and its features."""

    runtime = SimpleNamespace(name="cuda")

    def __init__(self, **info):
        self.info = nexus.Properties(info)

    def get_info(self):
        return self.info

    def get_property_str(self, key):
        assert key == "Features"
        if key in self.info:
            return self.info[key]
        raise nexus.PropertyNotFoundError(f"there is no property {key}")


def test_architectures_that_vendors_promise_to_be_compatible():
    known = names_of(Described(Architecture="sm_86", Aliases=["compute_86", "ampere"]))
    assert known[:4] == ["sm_86", "compute_86", "ampere", "sm_85"]
    assert [name for name in known if name.startswith("sm_")][-1] == "sm_80"
    later = known.index("compute_85")
    assert known[later:] == [f"compute_{number}" for number in range(85, 19, -1)]
    known = names_of(Described(Architecture="sm_120"))
    assert known[:3] == ["sm_120", "compute_120", "compute_119"]
    assert "sm_90" not in known
    # What was built with features that only one architecture has runs on no other.
    assert "compute_90a" not in known
    known = names_of(Described(Architecture="gfx90a:sramecc+:xnack-"))
    assert known == ["gfx90a:sramecc+:xnack-", "gfx90a"]
    known = names_of(Described(Architecture="gfx90a", Features="gfx90a:sramecc+:xnack-"))
    assert known == [
        *("gfx90a:sramecc+:xnack-", "gfx90a:sramecc+", "gfx90a:xnack-"),
        "gfx90a",
    ]
    assert names_of(Described()) == []


def test_an_entry_of_another_system_is_left_out(cpu):
    own = "macos" if sys.platform == "darwin" else "linux"
    other = {"linux": "macos", "macos": "linux"}[own]
    entries = [
        nexus.Properties({"Architecture": "a", "System": other}),
        nexus.Properties({"Architecture": "A", "System": own}),
        nexus.Properties({"Architecture": "b"}),
    ]
    assert best_entry(cpu, ["a", "b"], entries) == 1
    assert best_entry(cpu, ["b", "a"], entries) == 2
    assert best_entry(cpu, ["a"], entries[:1]) is None
    assert best_entry(cpu, [], entries) is None
