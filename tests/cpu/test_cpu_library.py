"""Libraries and kernels of the CPU plugin, from files, bytes and source, in both conventions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.compilation import KERNELS, SUFFIX

import nexus

PLAIN = """
#define EXPORT __attribute__((visibility("default")))
void _cpu_barrier(void *);
static int global(const int *size, const int *id, int d) { return id[d] * size[3 + d] + id[3 + d]; }
EXPORT void add_one(float *x, const int *n, int *size, int *id, void *shared, void *barrier) {
  const int i = global(size, id, 0);
  if (i < *n) x[i] += 1;
}
EXPORT void ids(int *out, int *size, int *id, void *shared, void *barrier) {
  const int x = global(size, id, 0), y = global(size, id, 1), z = global(size, id, 2);
  const int width = size[0] * size[3], height = size[1] * size[4];
  out[(z * height + y) * width + x] = x + 1000 * y + 1000000 * z;
}
EXPORT void reverse(float *x, int *size, int *id, float *shared, void *barrier) {
  const int i = global(size, id, 0), local = id[3], last = size[3] - 1;
  shared[local] = x[i];
  _cpu_barrier(barrier);
  x[i] = shared[last - local];
}
EXPORT void uneven(int *out, int *size, int *id, int *shared, void *barrier) {
  /* Some items end before others reach the barrier, as those of a ragged edge do. */
  if (id[3] % 2) return;
  shared[id[3] / 2] = id[3];
  _cpu_barrier(barrier);
  _cpu_barrier(barrier);
  out[id[3]] = shared[size[3] / 2 - 1 - id[3] / 2];
}
"""

WORK_GROUP = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(ids, NXS_OUT(nxs_int, out)) {
  NXS_ITEMS {
    const nxs_int x = NXS_GLOBAL_ID(0), y = NXS_GLOBAL_ID(1), z = NXS_GLOBAL_ID(2);
    out[(z * NXS_GLOBAL_SIZE(1) + y) * NXS_GLOBAL_SIZE(0) + x] = x + 1000 * y + 1000000 * z;
  }
}
NXS_KERNEL(reverse, NXS_OUT(float, x)) {
  NXS_SHARED_DYNAMIC(float, shared);
  NXS_ITEMS { shared[NXS_LOCAL_ID(0)] = x[NXS_GLOBAL_ID(0)]; }
  NXS_BARRIER;
  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] = shared[NXS_GROUP_SIZE(0) - 1 - NXS_LOCAL_ID(0)]; }
}
NXS_KERNEL(sum, NXS_IN(double, x), NXS_OUT(double, out), NXS_SCALAR(nxs_int, n)) {
  NXS_SHARED(double, part, 64);
  NXS_PRIVATE(double, own);
  NXS_ITEMS {
    NXS_MY(own) = 0;
    for (nxs_int i = NXS_GLOBAL_ID(0); i < n; i += NXS_GLOBAL_SIZE(0)) NXS_MY(own) += x[i];
  }
  NXS_BARRIER;
  NXS_ITEMS { part[NXS_LOCAL_ID(0)] = NXS_MY(own); }
  for (nxs_int half = NXS_GROUP_SIZE(0) / 2; half > 0; half /= 2) {
    NXS_BARRIER;
    NXS_ITEMS {
      if (NXS_LOCAL_ID(0) >= half) continue;
      part[NXS_LOCAL_ID(0)] += part[NXS_LOCAL_ID(0) + half];
    }
  }
  out[NXS_GROUP_ID(0)] = part[0];
}
NXS_KERNEL(types, NXS_SCALAR(double, a), NXS_SCALAR(nxs_long, b), NXS_SCALAR(nxs_uchar, c),
           NXS_SCALAR(nxs_short, d), NXS_OUT(double, out)) {
  out[NXS_GROUP_ID(0)] = a + (double)b + c + d;
}
NXS_KERNEL(nothing) { (void)nxs_group; }
"""


def expected_ids(width, height, depth):
    z, y, x = np.mgrid[:depth, :height, :width]
    return x + 1000 * y + 1000000 * z


@pytest.fixture(params=["plain", "work_group"])
def both(request, cpu):
    """Return the same kernels in each calling convention."""
    return cpu.compile(PLAIN if request.param == "plain" else WORK_GROUP)


@pytest.mark.parametrize(
    ("group", "grid"),
    [
        ((4, 1, 1), (64, 1, 1)),
        ((4, 2, 1), (16, 6, 1)),
        ((3, 2, 2), (9, 8, 6)),
        ((1, 1, 1), (5, 3, 2)),
    ],
)
def test_items_know_where_they_are(cpu, both, group, grid):
    out = cpu.create_buffer(np.full(grid[::-1], -1, np.int32))
    both.get_kernel("ids")(out, group_size=group, grid_size=grid)
    assert (out.numpy() == expected_ids(*grid)).all()


@pytest.mark.parametrize("group", [1, 2, 64, 1024])
def test_items_wait_for_each_other(cpu, both, group):
    data = np.random.default_rng(1).random(4096, dtype=np.float32)
    x = cpu.create_buffer(data)
    kernel = both.get_kernel("reverse")
    kernel(x, group_size=group, grid_size=data.size, shared_memory_size=4 * group)
    assert (x.numpy().reshape(-1, group) == data.reshape(-1, group)[:, ::-1]).all()


def test_items_may_end_before_a_barrier(cpu):
    out = cpu.create_buffer(np.zeros(64, np.int32))
    kernel = cpu.compile(PLAIN).get_kernel("uneven")
    kernel(out, group_size=64, grid_size=64, shared_memory_size=256)
    assert out.numpy()[::2].tolist() == list(range(62, -1, -2))


def test_many_groups_of_many_fibers_on_many_threads(cpu):
    data = np.arange(1 << 16, dtype=np.float32)
    x = cpu.create_buffer(data)
    kernel = cpu.compile(PLAIN).get_kernel("reverse")
    for _ in range(2):
        kernel(x, group_size=128, grid_size=data.size, shared_memory_size=512)
    assert (x.numpy() == data).all()


def test_reduction_with_private_and_shared_memory(cpu):
    data = np.random.default_rng(2).random(100_003)
    x, out = cpu.create_buffer(data), cpu.create_buffer(16, dtype="float64")
    cpu.compile(WORK_GROUP).get_kernel("sum")(x, out, data.size, group_size=64, grid_size=1024)
    assert np.isclose(out.numpy().sum(), data.sum(), rtol=1e-12)


def test_declared_types_decide_what_a_scalar_becomes(cpu):
    kernel = cpu.compile(WORK_GROUP).get_kernel("types")
    assert [(a.kind, a.data_type.name) for a in kernel.arguments] == [
        ("scalar", "F64"),
        ("scalar", "I64"),
        ("scalar", "U8"),
        ("scalar", "I16"),
        ("out", "F64"),
    ]
    out = cpu.create_buffer(1, dtype="float64")
    kernel(0.5, 2**40, 255, -3, out, group_size=1, grid_size=1)
    assert out.numpy().tolist() == [0.5 + 2**40 + 255 - 3]
    with pytest.raises(OverflowError, match="256"):
        kernel(0.5, 1, 256, 1, out, group_size=1, grid_size=1)


def test_kernels_without_arguments(cpu):
    kernel = cpu.compile(WORK_GROUP).get_kernel("nothing")
    assert kernel(group_size=1, grid_size=1) is nexus.status.NXS_Success
    assert kernel.get_property_int("Count") == 0


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


def test_what_was_compiled_is_kept(cpu, tmp_path, monkeypatch):
    monkeypatch.setenv("NEXUS_CACHE_DIR", str(tmp_path / "cache"))
    calls = tmp_path / "calls"
    compiler = tmp_path / "counting-cc"
    compiler.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec cc "$@"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    header = tmp_path / "factor.h"
    source = tmp_path / "kernel.c"
    source.write_text(f'#include "{header}"\n' + KERNELS)

    def compiled() -> int:
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


def test_source_that_does_not_compile_tells_the_compilers_text(cpu, tmp_path, monkeypatch):
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
def test_files_that_are_no_library(cpu, build, tmp_path, make, expected):
    path = make(tmp_path, build(KERNELS, "kernels").read_bytes())
    with pytest.raises(nexus.NexusError, match=path.name) as caught:
        cpu.load_library(path)
    assert caught.value.status.name == "NXS_" + expected


def test_a_kernel_that_is_not_there_names_those_that_are_near(cpu):
    library = cpu.compile(KERNELS)
    with pytest.raises(nexus.LibraryError, match=r"'scael'.*'scale'"):
        library.get_kernel("scael")
    # Functions of libraries that it needs are no kernels of its own.
    with pytest.raises(nexus.LibraryError, match="'malloc'"):
        library.get_kernel("malloc")


THROWING = """
#include <nexus-api/nxs_kernel.h>
#include <stdexcept>
NXS_KERNEL(throwing, NXS_SCALAR(nxs_int, which)) {
  if (NXS_GROUP_ID(0) != 700) return;
  if (which == 0) throw std::runtime_error("no such luck");
  throw which;
}
extern "C" __attribute__((visibility("default"))) void thrower(int *size, int *id, void *, void *) {
  if (id[3] == 3) throw std::runtime_error("no such luck");
}
"""


@pytest.fixture
def throwing(cpu, tmp_path):
    (tmp_path / "throwing.cpp").write_text(THROWING)
    return cpu.load_library(tmp_path / "throwing.cpp")


@pytest.mark.parametrize(("which", "text"), [(0, "no such luck"), (1, "no std::exception")])
def test_a_kernel_that_throws(cpu, throwing, which, text):
    for _ in range(3):
        with pytest.raises(nexus.NexusError, match=f"throwing.*{text}") as caught:
            throwing.get_kernel("throwing")(which, group_size=4, grid_size=4096)
        assert caught.value.status is nexus.status.NXS_InvalidProgramExecutable
    with pytest.raises(nexus.NexusError, match="no such luck"):
        throwing.get_kernel("thrower")(group_size=8, grid_size=64)
    x = cpu.create_buffer(np.ones(64, np.float32))
    cpu.compile(KERNELS).get_kernel("scale")(x, 2.0, 64, group_size=8, grid_size=64)
    assert (x.numpy() == 2).all()


def test_a_failure_of_nonblocking_work_is_told_later(cpu, throwing):
    stream, schedule = cpu.create_stream(), cpu.create_schedule()
    command = schedule.create_command(throwing.get_kernel("throwing"))
    command.set_arg(0, 0)
    command.finalize(1, 1024)
    assert schedule.run(stream, blocking=False) is nexus.status.NXS_Success
    follower = cpu.create_schedule()
    x = cpu.create_buffer(np.ones(4, np.float32))
    command = follower.create_command(cpu.compile(KERNELS).get_kernel("scale"))
    for index, value in enumerate((x, 2.0, 4)):
        command.set_arg(index, value)
    command.finalize(4, 4)
    with pytest.raises(nexus.NexusError, match=r"earlier.*no such luck"):
        follower.run(stream)
    assert "no such luck" in schedule.get_property_str("Status")
    assert follower.get_property_str("Status").startswith("Canceled")
    assert (x.numpy() == 1).all()
    follower.run(stream)
    assert (x.numpy() == 2).all()
    assert follower.get_property_str("Status") == "Complete"


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


def test_only_the_abi_and_the_barrier_are_exported():
    plugin = Path(nexus.get_runtime("cpu")._plugin.path)
    names = subprocess.run(
        ["nm", "-D", "--defined-only", plugin], capture_output=True, text=True, check=True
    ).stdout.split()[2::3]
    from nexus._enums import function

    assert sorted(names) == sorted([f.name for f in function] + ["_cpu_barrier"])


def test_the_machine_is_described(cpu):
    assert cpu.get_property_int("Count") == len(os.sched_getaffinity(0))
    assert cpu.get_property_int("GlobalMemorySize") > 2**28
    assert cpu.get_property_int("SIMDSize") in (4, 8, 16)
    assert cpu.get_property_str("Type") == "cpu"
    # Not one of the numbers that systems give processors.
    assert not cpu.get_property_str("Name").startswith("0x")
    assert SUFFIX in nexus.get_runtime("cpu")._plugin.path


def test_the_architecture_is_that_of_the_machine(cpu):
    architecture, machine = cpu.get_property_str("Architecture"), os.uname().machine
    if machine in ("aarch64", "arm64"):
        # Known processors go by their own names.
        record = nexus.lookup_device_info(architecture)
        assert record.get_str(["KernelModel", "LlvmTarget"]) == "AArch64"
        return
    assert architecture.startswith(machine)
    assert (architecture >= "x86_64-v3") == ("avx2" in cpu.get_property_str("Features").split())
