"""The CPU plugin under a host that others could have written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.abi import I32, NULL, ONE, Abi
from support.other_host import expected_lines, run_host
from support.paths import ROOT

import nexus
from nexus._enums import command_arg_type
from nexus._ffi import ffi

DECLARED = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale_if, NXS_OUT(float, x), NXS_SCALAR(float, factor), NXS_SCALAR(bool, on),
           NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (on && i < n) x[i] *= factor; }
}
"""


@pytest.fixture
def plugin(plugin_folder: Path) -> Path:
    return Path(nexus.get_runtime("cpu").path)


@pytest.fixture
def kernels(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.c"
    path.write_text(DECLARED)
    return path


def test_the_plugin_works_under_another_host(plugin, kernels, tmp_path):
    assert run_host(plugin, kernels, tmp_path) == expected_lines("cpu")


@pytest.fixture
def copied(plugin, tmp_path, monkeypatch):
    """Return a copy of the plugin in a folder of its own, without the folder of headers."""
    monkeypatch.delenv("NEXUS_HOME", raising=False)
    folder = tmp_path / "host"
    folder.mkdir()
    return Path(shutil.copy(plugin, folder))


def test_a_copied_plugin_has_the_headers_of_kernels(copied, kernels, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setenv("NEXUS_CACHE_DIR", str(cache))
    assert run_host(copied, kernels, tmp_path) == expected_lines("cpu")
    (headers,) = (cache / "cpu").glob("include-*/nexus-api")
    assert {file.name for file in headers.iterdir()} == {
        file.name for file in (ROOT / "include" / "nexus-api").glob("*.h")
    }
    # A header that was damaged is written anew.
    kernel, kept = headers / "nxs_kernel.h", (ROOT / "include/nexus-api/nxs_kernel.h").read_text()
    kernel.write_text("#error damaged\n")
    kernels.write_text(kernels.read_text() + "/* another text */\n")
    assert run_host(copied, kernels, tmp_path) == expected_lines("cpu")
    assert kernel.read_text() == kept


def test_a_copied_plugin_without_a_cache(copied, kernels, tmp_path, monkeypatch, temporary):
    unusable = tmp_path / "file"
    unusable.write_text("")
    monkeypatch.setenv("NEXUS_CACHE_DIR", str(unusable))
    assert run_host(copied, kernels, tmp_path) == expected_lines("cpu")
    assert list(temporary.iterdir()) == []


@pytest.fixture
def command():
    """Return the functions of the plugin, and a command for "scale", which has three arguments."""
    abi = Abi("cpu")
    library = abi.library()
    schedule = abi.make("CreateSchedule", 0, 0)
    yield abi, abi.make("CreateCommand", schedule, abi.make("GetKernel", library, b"scale"), 0)
    abi.make("ReleaseSchedule", schedule)
    abi.make("ReleaseLibrary", library)


def test_only_named_constants_beyond_the_arguments_are_ignored(command):
    abi, number = command
    value = ffi.new("int *", 7)
    constant = command_arg_type.Constant | I32
    abi.make("SetCommandScalar", number, 3, value, b"BLOCK", constant)
    for name, settings in ((NULL, constant), (b"", constant), (b"BLOCK", I32)):
        assert abi.failure("SetCommandScalar", number, 3, value, name, settings) == (
            "InvalidArgIndex"
        )
    # Among the arguments it is one: a scalar of the type that it reads as, which has two bytes.
    assert abi.failure("SetCommandScalar", number, 2, value, b"n", constant) == "InvalidArgSize"
    for index in (-1, 64):
        assert abi.failure("SetCommandScalar", number, index, value, b"BLOCK", constant) == (
            "InvalidArgIndex"
        )


def test_a_scalar_without_a_type_is_not_a_buffer(command):
    abi, number = command
    value = ffi.new("double *")
    assert abi.failure("SetCommandScalar", number, 0, value, NULL, 0) == "InvalidArgValue"
    assert abi.failure("SetCommandScalar", number, 1, NULL, NULL, 0) == "InvalidArgValue"


def test_a_scalar_without_a_type_is_a_bool_where_the_kernel_declares_none(cpu):
    library = cpu.compile(
        '__attribute__((visibility("default")))'
        "void told(long *out, const long *value) { *out = *value; }"
    )
    out = cpu.create_buffer(1, "int64")
    abi = Abi("cpu")
    schedule = abi.make("CreateSchedule", 0, 0)
    kernel = library.get_kernel("told")
    command = abi.make("CreateCommand", schedule, kernel._handle, 0)
    abi.make("SetCommandArgument", command, 0, out._handle, NULL, 0)
    abi.make("SetCommandScalar", command, 1, ffi.new("long *", -1), NULL, 0)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make("RunSchedule", schedule, -80, 0)
    # One byte of the value was read.
    assert out.numpy().tolist() == [255]
    abi.make("ReleaseSchedule", schedule)
