"""A catalog with one library, as a file and as a payload."""

from __future__ import annotations

import base64
import copy
import json
import shutil

import pytest
from support.catalogs import ARGUMENTS, sha256
from support.compilation import compile_c

import nexus

SOURCE = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(twice, NXS_IN(float, a), NXS_OUT(float, b), NXS_SCALAR(float, factor))
{
  NXS_ITEMS b[NXS_GLOBAL_ID(0)] = 2 * factor * a[NXS_GLOBAL_ID(0)];
}
"""


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
    # Of each test its own: tests change what they get.
    functions = [{"Name": "twice", "ArgumentList": copy.deepcopy(ARGUMENTS)}]
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
