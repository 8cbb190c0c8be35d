"""Catalogs that keep the source of a library, and versions of the format."""

from __future__ import annotations

import pytest
from support.catalogs import ARGUMENTS, sha256

import nexus

TEXT = """#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(twice, NXS_IN(float, a), NXS_OUT(float, b), NXS_SCALAR(float, factor))
{ NXS_ITEMS b[NXS_GLOBAL_ID(0)] = 2 * factor * a[NXS_GLOBAL_ID(0)]; }
"""


@pytest.fixture
def kept(document):
    """Return a document with one library, which has only a source."""
    source = {"Name": "twice.c", "Text": TEXT, "Sha256": sha256(TEXT.encode())}
    functions = [{"Name": "twice", "ArgumentList": ARGUMENTS}]
    library = {"Name": "file", "Version": "1", "Source": source, "Functions": functions}
    return {"FormatVersion": 2, "Libraries": [library]}


def test_a_library_that_has_only_a_source(cpu, load, kept):
    with cpu.load_library(load(kept)) as library:
        assert library.built_for == "source"
        assert library.get_kernel("twice").argument_names == ("a", "b", "factor")


def test_a_build_precedes_the_source(cpu, load, kept, document):
    kept["Libraries"][0]["Architectures"] = document["Libraries"][1]["Architectures"]
    kept["Libraries"][0]["Source"]["Sha256"] = "0" * 64
    with cpu.load_library(load(kept)) as library:
        assert library.built_for == cpu.get_property_str("Architecture")


def test_the_source_s_checksum_is_compared(cpu, load, kept):
    right = kept["Libraries"][0]["Source"]["Sha256"]
    kept["Libraries"][0]["Source"]["Text"] += " "
    with pytest.raises(nexus.CatalogError, match=f"source is .*, and {right} was prom") as caught:
        cpu.load_library(load(kept))
    assert caught.value.place == "$.Libraries[0].Source.Text"


def test_a_source_that_does_not_compile_on_a_device(cpu, load, kept, document):
    kept["Libraries"][0]["Architectures"] = document["Libraries"][0]["Architectures"][:1]
    source = kept["Libraries"][0]["Source"]
    source["Text"] += "#error not here\n"
    source["Sha256"] = sha256(source["Text"].encode())
    with pytest.raises(
        nexus.LibraryError, match=r"is built for other; .* so its source was comp"
    ) as e:
        cpu.load_library(load(kept))
    assert "twice.c:4:2: error: #error not here" in e.value.log
    assert e.value.status is nexus.status.NXS_BuildProgramFailure
    assert e.value.function == "nxsCreateLibrary"


def test_a_source_has_to_match_the_functions(cpu, load, kept):
    kept["Libraries"][0]["Functions"][0]["Name"] = "thrice"
    live = cpu.runtime.get_property_int_vec("LiveObjects")
    with pytest.raises(nexus.CatalogError, match="lacks 'thrice'"):
        cpu.load_library(load(kept))
    assert cpu.runtime.get_property_int_vec("LiveObjects") == live


def test_the_name_of_a_source_is_checked(load, kept):
    kept["Libraries"][0]["Source"]["Name"] = 'a"\n#error'
    with pytest.raises(nexus.CatalogError, match=r"Source\.Name: .* does not match"):
        load(kept)


def test_a_library_needs_a_build_or_a_source(load, kept):
    del kept["Libraries"][0]["Source"]
    with pytest.raises(
        nexus.CatalogError, match="at least one of 'Architectures' and 'Source' has"
    ):
        load(kept)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (
            3,
            r"\$\.FormatVersion: the file has version 3 of the format: install a later nexus",
        ),
        (10**30, "has version 1000000000000000000000000000000 of the format"),
        (0, "0 is less than the minimum"),
        ("2", "'2' is not of type 'integer'"),
        (True, "True is not of type 'integer'"),
    ],
)
def test_versions_of_the_format(load, kept, version, reason):
    kept["FormatVersion"] = version
    # A later version may have anything else.
    kept["Libraries"] = [] if version != 3 else {}
    with pytest.raises(nexus.CatalogError, match=reason):
        load(kept)


def test_the_first_version_is_read(cpu, load, document):
    document["FormatVersion"] = 1
    cpu.load_library(load(document), "file").close()


def test_builds_for_two_systems_may_stand_together(load, document):
    (entry,) = document["Libraries"][1]["Architectures"]
    document["Libraries"][1]["Architectures"] = [{**entry, "System": s} for s in ("linux", "macos")]
    assert len(load(document)["payload"].get("Architectures")) == 2
    document["Libraries"][1]["Architectures"][1]["System"] = "linux"
    with pytest.raises(nexus.CatalogError, match=r"'linux .*' stands there twice"):
        load(document)


def test_catalogs_by_name(cpu, load, document, folder, monkeypatch):
    load(document)
    (folder / "catalog.json").rename(folder / "more.nxc")
    monkeypatch.setenv("NEXUS_CATALOG_PATH", str(folder))
    assert list(nexus.get_catalogs()) == ["more"]
    cpu.load_library("more", "file").close()
    # A file that exists precedes a catalog of that name.
    monkeypatch.chdir(folder)
    (folder / "more").write_text("{}")
    with pytest.raises(nexus.CatalogError, match="'Libraries' is a required property"):
        cpu.load_library("more", "file")
    monkeypatch.delenv("NEXUS_CATALOG_PATH")
    with pytest.raises(nexus.CatalogError, match="unknown: it cannot be read"):
        cpu.load_library("unknown", "file")
