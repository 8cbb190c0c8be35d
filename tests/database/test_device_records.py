"""Information about a device: its record, overlaid with the plugin's answers."""

from __future__ import annotations

import json

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
    """Replace the database of the package by one folder."""
    database = Database([ours])
    monkeypatch.setattr(device_db, "database", lambda: database)
    return database


def test_what_the_device_answers_is_filled_in(only):
    identity = {"Vendor": "acme", "Type": "gpu", "Architecture": "av1"}
    sizes = {"GlobalMemorySize": 1 << 30, "CoreMemorySize": 1 << 20, "Count": 6}
    found = description.record_of(answering(**identity, **sizes), "it")
    memory = ["MemorySubsystem", "MemoryTypes"]
    assert found.get_int([*memory, 0, "Size"]) == 1 << 30
    assert found.get_int([*memory, 1, "Size"]) == 1 << 20
    assert found.get_int([*memory, 1, "TotalSize"]) == 6 << 20
    assert found.get_int(["CoreSubsystem", "Count"]) == 6
    assert found.get_int(["CoreSubsystem", "SubUnits", 0, "SubUnits", 0, "TotalCount"]) == 192

    unmerged = description.record_of(answering(**identity), "it")
    assert unmerged.to_dict() == only["acme-gpu-av1"].to_dict() == GOOD
    with pytest.raises(nexus.PropertyNotFoundError, match="SizeProperty"):
        unmerged.get_int([*memory, 0, "Size"])


def test_totals_of_unknown_counts_are_omitted(ours, only):
    memory = {"Type": "L2", "SizeProperty": "CoreMemorySize", "Size": 2, "TotalSize": 8}
    write(ours, MemorySubsystem={"MemoryTypes": [memory]})
    ask = answering(Vendor="acme", Type="gpu", Architecture="av1", CoreMemorySize=4)
    (found,) = description.record_of(ask, "it").to_dict()["MemorySubsystem"]["MemoryTypes"]
    assert found == {"Type": "L2", "SizeProperty": "CoreMemorySize", "Size": 4}


def test_a_device_without_a_record_answers_alone(only, device):
    alone = nexus.Device(device.runtime, device.index)
    merged, known = alone.get_info().to_dict(), alone.properties()
    known |= json.loads(known.pop("Record", "{}"))
    for changing in ("CoreUtilization", "MemoryUtilization"):
        merged.pop(changing, None)
        known.pop(changing, None)
    assert merged == known
    assert alone.get_info().origin == repr(alone)
    with pytest.raises(nexus.PropertyNotFoundError, match="ReleaseYear"):
        alone.get_property_int("ReleaseYear")


@pytest.fixture
def described(ours, only, cpu):
    """Return the CPU with a record in that folder."""
    keys = ("Vendor", "Type", "Architecture")
    write(ours, **{key: cpu.get_property_str(key) for key in keys})
    only.__init__([ours])
    return nexus.Device(cpu.runtime, 0)


def test_answers_of_the_plugin_overlay_the_record(described):
    info = described.get_info()
    assert info.get_str("Name") == described.name != "Acme Anvil"
    assert info.get_int("ReleaseYear") == 2020
    size = described.get_property_int("CoreMemorySize")
    path = ["MemorySubsystem", "MemoryTypes", 1, "Size"]
    memories = info.get(path[:2])
    path[2] = next(i for i, memory in enumerate(memories) if memory["Size"] == size)
    members = [nexus.property.MemorySubsystem, *path[1:3], nexus.property.Size]
    for way in (path, tuple(path), members):
        assert info.get_int(way) == described.get_property_int(way) == size
    assert "theirs" not in info.origin
    assert "Device 0 of cpu" in info.origin
    info.to_dict()["MemorySubsystem"].clear()
    info["DataTypes"].clear()
    assert described.get_info().get(path) == size
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
        nexus.PropertyNotFoundError, match=r"MemoryTypes is a list of \d, with the indexes 0 to"
    ):
        described.get_property_int(["MemorySubsystem", "MemoryTypes", 9, "Size"])
    with pytest.raises(nexus.PropertyNotFoundError, match="did you mean ReleaseYear"):
        described.get_property_int(["ReleaseYaer", 0])
    with pytest.raises(nexus.PropertyNotFoundError, match="path of a property is empty"):
        described.get_property_int([])
    with pytest.raises(nexus.PropertyNotFoundError, match="NoSuchThing"):
        described.get_property_int("NoSuchThing")
    for wrong in (None, 1.5, {}, [None]):
        with pytest.raises(TypeError):
            described.get_property_int(wrong)


IDENTITY = {"Vendor": "acme", "Type": "gpu", "Architecture": "av1"}


def test_what_the_device_tells_is_laid_over_the_record(only):
    memories = [{"Type": "Main", "Size": 1 << 33}, {"Type": "L2", "Size": 3, "Count": 2}]
    told = {"MemorySubsystem": {"MemoryTypes": memories}, "Limits": {"MaxGridSize": [1, 2]}}
    ask = answering(**IDENTITY, GlobalMemorySize=1 << 30, Record=json.dumps(told))
    found = description.record_of(ask, "it")
    assert found.get(["MemorySubsystem", "MemoryTypes"]) == [
        {"Type": "GDDR6", "BusWidth": 256, "Size": 1 << 33},
        {"Type": "L2", "Size": 3, "Count": 2, "TotalSize": 6},
    ]
    assert found.get_str_vec(["MemorySubsystem", "SupportedMemoryTypes"]) == ["GDDR6"]
    assert found.get_int_vec(["Limits", "MaxGridSize"]) == [1, 2]
    assert found.get_int("ReleaseYear") == 2020
    assert only["acme-gpu-av1"].to_dict() == GOOD


def test_parts_that_the_device_does_not_tell_stay(only):
    told = {"MemorySubsystem": {"MemoryTypes": [{"Type": "L1", "Size": 5}]}}
    found = description.record_of(answering(**IDENTITY, Record=json.dumps(told)), "it")
    types = [part["Type"] for part in found.get(["MemorySubsystem", "MemoryTypes"])]
    assert types == ["L1", "GDDR6", "L2"]


def test_counts_of_the_device_change_the_totals_of_the_record(only):
    units = [{"Type": "Core", "Count": 5}, {"Type": "Socket", "Count": 1}]
    ask = answering(**IDENTITY, Record=json.dumps({"CoreSubsystem": {"SubUnits": units}}))
    core, socket = description.record_of(ask, "it").get(["CoreSubsystem", "SubUnits"])
    assert core["SubUnits"][0]["TotalCount"] == 5 * 32
    assert socket == {"Type": "Socket", "Count": 1}


def test_a_device_that_is_in_no_record_has_what_it_tells(only):
    ask = answering(Vendor="nobody", Type="gpu", Architecture="n1", Record='{"Limits": {"A": 1}}')
    found = description.record_of(ask, "<a device>")
    assert found.to_dict() == {"Limits": {"A": 1}}
    assert found.origin == "<a device>"
    assert description.record_of(answering(Vendor="nobody", Type="x", Architecture=""), "") is None
    for unknown in ("Vendor", "Type"):
        identity = {key: value for key, value in IDENTITY.items() if key != unknown}
        assert description.record_of(answering(**identity), "") is None


def test_a_device_without_an_architecture_is_found_by_its_name(only):
    ask = answering(Vendor="acme", Type="gpu", Name="Acme Bolt [0x17]")
    assert description.record_of(ask, "it").get_str("Architecture") == "bx-2"
    assert description.record_of(answering(Vendor="acme", Type="gpu", Name="Other"), "") is None
    assert description.record_of(answering(Vendor="acme", Type="gpu"), "") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1, column 1: it is not JSON"),
        ("[]", r"\$: it holds an array where an object has to be"),
        ('{"Limits": {"A": NaN}}', r"\$.Limits.A: NaN is not JSON"),
    ],
)
def test_a_device_that_tells_nonsense(only, text, message):
    ask = answering(**IDENTITY, Record=text)
    with pytest.raises(nexus.RecordError, match=f"^property Record of <it>: {message}"):
        description.record_of(ask, "<it>")


@pytest.mark.parametrize("told", [{"CoreSubsystem": 1}, {"MemorySubsystem": []}, {"Name": {}}])
def test_values_of_another_shape_replace_those_of_the_record(only, told):
    found = description.record_of(answering(**IDENTITY, Record=json.dumps(told)), "it")
    assert found.to_dict() == {**GOOD, **told}


def test_a_device_whose_record_is_bad_says_so(ours, only, described):
    path = next(ours.glob(f"{described.get_property_str('Vendor')}-cpu-*.json"))
    path.write_text("{")
    only.__init__([ours])
    fresh = nexus.Device(described.runtime, 0)
    assert fresh.name
    with pytest.raises(nexus.RecordError, match="line 1, column 2"):
        fresh.get_info()
