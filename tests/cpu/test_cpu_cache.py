"""The cache of compiled kernels: whom it trusts, what it keeps, and what it does without."""

from __future__ import annotations

import os
import shutil
import stat

import pytest
from support.compilation import source_of

# Prints for each value what its kernel writes, and what its library says.
RUN = """
import nexus, numpy
device = nexus.get_runtime("cpu").get_device(0)
for value in {values}:
    library = device.compile({source!r} % value)
    x = device.create_buffer(numpy.zeros(1, numpy.int32))
    library.get_kernel("value")(x, group_size=1, grid_size=1)
    print(int(x.numpy()[0]), library.message.strip())
"""


@pytest.fixture
def run_values(run_python):
    """Return a function that compiles kernels in another process: the lines that it prints."""

    def run(*values, **environment):
        text = RUN.format(values=values, source=source_of("%d"))
        return run_python(text, **environment).stdout.splitlines()

    return run


@pytest.fixture
def again(cpu, cache, compilations):
    """Compile a source, and return a function that says whether it is compiled once more."""
    text = source_of(1)
    cpu.compile(text)
    assert compilations() == 1
    assert len(list(cache.iterdir())) == 1

    def compiles_again():
        before = compilations()
        library = cpu.compile(text)
        return compilations() > before, library.message

    assert compiles_again() == (False, "")
    return compiles_again


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(again, cache, mode):
    (entry,) = cache.iterdir()
    before = entry.read_bytes()
    cache.chmod(mode)
    compiled, message = again()
    assert compiled
    assert f"'{cache}' can be written by other users" in message
    # The reason is given once; nothing in the folder or about it has changed.
    assert again() == (True, "")
    assert stat.S_IMODE(cache.stat().st_mode) == mode
    assert [file.read_bytes() for file in cache.iterdir()] == [before]
    cache.chmod(0o700)
    assert again() == (False, "")


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_an_entry_that_others_can_write_to_is_replaced(again, cache, mode):
    (entry,) = cache.iterdir()
    entry.chmod(mode)
    assert again() == (True, "")
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert again() == (False, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other users")
@pytest.mark.parametrize("whole_folder", [True, False])
def test_what_belongs_to_another_user_is_not_used(again, cache, whole_folder):
    (entry,) = cache.iterdir()
    os.chown(cache if whole_folder else entry, 65533, 65533)
    compiled, message = again()
    assert compiled
    assert ("belongs to another user (65533)" in message) == whole_folder


def test_links_are_not_followed(again, cache, tmp_path):
    (entry,) = cache.iterdir()
    real = entry.rename(tmp_path / "entry")
    before = real.read_bytes()
    entry.symlink_to(real)
    assert again() == (True, "")
    assert not entry.is_symlink()
    assert real.read_bytes() == before
    moved = cache.rename(tmp_path / "moved")
    cache.symlink_to(moved)
    compiled, message = again()
    assert compiled
    assert f"'{cache}' is a link" in message


def test_new_folders_are_for_this_user_alone(cpu, tmp_path, monkeypatch):
    monkeypatch.delenv("NEXUS_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a" / "b"))
    before = os.umask(0)
    try:
        cpu.compile(source_of(1))
    finally:
        os.umask(before)
    for name in ("a", "a/b", "a/b/nexus", "a/b/nexus/cpu"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700
    assert len(list((tmp_path / "a/b/nexus/cpu").iterdir())) == 1


def empty(content):
    return b""


def cut(content):
    return content[: len(content) // 2]


def changed(content):
    return content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]


def lengthened(content):
    return content + b"x"


@pytest.mark.parametrize("damage", [empty, cut, changed, lengthened])
def test_a_damaged_entry_is_built_anew(again, cache, damage):
    (entry,) = cache.iterdir()
    before = entry.read_bytes()
    entry.write_bytes(damage(before))
    assert again() == (True, "")
    assert entry.read_bytes() == before
    assert again() == (False, "")


def test_an_entry_under_the_name_of_another_is_not_used(cpu, cache, value_of):
    cpu.compile(source_of(1))
    (first,) = cache.iterdir()
    cpu.compile(source_of(2))
    (second,) = set(cache.iterdir()) - {first}
    shutil.copy(second, first)
    assert value_of(cpu.compile(source_of(1))) == 1


def test_an_entry_is_replaced_as_a_whole(again, cache):
    (entry,) = cache.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(b"damaged")
    with entry.open("rb") as reader:
        assert again() == (True, "")
        # Somebody who had opened the file reads what was in it, to the end.
        assert reader.read() == b"damaged"
    assert entry.read_bytes() == good


def test_an_entry_that_cannot_be_written_as_a_whole_is_not_kept(cache, run_python):
    room = "static volatile char room[1 << 16] = {1};"
    text = RUN.format(values=(3, 4), source=source_of("%d", room))
    run_python(text)
    sizes = [entry.stat().st_size for entry in cache.iterdir()]
    shutil.rmtree(cache)
    # As on a full disk, writing fails from a size on, which the compiler's files do not reach.
    most = min(sizes) - 1
    limit = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
    lines = run_python(limit + text).stdout.splitlines()
    assert lines[0].startswith("3 compiled kernels are not kept")
    assert lines[1:] == ["4 "]
    assert list(cache.iterdir()) == []


def no_home(folder):
    return {"HOME": "", "XDG_CACHE_HOME": "", "NEXUS_CACHE_DIR": ""}


def home_that_cannot_be_made(folder):
    return {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "NEXUS_CACHE_DIR": ""}


def file_in_its_place(folder):
    (folder / "cpu").touch()
    return {"NEXUS_CACHE_DIR": str(folder)}


@pytest.mark.parametrize("place", [no_home, home_that_cannot_be_made, file_in_its_place])
def test_kernels_compile_where_there_is_no_cache(run_values, temporary, tmp_path, place):
    lines = run_values(5, 6, 5, **place(tmp_path))
    assert lines[0].startswith("5 compiled kernels are not kept: the cache folder ")
    assert "NEXUS_CACHE_DIR" in lines[0]
    assert lines[1:] == ["6 ", "5 "]
    assert list(temporary.iterdir()) == []


def test_a_cached_source_needs_no_compiler_and_no_other_process(run_values, run_python, cache):
    without = {"PATH": "/nowhere", "CC": "", "NEXUS_CACHE_DIR": str(cache.parent)}
    assert run_values(7, CC="") == ["7 "]
    assert run_values(7, **without) == ["7 "]
    text = f"""
import resource
{RUN.format(values=(7,), source=source_of("%d"))}
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
assert usage.ru_maxrss == 0, usage
"""
    run_python(text, **without)


def test_warnings_are_kept_as_well(cpu, cache):
    messages = [cpu.compile(source_of(1, "#warning careful")).message for _ in range(2)]
    assert "warning: #warning careful" in messages[0]
    assert messages[1] == messages[0]
    assert len(list(cache.iterdir())) == 1
