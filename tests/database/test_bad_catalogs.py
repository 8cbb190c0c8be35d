"""Catalogs that violate the schema or are not JSON."""

from __future__ import annotations

import copy

import pytest

import nexus


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
