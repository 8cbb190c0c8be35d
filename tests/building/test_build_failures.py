"""Builds that cannot be: each says what is wrong and what would do, and writes nothing."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil

import pytest

import nexus
from nexus.building import build_kernels
from nexus.building import targets as targets_module
from nexus.compilers import CompileError, CompilerNotFoundError, cpu_levels

HEAD = "#include <nexus-api/nxs_kernel.h>\n"
NONE = HEAD + "NXS_KERNEL(none) { NXS_BARRIER; }\n"


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ("sm80", "there is no target 'sm80'; did you mean sm_80"),
        ("x86_64-v5", "no target 'x86_64-v5'; did you mean x86_64-v4"),
        ("gfx90z", "no target 'gfx90z'; did you mean gfx9.* or gfx90c"),
        ("sm_9x", "no target 'sm_9x'; did you mean sm_90"),
        ("mettal", "no target 'mettal'; did you mean metal"),
        ("qqqq", "no target 'qqqq'; 'nexus build --targets' lists"),
        ("", "there is no target to build for: give some"),
    ],
)
def test_unknown_targets(build_text, tmp_path, targets, message):
    with pytest.raises(ValueError, match=message):
        build_text(NONE, targets)
    assert os.listdir(tmp_path) == ["kernels.c"]


def test_an_architecture_that_the_compiler_does_not_know(build_text):
    with pytest.raises(ValueError, match="does not know sm_999: install a later one, or build for"):
        build_text(NONE, "sm_999")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int x;\n", r"kernels\.c does not include <nexus-api/nxs_kernel\.h>: only kernels in"),
        (HEAD, r"kernels\.c has no kernel: NXS_KERNEL\(name, "),
        (NONE + "\0", r"kernels\.c:3: the source has a zero byte"),
        ('#include "kernels.c"\n' + NONE, r"kernels\.c is included 50 levels deep"),
        (
            f"{HEAD}#ifdef __CUDACC__\nNXS_KERNEL(k, NXS_OUT(int, x)) {{ x[0] = 1; }}\n#else\n"
            "NXS_KERNEL(k, NXS_OUT(float, y)) { y[0] = 1; }\n#endif\n",
            r"kernel 'k' of kernels\.c takes \(out F32 y\) on the CPU, and takes \(out I32 x\) for "
            r"compute_80: declare kernels outside of conditions",
        ),
        (
            f"{NONE}#ifndef __CUDACC__\nNXS_KERNEL(k) {{ NXS_BARRIER; }}\n#endif\n",
            r"kernel 'k' of kernels\.c takes \(\) on the CPU, and does not exist for compute_80",
        ),
    ],
)
def test_sources_that_cannot_be_used(build_text, tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        build_text(text, "compute_80")
    assert os.listdir(tmp_path) == ["kernels.c"]


def test_files_that_are_no_sources(tmp_path):
    source = tmp_path / "kernels.c"
    source.write_bytes(NONE.encode() + b"// \xff\n")
    with pytest.raises(ValueError, match=r"kernels\.c:3: the source is not text in UTF-8"):
        build_kernels(source, ["x86_64"], tmp_path / "kernels.nxc")
    for name, reason in (
        ("other.c", r"other\.c cannot be read: No such file"),
        ('a"b.c', "has the character '\"' in its name: rename it"),
    ):
        with pytest.raises(ValueError, match=reason):
            build_kernels(tmp_path / name, ["x86_64"], tmp_path / "kernels.nxc")


@pytest.mark.parametrize(
    ("text", "targets", "target", "line", "words"),
    [
        (f"{HEAD}NXS_KERNEL(k, NXS_OUT(int, x)) {{\n x[0] = y; }}", "sm_80", "the CPU", 3,
         "undeclared"),
        (f"{HEAD}\n#ifdef __CUDACC__\n#error no CUDA\n#endif\n{NONE}", "x86_64,compute_80",
         "compute_80", 4, "no CUDA"),
        (f"{HEAD}\n#ifdef __OPENCL_VERSION__\n#error no OpenCL\n#endif\n{NONE}", "opencl",
         "opencl", 4, "no OpenCL"),
        (f"{HEAD}NXS_KERNEL(k, NXS_OUT(float, x)) {{\n NXS_ITEMS {{ double d = x[0];"
         " x[1] = d / 3; } }", "x86_64,metal", "metal", 3, "Metal's language has no double: use f"),
        (f"{HEAD}NXS_KERNEL(k, NXS_OUT(int, x)) {{\n NXS_ITEMS {{\n return; }} }}", "sm_80",
         "the CPU", 4, "'return' in an item block"),
        (f"{HEAD}NXS_KERNEL(k) {{ NXS_BARRIER; }}\nNXS_KERNEL(k) {{ NXS_BARRIER; }}\n", "opencl",
         "the CPU", 3, "there are two kernels 'k': rename one"),
        (f'{HEAD}#include "missing.h"\n', "sm_80", "the CPU", 2, "missing.h"),
    ],
)  # fmt: skip
def test_sources_with_errors(build_text, tmp_path, text, targets, target, line, words):
    with pytest.raises(CompileError, match=re.escape(words)) as caught:
        build_text(text, targets)
    assert str(caught.value).startswith(f"kernels.c does not compile for {target}:\n")
    assert caught.value.line == line
    assert os.listdir(tmp_path) == ["kernels.c"]


def test_errors_in_a_header_name_it(source):
    header = source.parent / "parts" / "scaled.h"
    header.write_text(header.read_text() + "\n#ifdef __CUDACC__\n#error here\n#endif\n")
    with pytest.raises(CompileError, match=r"(?m)^parts/scaled\.h\(6\): .*here"):
        build_kernels(source, ["sm_80"], source.parent / "kernels.nxc")
    text = source.read_text().replace("float, x)", "flaot, x)")
    source.write_text(text)
    with pytest.raises(CompileError, match="flaot") as caught:
        build_kernels(source, ["sm_80"], source.parent / "kernels.nxc")
    assert caught.value.line == text[: text.index("flaot")].count("\n") + 1


@pytest.mark.parametrize("macro", ["1=3", "A B", "", "A=1\n#error", "F(x)=x"])
def test_macros_that_are_none(build_text, macro):
    with pytest.raises(ValueError, match="defines no macro: give NAME or NAME=VALUE"):
        build_text(NONE, defines=[macro])


@pytest.mark.parametrize(
    ("target", "setting", "message"),
    [
        ("sm_80", "NEXUS_NVRTC", "pip install nvidia-cuda-nvrtc-cu12"),
        ("gfx90a", "NEXUS_HIPRTC", "install ROCm's hiprtc"),
    ],
)
def test_a_compiler_that_is_missing(build_text, tmp_path, monkeypatch, target, setting, message):
    monkeypatch.setenv(setting, "/nowhere/compiler.so")
    with pytest.raises(CompilerNotFoundError, match=message):
        build_text(NONE, target)
    assert os.listdir(tmp_path) == ["kernels.c"]
    (target,) = targets_module.targets_of([target])
    assert message in target.missing()


def test_a_c_compiler_that_is_missing(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    cpu_levels._toolchain.cache_clear()
    try:
        reason = cpu_levels.missing("aarch64")
        assert re.search(
            r"CPUs of aarch64 need .*: pip install ziglang, or install aarch64-", reason
        )
        with pytest.raises(CompilerNotFoundError, match="pip install ziglang"):
            cpu_levels.compile(NONE, "kernels.c", "x86_64-v3")
        monkeypatch.setenv("CC", "no-such-compiler")
        with pytest.raises(CompilerNotFoundError, match="CC=no-such-compiler names no compiler"):
            cpu_levels.compile(NONE, "kernels.c", "x86_64-v3")
    finally:
        cpu_levels._toolchain.cache_clear()


def test_two_sources_of_one_name(tmp_path):
    (tmp_path / "a").mkdir()
    for path in (tmp_path / "k.c", tmp_path / "a" / "k.c"):
        path.write_text(NONE)
    with pytest.raises(ValueError, match=r"k\.c and .*a/k\.c would both be the library 'k'"):
        build_kernels([tmp_path / "k.c", tmp_path / "a" / "k.c"], ["x86_64"], tmp_path / "k.nxc")
    with pytest.raises(ValueError, match="there is no source to build"):
        build_kernels([], ["x86_64"], tmp_path / "k.nxc")


def test_the_source_has_to_be_kept_for_some(build_text):
    with pytest.raises(ValueError, match="a build for metal or opencl is the source itself"):
        build_text(NONE, "metal,opencl,x86_64", keep_source=False)


def test_outputs_that_cannot_be_written(tmp_path):
    source = tmp_path / "kernels.c"
    source.write_text(NONE)
    for output, error in (
        (tmp_path / "nowhere" / "k.nxc", FileNotFoundError),
        (source / "k.nxc", NotADirectoryError),
        (tmp_path, IsADirectoryError),
    ):
        with pytest.raises(error):
            build_kernels(source, ["x86_64"], output)
    with pytest.raises(ValueError, match="is a source, which it would replace"):
        build_kernels(source, ["x86_64"], tmp_path / "." / "kernels.c")
    assert os.listdir(tmp_path) == ["kernels.c"]


def test_a_disk_that_is_full_keeps_what_was_there(build_text, tmp_path, monkeypatch):
    build_text(NONE)
    before = (tmp_path / "kernels.nxc").read_bytes()
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    # A limit on the size of files fails a write as a full disk does.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    write = type(tmp_path).write_bytes

    def limited(path, raw):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            return write(path, raw)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    monkeypatch.setattr(type(tmp_path), "write_bytes", limited)
    try:
        with pytest.raises(OSError, match="File too large"):
            build_text(NONE, "x86_64-v2")
    finally:
        signal.signal(signal.SIGXFSZ, handler)
    assert sorted(os.listdir(tmp_path)) == ["kernels.c", "kernels.nxc"]
    assert (tmp_path / "kernels.nxc").read_bytes() == before


def test_a_catalog_that_would_be_too_large(build_text, tmp_path, monkeypatch):
    monkeypatch.setattr("nexus.building.kernel_catalog.MAX_SIZE", 1000)
    with pytest.raises(ValueError, match="and 1000 is the limit: build fewer targets"):
        build_text(NONE)
    assert os.listdir(tmp_path) == ["kernels.c"]


def test_a_file_that_is_cut_or_changed(built, tmp_path, cpu):
    raw = built.read_bytes()
    cut = tmp_path / "cut.nxc"
    for end in (0, 1, 100, len(raw) // 2, len(raw) - 3):
        cut.write_bytes(raw[:end])
        with pytest.raises(nexus.CatalogError, match="the file was changed or cut, or is no cat"):
            cpu.load_library(cut)
    for other in (b"\x7fELF\x02\x01\x01", b"\x89PNG\r\n", b"[1]", b'{"Kernels": []}'):
        cut.write_bytes(other)
        with pytest.raises(nexus.CatalogError, match="or is no catalog"):
            cpu.load_library(cut)
