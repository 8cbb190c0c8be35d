"""Whether the C source of ``nexus._core`` is generated for other headers."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

from codegen.core_needs import lacking
from codegen.headers import read_headers


@pytest.fixture
def headers(tmp_path):
    return Path(shutil.copytree(ROOT / "include", tmp_path / "headers"))


@pytest.fixture(scope="module")
def own():
    return read_headers(ROOT / "include")


def test_our_headers_lack_nothing(own):
    assert lacking(own, own) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (
            "_nxs_functions.h",
            "nxs_int, CreateBuffer, nxs_int device_id,",
            "nxs_int, CreateBuffer, nxs_long device_id,",
            "nxsCreateBuffer is declared otherwise: nxs_int (nxs_long p1, nxs_buffer_layout p2, "
            "void *p3, nxs_uint p4)",
        ),
        ("_nxs_propertys.h", "(PromptMemory,", "(Prompt,", "NP_PromptMemory is not declared"),
        (
            "nxs_platform.h",
            "nxs_ulong dim[",
            "nxs_long dim[",
            "nxs_buffer_layout has other members",
        ),
        ("_nxs_functions.h", "nxs_status, SetCommandArgument,", "nxs_status, SetArgument,", None),
    ],
)
def test_a_difference(headers, own, file, old, new, reason):
    path = headers / "nexus-api" / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    if file == "_nxs_functions.h" and reason is None:
        enums = headers / "nexus-api" / "nxs_functions.h"
        enums.write_text(enums.read_text().replace("nxsSetCommandArgument", "nxsSetArgument"))
        reason = "nxsSetCommandArgument is not declared"
    assert lacking(read_headers(headers), own) == [reason]


def test_the_reasons_are_printed(headers, tmp_path):
    path = headers / "nexus-api" / "_nxs_propertys.h"
    path.write_text(path.read_text().replace("(PromptMemory,", "(Prompt,"))
    command = [sys.executable, ROOT / "build_ffi.py", "--headers", headers, "--out", tmp_path / "o"]
    for option, said in (
        ([], "no _core.c; --verbose lists the 1 reasons\n"),
        (["--verbose"], "no _core.c: NP_PromptMemory is not declared\n"),
    ):
        done = subprocess.run([*command, *option], capture_output=True, text=True, check=True)
        assert done.stderr == said
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "_enums.py",
        "_ffi.c",
        "_ffi.pyi",
        "abi_names.hpp",
    ]
