"""Names of the module: data types, properties, versions, descriptions and catalogs."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import nexus


def test_data_types():
    assert nexus.get_data_type("fp16") is nexus.data_type.F16
    assert nexus.get_data_type(np.int8) is nexus.data_type.I8
    with pytest.raises(TypeError, match="expected a data type"):
        nexus.get_data_type("float99")


def test_properties():
    assert nexus.property.get_count() == len(nexus.property)
    assert nexus.property.get_name(6) == "Size"
    assert nexus.property.get_enum("Size") is nexus.property.Size
    assert nexus.property.get("Size") is nexus.property.get(6) is nexus.property.Size
    assert nexus.property.get_type("Keys").name == "int_vec"
    with pytest.raises(KeyError, match="there is no property 'Sise'"):
        nexus.property.get("Sise")
    with pytest.raises(ValueError, match="9999"):
        nexus.property.get_name(9999)


def test_version():
    numbers = ".".join(map(str, nexus.version_info))
    assert len(nexus.version_info) >= 2
    assert nexus.__version__.startswith(numbers)


def test_descriptions_of_devices(cpu):
    text = nexus.format_device_info(cpu.get_info())
    assert f"Name: {cpu.name}" in text.splitlines()
    record = nexus.format_device_info(nexus.lookup_device_info("sm_70"))
    assert "\n  " in record
    with pytest.raises(TypeError, match=r"get_info\(\)"):
        nexus.format_device_info(cpu)


def test_a_record_by_a_file_name_with_an_alias():
    found = nexus.lookup_device_info("apple-gpu-applegpu_g16s")
    assert found is nexus.lookup_device_info("applegpu_g16s")
    for wrong in ("nvidia-gpu-applegpu_g16s", "apple-gpu-applegpu_g99"):
        with pytest.raises(nexus.NotFoundError):
            nexus.lookup_device_info(wrong)


CATALOG = {
    "Libraries": [
        {
            "Name": "scaling",
            "Version": "1.0",
            "Architectures": [{"Architecture": "a", "Payload": "AAAA", "Sha256": "0" * 64}],
        }
    ]
}


def written(folder, name, document):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(document))


def test_catalogs_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("NEXUS_CATALOG_PATH", raising=False)
    assert nexus.get_catalogs() == {}
    first, second = tmp_path / "first", tmp_path / "second"
    written(first, "one.kc", CATALOG)
    written(first, "notes.txt", "none")
    written(second, "one.json", {"Libraries": []})
    written(second, "two.json", CATALOG)
    monkeypatch.setenv("NEXUS_CATALOG_PATH", f"{first}{os.pathsep}{second}")
    found = nexus.get_catalogs()
    assert sorted(found) == ["one", "two"]
    assert list(found["one"]) == ["scaling"]
    monkeypatch.setenv("NEXUS_CATALOG_PATH", str(tmp_path / "missing"))
    with pytest.raises(nexus.CatalogError, match="NEXUS_CATALOG_PATH cannot be listed"):
        nexus.get_catalogs()


def test_an_unknown_property_of_a_foreign_catalog(tmp_path):
    written(tmp_path, "theirs.kc", {**CATALOG, "Colour": "red"})
    with pytest.raises(
        nexus.CatalogError, match=r"'Colour' was unexpected.*versions 1 to 2 of the format"
    ):
        nexus.load_catalog(tmp_path / "theirs.kc")
    (tmp_path / "binary.kc").write_bytes(b"\xff\x00\x01")
    with pytest.raises(nexus.CatalogError, match="versions 1 to 2 of the format"):
        nexus.load_catalog(tmp_path / "binary.kc")
