"""Information of a device: its record, with the plugin's answers over it."""

from __future__ import annotations

import pytest
from support.acme import GOOD, write

import nexus
from nexus.device_db import database as device_db
from nexus.device_db import description
from nexus.device_db.database import Database


def answering(**answers):
    def ask(name):
        if name not in answers:
            raise nexus.PropertyNotFoundError(name)
        return answers[name]

    return ask


@pytest.fixture
def only(ours, monkeypatch):
    """Let the package have no other records than these."""
    database = Database([ours])
    monkeypatch.setattr(device_db, "database", lambda: database)
    return database


def test_what_the_device_answers_is_filled_in(only):
    identity = {"Vendor": "acme", "Type": "gpu", "Architecture": "av1"}
    sizes = {"GlobalMemorySize": 1 << 30, "CoreMemorySize": 1 << 20, "Count": 6}
    found = description.record_of(answering(**identity, **sizes))
    memory = ["MemorySubsystem", "MemoryTypes"]
    assert found.get_int([*memory, 0, "Size"]) == 1 << 30
    assert found.get_int([*memory, 1, "Size"]) == 1 << 20
    assert found.get_int([*memory, 1, "TotalSize"]) == 6 << 20
    assert found.get_int(["CoreSubsystem", "Count"]) == 6
    assert found.get_int(["CoreSubsystem", "SubUnits", 0, "SubUnits", 0, "TotalCount"]) == 192

    untold = description.record_of(answering(**identity))
    assert untold.to_dict() == only["acme-gpu-av1"].to_dict() == GOOD
    with pytest.raises(nexus.PropertyNotFoundError, match="SizeProperty"):
        untold.get_int([*memory, 0, "Size"])


def test_no_total_is_told_of_what_is_not_known(ours, only):
    memory = {"Type": "L2", "SizeProperty": "CoreMemorySize", "Size": 2, "TotalSize": 8}
    write(ours, MemorySubsystem={"MemoryTypes": [memory]})
    ask = answering(Vendor="acme", Type="gpu", Architecture="av1", CoreMemorySize=4)
    (found,) = description.record_of(ask).to_dict()["MemorySubsystem"]["MemoryTypes"]
    assert found == {"Type": "L2", "SizeProperty": "CoreMemorySize", "Size": 4}


def test_a_device_without_a_record_answers_alone(only, device):
    alone = nexus.Device(device.runtime, device.index)
    told, known = alone.get_info().to_dict(), alone.properties()
    told.pop("MemoryUtilization", None)
    known.pop("MemoryUtilization", None)
    assert told == known
    with pytest.raises(nexus.PropertyNotFoundError, match="ReleaseYear"):
        alone.get_property_int("ReleaseYear")


@pytest.fixture
def described(ours, only, cpu):
    """Return the CPU, with a record of its own."""
    keys = ("Vendor", "Type", "Architecture")
    write(ours, **{key: cpu.get_property_str(key) for key in keys})
    only.__init__([ours])
    return nexus.Device(cpu.runtime, 0)


def test_what_the_plugin_answers_is_on_top(described):
    info = described.get_info()
    assert info.get_str("Name") == described.name != "Acme Anvil"
    assert info.get_int("ReleaseYear") == 2020
    size = described.get_property_int("CoreMemorySize")
    path = ["MemorySubsystem", "MemoryTypes", 1, "Size"]
    members = [nexus.property.MemorySubsystem, "MemoryTypes", -1, nexus.property.Size]
    for way in (path, tuple(path), members):
        assert info.get_int(way) == described.get_property_int(way) == size
    assert "theirs" not in info.origin
    assert "Device 0 of cpu" in info.origin
    info.to_dict()["MemorySubsystem"].clear()
    info["DataTypes"].clear()
    assert described.get_info().get(["MemorySubsystem", "MemoryTypes", 1, "Size"]) == size
    assert described.get_info()["DataTypes"]


def test_properties_of_a_device_come_from_the_plugin_and_then_from_the_record(described):
    assert described.get_property_str("Name") != "Acme Anvil"
    assert described.get_property_int("MemoryClockRate") == 1200
    assert described.get_property_int(nexus.property.MemoryClockRate) == 1200
    assert described.get_property_int(["MemoryClockRate"]) == 1200
    assert described.get_property_int("ReleaseYear") == 2020
    assert described.get_property_flt("MaxPower") == 250.0
    assert described.get_property_str_vec("Aliases") == ["anvil", "AV-One"]
    types = described.get_property_str_vec("DataTypes")
    assert len(types) > 2
    assert described.get_property_str(["DataTypes", 0]) == types[0]
    assert described.get_property_str([nexus.property.DataTypes, 1]) == types[1]
    assert described.get_property_str_vec(["MemorySubsystem", "SupportedMemoryTypes"]) == ["GDDR6"]
    assert "MemoryClockRate" not in described.properties()
    assert described.unified_memory


def test_wrong_questions_to_a_described_device(described):
    with pytest.raises(
        nexus.PropertyTypeError, match="MemorySubsystem is an object with Supported"
    ):
        described.get_property_str("MemorySubsystem")
    with pytest.raises(nexus.PropertyTypeError, match="get_property_int"):
        described.get_property_str("MemoryClockRate")
    with pytest.raises(nexus.PropertyTypeError, match="Size is an integer, not a string"):
        described.get_property_str(["MemorySubsystem", "MemoryTypes", 1, "Size"])
    with pytest.raises(
        nexus.PropertyNotFoundError, match="MemoryTypes is a list of 2, with the indexes 0 to 1"
    ):
        described.get_property_int(["MemorySubsystem", "MemoryTypes", 2, "Size"])
    with pytest.raises(nexus.PropertyNotFoundError, match="did you mean ReleaseYear"):
        described.get_property_int(["ReleaseYaer", 0])
    with pytest.raises(nexus.PropertyNotFoundError, match="path of a property is empty"):
        described.get_property_int([])
    with pytest.raises(nexus.PropertyNotFoundError, match="NoSuchThing"):
        described.get_property_int("NoSuchThing")
    for wrong in (None, 1.5, {}, [None]):
        with pytest.raises(TypeError):
            described.get_property_int(wrong)


def test_a_device_whose_record_is_bad_says_so(ours, only, described):
    path = next(ours.glob(f"{described.get_property_str('Vendor')}-cpu-*.json"))
    path.write_text("{")
    only.__init__([ours])
    fresh = nexus.Device(described.runtime, 0)
    assert fresh.name
    with pytest.raises(nexus.RecordError, match="line 1, column 2"):
        fresh.get_info()
