"""Catalogs: what they contain, and which library a device gets."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
from support.acme import write
from support.catalogs import ARGUMENTS, sha256

import nexus
from nexus.device_db import database as device_db
from nexus.device_db.catalog import _agree
from nexus.device_db.database import Database
from nexus.kernel_argument import KernelArgument


@pytest.mark.parametrize("name", ["file", "payload"])
def test_a_library_is_loaded_and_runs(cpu, load, document, name):
    with cpu.load_library(load(document), name) as library:
        x = cpu.create_buffer(np.arange(8, dtype=np.float32))
        y = cpu.create_buffer(8, dtype="float32")
        library.get_kernel("twice")(x, y, 1.5, group_size=4, grid_size=8)
        assert y.numpy().tolist() == [3.0 * i for i in range(8)]


def test_contents_of_a_catalog(load, document, folder):
    catalog = load(document)
    assert list(catalog) == ["file", "payload"]
    assert len(catalog) == 2
    assert catalog.file == str(folder / "catalog.json")
    assert catalog["file"].get_str("Version") == "1.2"
    assert catalog["file"].get_str(["Functions", 0, "Name"]) == "twice"
    arguments = catalog["payload"].get(["Functions", 0, "ArgumentList"])
    assert [argument.to_dict() for argument in arguments] == ARGUMENTS
    assert arguments[2].get_str("DataType") == "F32"
    with pytest.raises(KeyError):
        catalog["nothing"]


def test_the_paths_of_a_catalog_start_at_its_folder(cpu, load, document, folder, monkeypatch):
    load(document)
    monkeypatch.chdir(folder.parent)
    catalog = nexus.load_catalog("catalog/catalog.json")
    monkeypatch.chdir("/")
    cpu.load_library(catalog, "file").close()


def test_aliases_and_compatible_architectures_match(cpu, load, document, tmp_path, monkeypatch):
    keys = ("Vendor", "Type", "Architecture")
    identity = {key: cpu.get_property_str(key) for key in keys}
    model = {"CompatibleArchitectures": ["Third", "fourth"]}
    write(tmp_path / "records", **identity, Aliases=["first", "second"], KernelModel=model)
    database = Database([tmp_path / "records"])
    monkeypatch.setattr(device_db, "database", lambda: database)
    device = nexus.Device(cpu.runtime, 0)

    exact = document["Libraries"][0]["Architectures"][1]
    alias = {**exact, "Architecture": "Second"}
    wrong = {**exact, "Sha256": sha256(b"")}
    document["Libraries"][0]["Architectures"] = [alias]
    device.load_library(load(document), "file").close()
    # The architecture itself takes precedence.
    document["Libraries"][0]["Architectures"] = [alias, wrong]
    with pytest.raises(nexus.CatalogError, match=r"Architectures\[1\]"):
        device.load_library(load(document), "file")
    # Earlier aliases precede later ones, and all aliases precede compatible architectures.
    names = ["first", "second", "third", "fourth"]
    for better, worse in itertools.pairwise(names):
        alias["Architecture"], wrong["Architecture"] = worse, better
        with pytest.raises(nexus.CatalogError, match=r"Architectures\[1\]"):
            device.load_library(load(document), "file")
    document["Libraries"][0]["Architectures"] = [alias]
    device.load_library(load(document), "file").close()


def test_vendor_and_type_must_match_if_present(cpu, load, document):
    entry = document["Libraries"][0]["Architectures"][1]
    entry.update(Vendor=cpu.get_property_str("Vendor").upper(), Type="cpu")
    cpu.load_library(load(document), "file").close()
    for key in ("Vendor", "Type"):
        changed = copy.deepcopy(document)
        changed["Libraries"][0]["Architectures"][1][key] = "nobody"
        with pytest.raises(nexus.LibraryError, match=r"is built for .*\bother\b"):
            cpu.load_library(load(changed), "file")


def test_a_device_without_a_matching_entry(load, document, cpu, field):
    document["Libraries"][0]["Architectures"].pop()
    catalog = load(document)
    architecture = cpu.get_property_str("Architecture")
    with pytest.raises(nexus.LibraryError, match=rf"'file' .* built for other; .* {architecture}"):
        cpu.load_library(catalog, "file")
    with pytest.raises(nexus.LibraryError, match="of no known architecture"):
        field.load_library(catalog, "file")


def test_wrong_arguments(cpu, load, document):
    catalog = load(document)
    with pytest.raises(nexus.NotFoundError, match=r"no library 'fiel'; did you mean file"):
        cpu.load_library(catalog, "fiel")
    with pytest.raises(TypeError, match="name of a library as a str, got None"):
        cpu.load_library(catalog)
    with pytest.raises(TypeError, match="name of a library as a str, got 3"):
        cpu.load_library(catalog, 3)
    with pytest.raises(TypeError, match=r"expected a nexus\.Catalog, got dict"):
        cpu.load_library({})
    with pytest.raises(TypeError, match=r"expected a nexus\.Catalog, got bytes"):
        cpu.load_library(b"kernel", "file")
    with pytest.raises(nexus.CatalogError, match=r"kernel\.so: it cannot be read: No such file"):
        cpu.load_library("kernel.so", "file")


def test_partial_declarations_match():
    listed = [nexus.Properties(argument) for argument in ARGUMENTS]
    # Some plugins cannot distinguish an input buffer from a scalar, or report even less.
    for kinds, data_type, agrees in (
        (("in or scalar", "out", "in or scalar"), nexus.data_type.F32, True),
        (("?", "?", "?"), nexus.data_type.Undefined, True),
        (("in or scalar", "in or scalar", "scalar"), nexus.data_type.F32, False),
        (("in", "out", "scalar"), nexus.data_type.F64, False),
    ):
        declared = [KernelArgument(kind, data_type) for kind in kinds]
        assert _agree(listed, declared) == agrees
    assert _agree(listed, [])


def test_bytes_that_are_not_a_library(cpu, load, document, folder):
    (folder / "cpu" / "twice.so").write_bytes(b"\x7fELF nothing")
    entry = document["Libraries"][0]["Architectures"][1]
    entry["Sha256"] = sha256(b"\x7fELF nothing")
    architecture = entry["Architecture"]
    with pytest.raises(nexus.LibraryError, match=rf"'file' of .*, built for {architecture}: a lib"):
        cpu.load_library(load(document), "file")
