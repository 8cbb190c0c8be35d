"""Files and payloads of catalogs that are damaged, outside the folder or unreadable."""

from __future__ import annotations

import os

import pytest
from support.catalogs import ARGUMENTS, sha256

import nexus


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


@pytest.mark.parametrize("same", [8, 16, 63])
def test_the_whole_checksum_is_compared(cpu, load, document, same):
    entry = document["Libraries"][0]["Architectures"][1]
    right = entry["Sha256"]
    rest = "".join("1" if digit == "0" else "0" for digit in right[same:])
    entry["Sha256"] = right[:same] + rest
    refused(cpu, load, document, f"{PLACE}.File", f"is {right}, and {entry['Sha256']} was promised")


def test_a_payload_that_is_not_base64(cpu, load, document):
    for bad in ("%%%", "AAA", "é", "AA==AA"):
        document["Libraries"][1]["Architectures"][0]["Payload"] = bad
        place = "$.Libraries[1].Architectures[0].Payload"
        refused(cpu, load, document, place, "it is not base64", "payload")


@pytest.mark.parametrize(
    "path", ["../twice.so", "cpu/../../twice.so", "/etc/passwd", "..", "cpu\\..\\..\\twice.so"]
)
def test_a_path_outside_the_folder(cpu, load, document, path):
    document["Libraries"][0]["Architectures"][1]["File"] = path
    refused(cpu, load, document, f"{PLACE}.File", "leads out of .*catalog")


@pytest.mark.parametrize("kind", ["file", "folder", "relative"])
def test_a_link_outside_the_folder(cpu, load, document, folder, built, kind):
    file = folder / "cpu" / "twice.so"
    file.unlink()
    if kind == "folder":
        file.parent.rmdir()
        file.parent.symlink_to(built.parent)
    else:
        file.symlink_to(built if kind == "file" else os.path.relpath(built, file.parent))
    refused(cpu, load, document, f"{PLACE}.File", "lies outside of .*catalog")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_to_a_sibling_folder_whose_name_begins_with_the_folder_s(
    cpu, load, document, folder, kind
):
    sibling = folder.with_name(folder.name + "-x")
    (folder / "cpu").rename(sibling)
    if kind == "folder":
        (folder / "cpu").symlink_to(sibling)
    else:
        (folder / "cpu").mkdir()
        (folder / "cpu" / "twice.so").symlink_to(sibling / "twice.so")
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
        reason = "not a regular file"
    elif kind == "huge":
        with open(file, "wb") as sparse:
            sparse.truncate(1 << 30)
        reason = "1073741824 bytes, and 268435456 is the limit"
    elif kind == "nul":
        document["Libraries"][0]["Architectures"][1]["File"] = "cpu/tw\0ice.so"
        # Python 3.13 names the function that found it.
        reason = "cannot be read: .*embedded null"
    refused(cpu, load, document, f"{PLACE}.File", reason)


def test_functions_that_the_library_lacks(cpu, load, document):
    document["Libraries"][0]["Functions"].append({"Name": "thrice"})
    live = cpu.runtime.get_property_int_vec("LiveObjects")
    refused(cpu, load, document, "$.Libraries[0].Functions[1].Name", "'file' lacks 'thrice'")
    assert cpu.runtime.get_property_int_vec("LiveObjects") == live


def test_arguments_that_differ_from_the_library(cpu, load, document):
    for wrong in (ARGUMENTS[:2], [*ARGUMENTS[:2], {"Name": "factor", "Kind": "in"}],
                  [{**ARGUMENTS[0], "DataType": "F64"}, *ARGUMENTS[1:]]):  # fmt: skip
        document["Libraries"][0]["Functions"][0]["ArgumentList"] = wrong
        place = "$.Libraries[0].Functions[0].ArgumentList"
        refused(cpu, load, document, place, r"'twice' takes \(in F32, out F32, scalar F32\)")
    document["Libraries"][0]["Functions"][0]["ArgumentList"] = [
        {"Name": part["Name"], "Kind": part["Kind"]} for part in ARGUMENTS
    ]
    cpu.load_library(load(document), "file").close()
