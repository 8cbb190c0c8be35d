"""Loading of libraries: from copies of their own, without effects on the process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from support.compilation import source_of

import nexus

COUNTER = source_of("++count", "static nxs_int count;")


def overwrite(new, path):
    """Replace the content of a file in place."""
    shutil.copyfile(new, path)


def replace(new, path):
    """Replace a file as compilers and installers do."""
    shutil.copyfile(new, f"{path}.new")
    os.replace(f"{path}.new", path)


def cut(new, path):
    """Empty a file, and then write to it."""
    os.truncate(path, 0)
    shutil.copyfile(new, path)


@pytest.mark.parametrize("change", [overwrite, replace, cut])
def test_a_library_that_changes_on_disk(cpu, build, value_of, change):
    path = build(source_of(1), "library")
    other = build(source_of(2), "other")
    first = cpu.load_library(path)
    assert value_of(first) == 1
    change(other, path)
    second = cpu.load_library(path)
    assert (value_of(first), value_of(second)) == (1, 2)
    first.close()
    assert value_of(second) == 2


@pytest.mark.parametrize("kind", ["text", "source file", "library file", "bytes"])
def test_libraries_of_one_origin_do_not_share_their_variables(cpu, build, tmp_path, value_of, kind):
    path = build(COUNTER, "counter")
    load = {
        "text": lambda: cpu.compile(COUNTER),
        "source file": lambda: cpu.load_library(tmp_path / "counter.c"),
        "library file": lambda: cpu.load_library(path),
        "bytes": lambda: cpu.load_library(path.read_bytes()),
    }[kind]
    first, second = load(), load()
    assert [value_of(first), value_of(first), value_of(second), value_of(first)] == [1, 2, 1, 3]


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has @loader_path")
@pytest.mark.parametrize("form", ["$ORIGIN", "${ORIGIN}/inside"])
def test_libraries_that_lie_beside_it_are_found(cpu, build, tmp_path, monkeypatch, value_of, form):
    folder = tmp_path / form.replace("${ORIGIN}", ".").replace("$ORIGIN", ".")
    folder.mkdir(exist_ok=True)
    helper = build("int helper(void) { return 7; }", "libhelper", "-fvisibility=default")
    os.replace(helper, folder / helper.name)
    options = f"-L{folder}", "-lhelper", f"-Wl,-rpath,{form}"
    # The linker drops libraries that stand before what needs them, unless told otherwise.
    text = source_of("helper()", "int helper(void);")
    path = build(text, "library", "-Wl,--no-as-needed", *options)
    assert value_of(cpu.load_library(path)) == 7
    monkeypatch.chdir(tmp_path)
    assert value_of(cpu.load_library(path.name)) == 7


def rounds_up(build):
    """Return a library that changes the rounding mode, when it is loaded and when it is closed."""
    change = "static void change(void) { fesetround(FE_UPWARD); }"
    attributes = "__attribute__((constructor, destructor))"
    return build(source_of(1, f"#include <fenv.h>\n{attributes} {change}"), "rounds", "-lm")


def test_the_floating_point_state_survives_a_library(cpu, build):
    third, one = 1 / 3, float(len("x"))
    library = cpu.load_library(rounds_up(build))
    assert one / 3 == third
    library.close()
    assert one / 3 == third


def test_small_numbers_survive_fast_math(cpu, cache, monkeypatch):
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", "-ffast-math")
    cpu.compile(source_of(1))
    assert sys.float_info.min / 4 != 0


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="the map of Linux")
def test_debuggers_and_messages_see_the_name_of_the_library(cpu, build, temporary):
    path = build(source_of(1), "seldom_named")
    library = cpu.load_library(path)
    with open("/proc/self/maps") as lines:
        assert any("seldom_named.so" in line for line in lines)
    library.close()
    path = build("void gone(void); __attribute__((visibility(\"default\"))) "
                 "void call(void) { gone(); }", "incomplete")  # fmt: skip
    with pytest.raises(nexus.LibraryError, match=f"{path}: undefined symbol: gone") as caught:
        cpu.load_library(path)
    for text in (str(temporary), "/proc/", "memfd"):
        assert text not in str(caught.value)
    with pytest.raises(nexus.LibraryError, match="the image: undefined symbol: gone"):
        cpu.load_library(path.read_bytes())


def open_files():
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("place", [None, "/nowhere", "/proc"])
def test_loading_leaves_nothing_behind(cpu, build, temporary, monkeypatch, value_of, place):
    path = build(COUNTER, "counter")
    if place:
        monkeypatch.setenv("TMPDIR", place)
    before = open_files()
    libraries = [cpu.load_library(path) for _ in range(20)]
    assert open_files() == before
    assert [value_of(library) for library in libraries] == [1] * 20
    assert list(temporary.iterdir()) == []


# Runs a command where no folder for temporary files can be written.
READ_ONLY = """
for place in /tmp /var/tmp; do
  mount --bind $place $place && mount -o remount,bind,ro $place || exit 77
done
exec "$@"
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs name spaces of mounts")
def test_loading_without_a_temporary_folder(cpu, build, cache):
    path = build(COUNTER, "counter")
    cpu.compile(COUNTER)
    text = f"""
import nexus, numpy
device = nexus.get_runtime("cpu").get_device(0)
libraries = [device.load_library({str(path)!r}), device.compile({COUNTER!r})]
libraries += [device.load_library({str(path)!r}), device.compile({COUNTER!r})]
for library in libraries:
    x = device.create_buffer(numpy.zeros(1, numpy.int32))
    library.get_kernel("value")(x, group_size=1, grid_size=1)
    print(int(x.numpy()[0]))
try:
    device.compile({source_of(5)!r})
except nexus.LibraryError as error:
    assert error.status is nexus.status.NXS_OutOfResources, error
    print(error.log)
"""
    command = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", sys.executable, "-c", text]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode == 77 or "unshare failed" in run.stderr:
        pytest.skip("this process may not mount")
    lines = run.stdout.splitlines()
    assert lines[:4] == ["1"] * 4, run.stderr
    assert "no temporary folder can be made" in lines[4]
