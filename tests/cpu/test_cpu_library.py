"""Libraries of the CPU plugin, from files, bytes and source."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from support.compilation import KERNELS

import nexus


def test_shared_objects_from_a_file_and_from_bytes(cpu, build):
    path = build(KERNELS, "kernels")
    image = path.read_bytes()
    for library in (cpu.load_library(path), cpu.load_library(str(path)), cpu.load_library(image)):
        assert library.get_property_str_vec("SubUnits") == ["add", "scale"]
        x = cpu.create_buffer(np.ones(64, np.float32))
        library.get_kernel("scale")(x, 3.0, 64, group_size=64, grid_size=64)
        assert (x.numpy() == 3).all()
    assert cpu.load_library(path).get_property_str("Location") == str(path)


def test_images_of_the_same_bytes_do_not_share_their_variables(cpu, build):
    text = """
    #include <nexus-api/nxs_kernel.h>
    static nxs_int count;
    NXS_KERNEL(counted, NXS_OUT(nxs_int, out)) { out[NXS_GROUP_ID(0)] = ++count; }
    """
    image = build(text, "counted").read_bytes()
    for _ in range(2):
        out = cpu.create_buffer(np.zeros(1, np.int32))
        library = cpu.load_library(image)
        library.get_kernel("counted")(out, group_size=1, grid_size=1)
        assert out.numpy().tolist() == [1]


def test_sources_are_compiled_by_their_names(cpu, tmp_path):
    (tmp_path / "a.c").write_text(KERNELS)
    (tmp_path / "a.cpp").write_text("template <class T> T twice(T x) { return x + x; }\n" + KERNELS)
    for name in ("a.c", "a.cpp"):
        library = cpu.load_library(tmp_path / name)
        assert library.get_property_str("Type") == "source"
        assert library.get_property_str_vec("SubUnits") == ["add", "scale"]


def test_compiled_sources_are_cached(cpu, tmp_path, monkeypatch):
    monkeypatch.setenv("NEXUS_CACHE_DIR", str(tmp_path / "cache"))
    calls = tmp_path / "calls"
    compiler = tmp_path / "counting-cc"
    compiler.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec cc "$@"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    header = tmp_path / "factor.h"
    source = tmp_path / "kernel.c"
    source.write_text(f'#include "{header}"\n' + KERNELS)

    def compiled():
        before = calls.read_text().count("-shared") if calls.exists() else 0
        cpu.load_library(source)
        return calls.read_text().count("-shared") - before

    header.write_text("enum { FACTOR = 2 };\n")
    assert [compiled(), compiled()] == [1, 0]
    header.write_text("enum { FACTOR = 3 };\n")
    assert [compiled(), compiled()] == [1, 0]
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", "-DEXTRA")
    assert [compiled(), compiled()] == [1, 0]
    kept = list((tmp_path / "cache" / "cpu").iterdir())
    assert len(kept) == 3
    assert all(file.suffix == ".so" for file in kept)
    assert (tmp_path / "cache" / "cpu").stat().st_mode & 0o777 == 0o700


def test_compiler_output_is_reported(cpu, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(nexus.LibraryError, match="undeclared_thing") as caught:
        cpu.compile("int f(void) { return undeclared_thing; }")
    assert caught.value.status is nexus.status.NXS_BuildProgramFailure
    assert "undeclared_thing" in caught.value.log
    assert list(tmp_path.iterdir()) == []


def test_without_a_compiler(cpu, monkeypatch):
    monkeypatch.setenv("CC", "/nowhere/cc -O2")
    with pytest.raises(nexus.CompilerNotAvailableError, match="/nowhere/cc"):
        cpu.compile(KERNELS)


def missing(folder: Path, elf: bytes) -> Path:
    return folder / "missing.so"


def directory(folder: Path, elf: bytes) -> Path:
    return folder


def pipe(folder: Path, elf: bytes) -> Path:
    os.mkfifo(folder / "pipe.so")
    return folder / "pipe.so"


def text(folder: Path, elf: bytes) -> Path:
    (folder / "text.so").write_text("not a library\n")
    return folder / "text.so"


def empty(folder: Path, elf: bytes) -> Path:
    (folder / "empty.so").touch()
    return folder / "empty.so"


def truncated(folder: Path, elf: bytes) -> Path:
    (folder / "truncated.so").write_bytes(elf[: len(elf) // 2])
    return folder / "truncated.so"


def executable(folder: Path, elf: bytes) -> Path:
    (folder / "other.so").write_bytes(elf[:16] + b"\x02\0" + elf[18:])
    return folder / "other.so"


def other_machine(folder: Path, elf: bytes) -> Path:
    (folder / "other.so").write_bytes(elf[:18] + b"\x08\0" + elf[20:])
    return folder / "other.so"


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (missing, "InvalidValue"),
        (directory, "InvalidValue"),
        (pipe, "InvalidValue"),
        (text, "InvalidBinary"),
        (empty, "InvalidBinary"),
        (truncated, "InvalidBinary"),
        (executable, "InvalidBinary"),
        (other_machine, "InvalidBinary"),
    ],
)
def test_files_that_are_not_libraries_are_refused(cpu, build, tmp_path, make, expected):
    path = make(tmp_path, build(KERNELS, "kernels").read_bytes())
    with pytest.raises(nexus.NexusError, match=path.name) as caught:
        cpu.load_library(path)
    assert caught.value.status.name == "NXS_" + expected


def test_an_unknown_kernel_suggests_similar_names(cpu):
    library = cpu.compile(KERNELS)
    with pytest.raises(nexus.LibraryError, match=r"'scael'.*'scale'"):
        library.get_kernel("scael")
    # Functions of the libraries it links to are not kernels.
    with pytest.raises(nexus.LibraryError, match="'malloc'"):
        library.get_kernel("malloc")


def test_kernels_outlive_their_library(cpu):
    library = cpu.compile(KERNELS)
    schedule = cpu.create_schedule()
    command = schedule.create_command(library.get_kernel("scale"))
    x = cpu.create_buffer(np.ones(64, np.float32))
    for index, value in enumerate((x, 2.0, 64)):
        command.set_arg(index, value)
    command.finalize(64, 64)
    view = x.numpy()
    library.close()
    x.close()
    schedule.run()
    assert (view == 2).all()


def test_name_with_the_prefix_of_entry_points(cpu):
    """It means the kernel of exactly this name, if there is one."""
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(one, NXS_OUT(nxs_int, x)) { NXS_ITEMS x[0] = 1; }
    NXS_KERNEL(nxs_kernel_one, NXS_OUT(nxs_int, x)) { NXS_ITEMS x[0] = 2; }
    NXS_KERNEL(two, NXS_OUT(nxs_int, x)) { NXS_ITEMS x[0] = 3; }
    """)
    x = cpu.create_buffer(np.zeros(1, np.int32))
    for name, value in {"one": 1, "nxs_kernel_one": 2, "nxs_kernel_two": 3}.items():
        kernel = library.get_kernel(name)
        kernel(x, group_size=1, grid_size=1)
        assert x.numpy().tolist() == [value]
    assert kernel.get_property_str("Name") == "two"
