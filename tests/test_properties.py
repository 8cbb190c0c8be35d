"""Properties by name, number and path, and what is wrong with a question."""

from __future__ import annotations

import numpy as np
import pytest

import nexus
from nexus import info
from nexus._enums import PROPERTY_TYPES, property_type


def test_ways_to_ask(device):
    buffer = device.create_buffer(np.zeros((2, 3), np.float32))
    for key in ("Size", nexus.property.Size, 6, ["Size"], ("Size",), [nexus.property.Size]):
        assert buffer.get_property_int(key) == 24
    for key in ("Shape", nexus.property.Shape, ["Shape"]):
        assert buffer.get_property_int_vec(key) == [2, 3]
    assert buffer.get_property_str("DataType") == "F32"
    assert device.create_buffer((), dtype="f32").get_property_int_vec("Shape") == []


def test_names_that_do_not_exist(device):
    buffer = device.create_buffer(4)
    with pytest.raises(nexus.PropertyNotFoundError, match=r"'Szie'; did you mean Size") as caught:
        buffer.get_property_int("Szie")
    assert isinstance(caught.value, RuntimeError)
    assert caught.value.status is nexus.status.NXS_InvalidProperty
    for bad in (-1, 2**32, 12345, "", "size"):
        with pytest.raises(nexus.PropertyNotFoundError):
            buffer.get_property_int(bad)
    with pytest.raises(nexus.PropertyNotFoundError, match="Vendor"):
        buffer.get_property_str("Vendor")
    for bad in (None, 1.5, {}):
        with pytest.raises(TypeError):
            buffer.get_property_int(bad)


def test_paths_show_in_the_message(device):
    for ask in (device.get_property_int, device.get_property_str_vec):
        with pytest.raises(nexus.PropertyNotFoundError, match=r"MemoryTypes.*1.*Size"):
            ask(["MemorySubsystem", "MemoryTypes", 1, "Size"])
    with pytest.raises(nexus.PropertyNotFoundError):
        device.get_property_int([])
    with pytest.raises(nexus.PropertyNotFoundError, match="MemorySubsystem"):
        device.get_property_str("MemorySubsystem")


@pytest.mark.parametrize("asked", ["str", "int", "flt", "str_vec", "int_vec", "flt_vec"])
def test_wrong_types_are_refused(device, asked):
    buffer = device.create_buffer(4)
    for key, kind in (("Size", "int"), ("DataType", "str"), ("Shape", "int_vec")):
        if kind == asked:
            continue
        with pytest.raises(nexus.PropertyTypeError, match=f"get_property_{kind},") as caught:
            getattr(buffer, f"get_property_{asked}")(key)
        assert isinstance(caught.value, TypeError)


def test_keys_lists_what_is_answered(device, library):
    schedule = device.create_schedule()
    schedule.run(timing=True)
    things = [device, device.runtime, device.create_buffer(4), library.get_kernel("add"), schedule]
    if device.runtime.name != "field":
        things += [library, device.create_event(), device.create_stream()]
    for thing in things:
        keys = thing.get_property_int_vec("Keys")
        answers = thing.properties()
        assert {nexus.property(key).name for key in keys} - {"Keys"} == set(answers)
        for member, kind in PROPERTY_TYPES.items():
            if member in keys or kind is property_type.obj_vec:
                continue
            with pytest.raises(nexus.PropertyNotFoundError, match=member.name):
                getattr(thing, f"get_property_{kind.name}")(member)


def test_each_type_matches_its_declaration(device):
    kinds = {"str": str, "int": int, "flt": float, "str_vec": list, "int_vec": list}
    for name, value in device.properties().items():
        kind = PROPERTY_TYPES[nexus.property[name]]
        assert isinstance(value, kinds[kind.name])


def test_live_objects_count(scratch, cpu):
    for device in (scratch, cpu):
        before = device.runtime.get_property_int_vec("LiveObjects")
        buffer, event = device.create_buffer(4), device.create_event()
        during = device.runtime.get_property_int_vec("LiveObjects")
        buffer.close()
        event.close()
        assert [after - then for after, then in zip(during, before, strict=True)] == [
            1, 0, 0, 1, 0, 0, 0
        ]  # fmt: skip
        assert device.runtime.get_property_int_vec("LiveObjects") == before


def test_info():
    tree = info.Properties(
        {"Name": "x", "Size": 3, "MaxPower": 1.5, "Shape": [1, 2], "Features": ["a"],
         "Rates": [0.5], "MemorySubsystem": {"MemoryTypes": [{"Size": 1}, {"Size": 2}]}}
    )  # fmt: skip
    assert tree.get_str("Name") == tree["Name"] == "x"
    assert tree.get_int(nexus.property.Size) == 3
    assert tree.get_flt("MaxPower") == 1.5
    assert tree.get_int_vec("Shape") == [1, 2]
    assert tree.get_str_vec("Features") == ["a"]
    assert tree.get_flt_vec(["Rates"]) == [0.5]
    assert tree.get_int(["MemorySubsystem", "MemoryTypes", 1, "Size"]) == 2
    assert tree.get_int([nexus.property.MemorySubsystem, "MemoryTypes", 0, "Size"]) == 1
    assert len(tree) == len(list(tree)) == 7
    for path in (
        "Nam",
        9999,
        ["MemorySubsystem", "MemoryTypes", 2, "Size"],
        ["Name", "x"],
        ["Size", 0],
    ):
        with pytest.raises(nexus.PropertyNotFoundError):
            tree.get_int(path)
    for wrong in (lambda: tree.get_str("Size"), lambda: tree.get_int_vec("Features")):
        with pytest.raises(nexus.PropertyTypeError):
            wrong()
