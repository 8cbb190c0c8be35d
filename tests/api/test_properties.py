"""Properties by name, number and path, and errors of wrong names, types and paths."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import nexus
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
    for wrong in (None, 1.5, {}):
        with pytest.raises(TypeError):
            buffer.get_property_int(wrong)


def test_paths_show_in_the_message(scratch):
    for ask in (scratch.get_property_int, scratch.get_property_str_vec):
        with pytest.raises(nexus.PropertyNotFoundError, match=r"MemoryTypes.*1.*Size"):
            ask(["MemorySubsystem", "MemoryTypes", 1, "Size"])
    with pytest.raises(nexus.PropertyNotFoundError):
        scratch.get_property_int([])
    with pytest.raises(nexus.PropertyNotFoundError, match="MemorySubsystem"):
        scratch.get_property_str("MemorySubsystem")


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
            if thing is device and member.name in device.get_info():
                continue  # answered from the record
            with pytest.raises(nexus.PropertyNotFoundError, match=member.name):
                getattr(thing, f"get_property_{kind.name}")(member)


def test_each_type_matches_its_declaration(device):
    kinds = {"str": str, "int": int, "flt": float, "str_vec": list, "int_vec": list}
    for name, value in device.properties().items():
        kind = PROPERTY_TYPES[nexus.property[name]]
        assert isinstance(value, kinds[kind.name])


def test_live_objects_count(scratch, cpu):
    # Garbage of earlier tests could be collected between the two counts.
    gc.collect()
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
    tree = nexus.Properties(
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
    for path in ("Nam", 9999, ["Size", 0], [*MEMORY, 2, "Size"], ["Name", "x"]):
        with pytest.raises(nexus.PropertyNotFoundError):
            tree.get_int(path)
    for wrong in (lambda: tree.get_str("Size"), lambda: tree.get_int_vec("Features")):
        with pytest.raises(nexus.PropertyTypeError):
            wrong()


MEMORY = ["MemorySubsystem", "MemoryTypes"]
TREE = {
    "Name": "x", "Size": 3, "Sparse": True, "MaxPower": 1.5, "Shape": [1, 2],
    "Mixed": [1, "x", 2.5],
    "MemorySubsystem": {"MemoryTypes": [{"Size": 1}, {"Size": 2}]},
}  # fmt: skip


def test_anything_is_got():
    tree = nexus.Properties(TREE)
    assert tree.get("Sparse") is True
    assert tree.get(["Mixed", -1]) == 2.5
    assert tree.get("Mixed") == tree["Mixed"] == [1, "x", 2.5]
    assert tree.get([*MEMORY, 1]).get_int(nexus.property.Size) == 2
    assert tree["MemorySubsystem"]["MemoryTypes"][1]["Size"] == 2
    assert tree.get("Nothing", None) is None
    assert tree.get([*MEMORY, 2, "Size"], 0) == 0
    assert tree.get([*MEMORY, 1, "Size"], 0) == 2
    for ask in (tree.get, tree.__getitem__):
        with pytest.raises(nexus.PropertyNotFoundError):
            ask("Nothing")
        with pytest.raises(KeyError):
            ask([*MEMORY, 2])
    for wrong in (None, 1.5, {}, [None], ["Mixed", 0.0], {"Name"}):
        with pytest.raises(TypeError):
            tree.get(wrong)


def test_paths_that_a_tree_contains():
    tree = nexus.Properties(TREE)
    for key in ("Name", nexus.property.Name, ["Name"], ("Mixed", 0), [*MEMORY, 0, "Size"]):
        assert key in tree
    for absent in (
        "Nam",
        nexus.property.Vendor,
        [],
        ["Name", 0],
        [*MEMORY, 2],
        [*MEMORY, "Size"],
        None,
    ):
        assert absent not in tree
    assert None not in tree
    assert list(tree) == list(TREE)
    assert dict(tree)["Size"] == 3
    assert tree == TREE
    assert tree == nexus.Properties(TREE)


def test_a_tree_is_not_changed_from_outside():
    tree = nexus.Properties(TREE)
    copied = tree.to_dict()
    assert copied == TREE
    copied["MemorySubsystem"]["MemoryTypes"][0]["Size"] = 5
    tree.get("Shape").clear()
    tree.get_int_vec("Shape").clear()
    tree.get(MEMORY).clear()
    assert tree == TREE
    with pytest.raises(TypeError):
        tree["Name"] = "y"


def test_types_of_a_tree():
    tree = nexus.Properties(TREE)
    assert tree.get_flt("Size") == 3.0
    assert isinstance(tree.get_flt("Size"), float)
    assert tree.get_flt_vec("Shape") == [1.0, 2.0]
    assert {type(item) for item in tree.get_flt_vec("Shape")} == {float}
    for wrong, message in (
        (lambda: tree.get_int("Sparse"), "Sparse is a boolean, not an integer"),
        (lambda: tree.get_flt("Sparse"), "Sparse is a boolean, not a number"),
        (lambda: tree.get_int("MaxPower"), "MaxPower is a float, not an integer"),
        (lambda: tree.get_str_vec("Name"), "Name is a string, not a list of strings"),
        (lambda: tree.get_int_vec("Mixed"), "Mixed -> 1 is a string; expected a list of integers"),
        (lambda: tree.get_int([*MEMORY, 0]), "MemoryTypes -> 0 is an object with Size, not an int"),
        (lambda: tree.get_int(MEMORY), "MemorySubsystem -> MemoryTypes is a list of 2, not an int"),
    ):
        with pytest.raises(nexus.PropertyTypeError, match=message) as caught:
            wrong()
        assert isinstance(caught.value, RuntimeError)


def test_errors_show_how_far_a_path_leads():
    tree = nexus.Properties(TREE, "acme.json")
    for path, message in (
        ("Nmae", "no property Nmae: the top has Name, .*; did you mean Name"),
        ([*MEMORY, 5, "Size"], "MemoryTypes -> 5: MemorySubsystem -> MemoryTypes is a list of 2"),
        (
            [*MEMORY, "Size"],
            "MemorySubsystem -> MemoryTypes is a list of 2, with the indexes 0 to 1",
        ),
        ([*MEMORY, 0, "Siez", "x"], "-> 0 -> Siez: .* -> 0 has Size; did you mean Size"),
        (["Name", "x"], "Name -> x: Name is a string"),
        ([nexus.property.Vendor], "no property Vendor: the top has Name"),
    ):
        with pytest.raises(nexus.PropertyNotFoundError, match=message) as caught:
            tree.get(path)
        assert str(caught.value).endswith("(in acme.json)")
    assert tree.origin == tree["MemorySubsystem"].origin == "acme.json"
