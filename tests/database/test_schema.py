"""The bundled records: schema, file names, and totals that add up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.paths import ROOT

import nexus
from nexus._enums import PROPERTY_TYPES, data_type
from nexus.device_db.validation import schema, validate

SCHEMAS = ("gpu_architecture_schema", "kernel_catalog")
RECORDS = sorted(Path(nexus.__file__).parent.joinpath("device_db", "device_lib").glob("*.json"))
UNITS = (
    *("in bytes", "in bits", "in MHz", "in GB/s", "in W", "in nm", "in mm^2", "in MT/s"),
    *("in bytes/s", "in TFLOP/s", "in TOP/s", "in clock cycles", "bytes per clock cycle"),
    *("Number of", "number of", "How many", "Year", "a count"),
)
KINDS = {"str": "string", "int": "integer", "flt": "number"}
# Flat properties of the C ABI, and the parts of a record that they correspond to.
NESTED = {"SubUnits"}

record = pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the schema with its references resolved."""
    if "$ref" not in part:
        return part
    target = part["$ref"].split("/")[-1]
    for name in SCHEMAS:
        if target in schema(name)["$defs"]:
            return {**schema(name)["$defs"][target], **part}
    raise KeyError(target)


def declared(name: str = "gpu_architecture_schema") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each property that the schema declares, at any depth."""
    waiting = [schema(name)]
    while waiting:
        part = waiting.pop()
        yield from ((key, resolved(value)) for key, value in part.get("properties", {}).items())
        waiting += [part[key] for key in ("items",) if key in part]
        waiting += [*part.get("properties", {}).values(), *part.get("$defs", {}).values()]


def numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each number in a record."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from numbers(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from numbers(item, (*path, str(index)))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path


def follow(value: Any, path: list[str]) -> Any:
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def memories(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "TotalSize" in value:
            yield value
        for item in value.values():
            yield from memories(item)
    elif isinstance(value, list):
        for item in value:
            yield from memories(item)


def units(parent: dict[str, Any], total: int | None = 1) -> Iterator[tuple[str, int | None, Any]]:
    """Yield type, computed and stated total of each unit that has a total."""
    for unit in parent.get("SubUnits", []):
        count = unit.get("Count")
        of_all = total * count if total is not None and count is not None else None
        if "TotalCount" in unit:
            yield unit["Type"], of_all, unit["TotalCount"]
        yield from units(unit, of_all)


@record
def test_record_follows_the_schema(path):
    assert validate(load(path), "gpu_architecture_schema") == []


@record
def test_file_is_named_after_what_it_describes(path):
    found = load(path)
    assert path.stem == f"{found['Vendor']}-{found['Type']}-{found['Architecture']}"
    assert path.name == path.name.lower()


@record
def test_each_number_has_a_source(path):
    found = load(path)
    fields = [field.split(".") for source in found["Sources"] for field in source["Fields"]]
    for field in fields:
        follow(found, field)
    for number in numbers({key: found[key] for key in found if key != "Sources"}):
        assert any(list(number[: len(field)]) == field for field in fields), ".".join(number)


@record
def test_sizes_and_counts_add_up(path):
    found = load(path)
    for memory in memories(found):
        if "Size" in memory and "Count" in memory:
            assert memory["Size"] * memory["Count"] == memory["TotalSize"], memory
    for kind, expected, stated in units(found.get("CoreSubsystem", {})):
        assert expected in (None, stated), kind
    # Values that occur in two places are equal.
    main = found.get("MemorySubsystem", {}).get("MemoryTypes", [{}])[0]
    pairs = [
        (found, found.get("Limits", {}), ("MaxThreadsPerBlock", "MaxThreadgroupsPerCore")),
        (found, found.get("Limits", {}), ("MaxThreadgroupMemorySize", "MaxBufferSize")),
        (found, found.get("PowerEfficiency", {}), ("MaxPower",)),
        (found, found.get("CoreSubsystem", {}), ("Count", "SubUnitType")),
    ]
    for one, other, names in pairs:
        for name in names:
            assert name not in one or name not in other or one[name] == other[name], name
    for name, inner in (("GlobalMemorySize", "TotalSize"), ("MemoryBusWidth", "BusWidth")):
        if name in found and inner in main:
            assert found[name] == main[inner], name


@record
def test_main_memory_and_last_level_cache_come_first(path):
    found = load(path)
    types = [memory["Type"] for memory in found["MemorySubsystem"]["MemoryTypes"]]
    assert types[0].startswith(("HBM", "GDDR", "LPDDR", "DDR", "Main")), types
    if found["Vendor"] != "generic":
        assert types[1].startswith(("L2", "L3")), types


def test_generic_records_hold_nothing_that_differs_between_processors():
    generic = [load(path) for path in RECORDS if path.stem.startswith("generic-")]
    assert len(generic) == 5
    for found in generic:
        assert "ReleaseYear" not in found
        assert found["MemorySubsystem"]["MemoryTypes"] == [
            {"Type": "Main", "SizeProperty": "GlobalMemorySize"}
        ]
        assert found["Limits"].keys() == {"MinVectorLength"}


def test_the_year_is_required_except_of_a_generic_record():
    found = load(next(path for path in RECORDS if path.stem == "generic-cpu-aarch64"))
    assert validate(found, "gpu_architecture_schema") == []
    (problem,) = validate({**found, "Vendor": "acme"}, "gpu_architecture_schema")
    assert problem == ("$", "'ReleaseYear' is a required property")


@record
def test_compatible_architectures_are_those_of_records_with_no_more_features(path):
    """A compatible architecture needs no feature that the record lacks."""
    found = load(path)
    model = found.get("KernelModel", {})
    for architecture in model.get("CompatibleArchitectures", []):
        other = nexus.lookup_device_info(architecture)
        assert other["Architecture"] == architecture
        assert other["Type"] == found["Type"]
        assert set(other["KernelModel"]["TargetFeatures"]) <= set(model["TargetFeatures"])


def test_aliases_are_unique():
    owners: dict[str, str] = {}
    for path in RECORDS:
        found = load(path)
        for alias in (found["Name"], found["Architecture"], *found.get("Aliases", [])):
            assert owners.setdefault(alias.lower(), path.stem) == path.stem, alias


@pytest.mark.parametrize(
    ("device", "architectures"),
    [
        ("nvidia-gpu", "sm_70 sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120"),
        ("amd-gpu", "gfx906 gfx90a gfx942 gfx950 gfx1030 gfx1100 gfx1201"),
        ("apple-gpu", "m1 m1-pro m1-max m1-ultra m2 m2-pro m2-max m2-ultra"),
        ("apple-gpu", "m3 m3-pro m3-max m3-ultra m4 m4-pro m4-max"),
        ("apple-gpu", "applegpu_g13g applegpu_g13s applegpu_g13c applegpu_g13d"),
        ("apple-gpu", "applegpu_g14g applegpu_g14s applegpu_g14d applegpu_g15g applegpu_g16g"),
        ("apple-gpu", "applegpu_g16s"),
        ("intel-gpu", "xe-lp xe-hpc xe-hpg xe2"),
        ("arm-gpu", "mali-g78 mali-g710"),
        ("qualcomm-gpu", "adreno-740 adreno-x1-85"),
        ("generic-cpu", "x86_64 x86_64-v2 x86_64-v3 x86_64-v4 aarch64"),
        ("apple-cpu", "apple-m1 apple-m2 apple-m3 apple-m4"),
        ("arm-cpu", "neoverse-n1 neoverse-v1 neoverse-v2"),
    ],
)
def test_records_that_have_to_be_there(device, architectures):
    for architecture in architectures.split():
        found = nexus.lookup_device_info(architecture)
        assert f"{found['Vendor']}-{found['Type']}" == device
        assert nexus.get_device_info()[f"{device}-{found['Architecture']}"] is found
        for name in (found["Name"], *found.get("Aliases", [])):
            assert nexus.lookup_device_info(name.upper()) is found


def test_schema_and_header_agree():
    kinds = {member.name: kind.name for member, kind in PROPERTY_TYPES.items()}
    shared = 0
    for name, part in declared():
        if name not in kinds or name in NESTED:
            continue
        shared += 1
        scalar, _, vector = kinds[name].partition("_")
        if scalar == "obj":
            assert part["type"] in ("object", "array"), name
        elif vector:
            assert part["type"] == "array", name
            item = resolved(part["items"])
            assert item.get("type", "string") == KINDS[scalar], name
        else:
            assert part.get("type") == KINDS[scalar], name
    assert shared > 30
    named = {name.lower(): name for name in kinds}
    for name, _ in declared():
        assert named.get(name.lower(), name) == name, "spelled otherwise than in the header"


def test_schema_knows_the_data_types_of_the_header():
    types = set(data_type.__members__) - {"Undefined", "Mask", "Flags_Mask"}
    types = {name for name in types if not name.startswith("Block")}
    assert set(schema("gpu_architecture_schema")["$defs"]["DataType"]["enum"]) == types


def test_properties_of_the_device_at_hand_have_the_type_of_what_they_fill():
    definitions = schema("gpu_architecture_schema")["$defs"]
    for name in ("SizeProperty", "CountProperty"):
        for member in definitions[name]["enum"]:
            assert PROPERTY_TYPES[nexus.property[member]].name == "int"


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one(name):
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    shipped = json.loads((ROOT / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    assert schema(name) == shipped, "build again"


def test_both_schemas_know_the_same_data_types():
    one, other = (schema(name)["$defs"]["DataType"] for name in SCHEMAS)
    assert one == other


@pytest.mark.parametrize("of", SCHEMAS)
def test_schema_is_consistent(of):
    for name, part in declared(of):
        assert name == "$schema" or name[0].isupper(), name
        assert "_" not in name, name
        assert part["description"].endswith("."), name
        if part.get("type") in ("integer", "number") and name != "Generation":
            assert any(unit in part["description"] for unit in UNITS), (name, part["description"])


@pytest.mark.parametrize("of", SCHEMAS)
def test_schema_closes_every_object(of):
    assert schema(of)["additionalProperties"] is False
    for name, part in declared(of):
        for each in (part, resolved(part.get("items", {}))):
            if each.get("type") == "object":
                assert each["additionalProperties"] is False, name
