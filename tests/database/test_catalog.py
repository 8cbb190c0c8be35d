"""Catalogs: which library a device gets, and what is refused."""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
import json
import os
import shutil

import numpy as np
import pytest
from support.acme import write
from support.compilation import compile_c

import nexus
from nexus.device_db import database as device_db
from nexus.device_db.catalog import _agree
from nexus.device_db.database import Database
from nexus.kernel import KernelArgument

SOURCE = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(twice, NXS_IN(float, a), NXS_OUT(float, b), NXS_SCALAR(float, factor))
{
  NXS_ITEMS b[NXS_GLOBAL_ID(0)] = 2 * factor * a[NXS_GLOBAL_ID(0)];
}
"""
ARGUMENTS = [
    {"Name": "a", "Kind": "in", "DataType": "F32"},
    {"Name": "b", "Kind": "out", "DataType": "F32"},
    {"Name": "factor", "Kind": "scalar", "DataType": "F32"},
]


def sha256(raw):
    return hashlib.sha256(raw).hexdigest()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a library's file."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "twice.c").write_text(SOURCE)
    return compile_c(folder / "twice.c", folder / "twice.so")


@pytest.fixture
def folder(tmp_path, built):
    """Return the folder of a catalog, with the library in it."""
    folder = tmp_path / "catalog"
    (folder / "cpu").mkdir(parents=True)
    shutil.copy(built, folder / "cpu" / "twice.so")
    return folder


@pytest.fixture
def document(folder, built, cpu):
    """Return a catalog with the library as a file and as a payload."""
    raw = built.read_bytes()
    architecture = cpu.get_property_str("Architecture")
    functions = [{"Name": "twice", "ArgumentList": ARGUMENTS}]
    entries = [
        {"Architecture": "other", "File": "nowhere.so", "Sha256": sha256(b"")},
        {"Architecture": architecture, "File": "cpu/twice.so", "Sha256": sha256(raw)},
    ]
    payload = {
        "Architecture": architecture,
        "Payload": base64.b64encode(raw).decode(),
        "Sha256": sha256(raw).upper(),
    }
    return {
        "Name": "tests",
        "Libraries": [
            {"Name": "file", "Version": "1.2", "Architectures": entries, "Functions": functions},
            {"Name": "payload", "Version": "2", "Architectures": [payload], "Functions": functions},
        ],
    }


@pytest.fixture
def load(folder):
    """Return a function that reads a catalog from its folder."""

    def load_document(document):
        path = folder / "catalog.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return nexus.load_catalog(path)

    return load_document


@pytest.mark.parametrize("name", ["file", "payload"])
def test_a_library_is_loaded_and_runs(cpu, load, document, name):
    with cpu.load_library(load(document), name) as library:
        x = cpu.create_buffer(np.arange(8, dtype=np.float32))
        y = cpu.create_buffer(8, dtype="float32")
        library.get_kernel("twice")(x, y, 1.5, group_size=4, grid_size=8)
        assert y.numpy().tolist() == [3.0 * i for i in range(8)]


def test_what_a_catalog_tells(load, document, folder):
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


def test_an_alias_of_the_architecture_and_compatible_ones_fit_too(
    cpu, load, document, tmp_path, monkeypatch
):
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
    # The architecture itself counts for more.
    document["Libraries"][0]["Architectures"] = [alias, wrong]
    with pytest.raises(nexus.CatalogError, match=r"Architectures\[1\]"):
        device.load_library(load(document), "file")
    # An earlier alias for more than a later one, and what is compatible for less than either.
    names = ["first", "second", "third", "fourth"]
    for better, worse in itertools.pairwise(names):
        alias["Architecture"], wrong["Architecture"] = worse, better
        with pytest.raises(nexus.CatalogError, match=r"Architectures\[1\]"):
            device.load_library(load(document), "file")
    document["Libraries"][0]["Architectures"] = [alias]
    device.load_library(load(document), "file").close()


def test_vendor_and_type_have_to_fit_where_they_are_given(cpu, load, document):
    entry = document["Libraries"][0]["Architectures"][1]
    entry.update(Vendor=cpu.get_property_str("Vendor").upper(), Type="cpu")
    cpu.load_library(load(document), "file").close()
    for key in ("Vendor", "Type"):
        changed = copy.deepcopy(document)
        changed["Libraries"][0]["Architectures"][1][key] = "nobody"
        with pytest.raises(nexus.LibraryError, match=r"is built for .*\bother\b"):
            cpu.load_library(load(changed), "file")


def test_a_device_that_nothing_was_built_for(load, document, cpu, field):
    document["Libraries"][0]["Architectures"].pop()
    catalog = load(document)
    architecture = cpu.get_property_str("Architecture")
    with pytest.raises(nexus.LibraryError, match=rf"'file' .* built for other; .* {architecture}"):
        cpu.load_library(catalog, "file")
    with pytest.raises(nexus.LibraryError, match="of no known architecture"):
        field.load_library(catalog, "file")


def test_wrong_questions(cpu, load, document):
    catalog = load(document)
    with pytest.raises(nexus.NotFoundError, match=r"no library 'fiel'; did you mean file"):
        cpu.load_library(catalog, "fiel")
    with pytest.raises(TypeError, match="name of a library as a str, got None"):
        cpu.load_library(catalog)
    with pytest.raises(TypeError, match="name of a library as a str, got 3"):
        cpu.load_library(catalog, 3)
    with pytest.raises(TypeError, match=r"expected a nexus\.Catalog, got dict"):
        cpu.load_library({})
    with pytest.raises(TypeError, match=r"expected a nexus\.Catalog, got str"):
        cpu.load_library("kernel.so", "file")


def refused(cpu, load, document, place, reason, name="file"):
    with pytest.raises(nexus.CatalogError, match=reason) as caught:
        cpu.load_library(load(document), name)
    assert caught.value.place == place
    assert caught.value.file.endswith("catalog.json")


PLACE = "$.Libraries[0].Architectures[1]"


def test_a_checksum_that_does_not_match(cpu, load, document, folder):
    refused(cpu, load, {**document, "Libraries": [
        {**document["Libraries"][1], "Architectures": [
            {**document["Libraries"][1]["Architectures"][0], "Sha256": sha256(b"x")}]}]},
        "$.Libraries[0].Architectures[0].Payload", sha256(b"x"), "payload")  # fmt: skip
    with open(folder / "cpu" / "twice.so", "ab") as file:
        file.write(b"\0")
    refused(cpu, load, document, f"{PLACE}.File", r"SHA-256 of .*cpu/twice\.so is")
    cpu.load_library(load(document), "payload").close()


def test_a_payload_that_is_no_base64(cpu, load, document):
    for bad in ("%%%", "AAA", "é", "AA==AA"):
        document["Libraries"][1]["Architectures"][0]["Payload"] = bad
        place = "$.Libraries[1].Architectures[0].Payload"
        refused(cpu, load, document, place, "it is no base64", "payload")


@pytest.mark.parametrize(
    "path", ["../twice.so", "cpu/../../twice.so", "/etc/passwd", "..", "cpu\\..\\..\\twice.so"]
)
def test_a_path_that_leads_out(cpu, load, document, path):
    document["Libraries"][0]["Architectures"][1]["File"] = path
    refused(cpu, load, document, f"{PLACE}.File", "leads out of .*catalog")


@pytest.mark.parametrize("kind", ["file", "folder", "relative"])
def test_a_link_that_leads_out(cpu, load, document, folder, built, kind):
    file = folder / "cpu" / "twice.so"
    file.unlink()
    if kind == "folder":
        file.parent.rmdir()
        file.parent.symlink_to(built.parent)
    else:
        file.symlink_to(built if kind == "file" else os.path.relpath(built, file.parent))
    refused(cpu, load, document, f"{PLACE}.File", "lies outside of .*catalog")


def test_a_link_within_the_folder(cpu, load, document, folder):
    (folder / "cpu" / "twice.so").rename(folder / "real.so")
    (folder / "cpu" / "twice.so").symlink_to("../real.so")
    cpu.load_library(load(document), "file").close()


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "huge", "nul"])
def test_a_file_that_cannot_be_read(cpu, load, document, folder, kind):
    file = folder / "cpu" / "twice.so"
    file.unlink()
    reason = "cannot be read: No such file"
    if kind == "folder":
        file.mkdir()
        reason = "cannot be read: Is a directory"
    elif kind == "fifo":
        os.mkfifo(file)
        reason = "no regular file"
    elif kind == "huge":
        with open(file, "wb") as sparse:
            sparse.truncate(1 << 30)
        reason = "1073741824 bytes, and 268435456 is the limit"
    elif kind == "nul":
        document["Libraries"][0]["Architectures"][1]["File"] = "cpu/tw\0ice.so"
        reason = "cannot be read: embedded null"
    refused(cpu, load, document, f"{PLACE}.File", reason)


def test_functions_that_the_library_lacks(cpu, load, document):
    document["Libraries"][0]["Functions"].append({"Name": "thrice"})
    live = cpu.runtime.get_property_int_vec("LiveObjects")
    refused(cpu, load, document, "$.Libraries[0].Functions[1].Name", "'file' lacks 'thrice'")
    assert cpu.runtime.get_property_int_vec("LiveObjects") == live


def test_arguments_that_are_not_the_librarys(cpu, load, document):
    for wrong in (ARGUMENTS[:2], [*ARGUMENTS[:2], {"Name": "factor", "Kind": "in"}],
                  [{**ARGUMENTS[0], "DataType": "F64"}, *ARGUMENTS[1:]]):  # fmt: skip
        document["Libraries"][0]["Functions"][0]["ArgumentList"] = wrong
        place = "$.Libraries[0].Functions[0].ArgumentList"
        refused(cpu, load, document, place, r"'twice' takes \(in F32, out F32, scalar F32\)")
    document["Libraries"][0]["Functions"][0]["ArgumentList"] = [
        {"Name": part["Name"], "Kind": part["Kind"]} for part in ARGUMENTS
    ]
    cpu.load_library(load(document), "file").close()


def test_a_kernel_that_declares_little_agrees_with_much():
    listed = [nexus.Properties(argument) for argument in ARGUMENTS]
    # Some plugins cannot tell a buffer that is only read from a value, or tell less yet.
    for kinds, data_type, agrees in (
        (("in or scalar", "out", "in or scalar"), nexus.data_type.F32, True),
        (("?", "?", "?"), nexus.data_type.Undefined, True),
        (("in or scalar", "in or scalar", "scalar"), nexus.data_type.F32, False),
        (("in", "out", "scalar"), nexus.data_type.F64, False),
    ):
        declared = [KernelArgument(kind, data_type) for kind in kinds]
        assert _agree(listed, declared) == agrees
    assert _agree(listed, [])


def test_bytes_that_are_no_library(cpu, load, document, folder):
    (folder / "cpu" / "twice.so").write_bytes(b"\x7fELF nothing")
    document["Libraries"][0]["Architectures"][1]["Sha256"] = sha256(b"\x7fELF nothing")
    with pytest.raises(nexus.LibraryError):
        cpu.load_library(load(document), "file")


def twice(document, *path):
    """Put the first item of a list in it again."""
    for step in path:
        document = document[step]
    document.append(copy.deepcopy(document[0]))


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        (lambda d: twice(d, "Libraries"), "$.Libraries[2].Name", "'file' stands there twice"),
        (lambda d: twice(d, "Libraries", 0, "Architectures"), "$.Libraries[0].Architectures[2]",
         "'other' stands there twice"),
        (lambda d: twice(d, "Libraries", 0, "Functions"), "$.Libraries[0].Functions[1]",
         "'twice' stands there twice"),
        (lambda d: d["Libraries"][1].pop("Version"), "$.Libraries[1]", "'Version' is a required"),
        (lambda d: d["Libraries"][1]["Architectures"][0].pop("Payload"),
         "$.Libraries[1].Architectures[0]", "exactly one of 'File' and 'Payload' has"),
        (lambda d: d["Libraries"][0]["Architectures"][0].update(Payload="AAAA"),
         "$.Libraries[0].Architectures[0]", "exactly one of 'File' and 'Payload' has"),
        (lambda d: d["Libraries"][0]["Architectures"][0].update(Sha256="abc"),
         "$.Libraries[0].Architectures[0].Sha256", "does not match"),
        (lambda d: d["Libraries"][0]["Functions"][0]["ArgumentList"][1].update(Kind="inout"),
         "$.Libraries[0].Functions[0].ArgumentList[1].Kind", "'inout' is not one of"),
        (lambda d: d.pop("Libraries"), "$", "'Libraries' is a required property"),
    ],
)  # fmt: skip
def test_catalogs_that_break_the_rules(load, document, change, place, reason):
    change(document)
    with pytest.raises(nexus.CatalogError, match=reason) as caught:
        load(document)
    assert caught.value.place == place
    assert len(str(caught.value)) < 1000


def test_catalogs_that_are_no_json(tmp_path):
    path = tmp_path / "catalog.json"
    for raw, place in ((b'{"Libraries": [}', "line 1, column 16"), (b"\xff", "line 1, column 1")):
        path.write_bytes(raw)
        with pytest.raises(nexus.CatalogError) as caught:
            nexus.load_catalog(path)
        assert (caught.value.file, caught.value.place) == (str(path), place)
    with open(path, "wb") as sparse:
        sparse.truncate(1 << 30)
    with pytest.raises(nexus.CatalogError, match="1073741824 bytes, and 67108864 is the limit"):
        nexus.load_catalog(path)
    with pytest.raises(nexus.CatalogError, match="cannot be read: No such file"):
        nexus.load_catalog(tmp_path / "nothing.json")
    with pytest.raises(TypeError):
        nexus.load_catalog(None)
