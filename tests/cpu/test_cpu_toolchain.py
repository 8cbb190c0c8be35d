"""Finding the compiler of kernels, and the headers that kernels include."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from support.compilation import source_of

import nexus


@pytest.fixture
def plugin(cpu):
    """Return the file of the CPU plugin."""
    return Path(cpu.runtime.path)


@pytest.fixture
def no_compiler(tmp_path, monkeypatch):
    """Let no compiler be found by its usual name."""
    for variable in ("CC", "CXX"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_an_installed_zig_is_used_without_being_asked(cpu, cache, no_compiler, value_of):
    for _ in range(2):
        assert value_of(cpu.compile(source_of(7))) == 7
        assert len(list(cache.iterdir())) == 1
    with pytest.raises(nexus.LibraryError, match="unknown_thing"):
        cpu.compile(source_of("unknown_thing"))


def test_commands_of_several_words_are_found(
    cpu, cache, tmp_path, monkeypatch, no_compiler, value_of
):
    zig = tmp_path / "zig"
    zig.write_text('#!/bin/sh\nshift\nPATH=/usr/bin:/bin exec cc "$@" -DVALUE=8\n')
    zig.chmod(0o755)
    monkeypatch.setenv("CC", "zig cc")
    assert value_of(cpu.compile(source_of("VALUE"))) == 8


@pytest.mark.parametrize(
    ("variable", "suffix", "package"), [("CC", ".c", "gcc"), ("CXX", ".cpp", "g++")]
)
def test_without_a_compiler_the_message_says_what_to_install(
    cpu, cache, tmp_path, monkeypatch, variable, suffix, package
):
    source = tmp_path / f"kernel{suffix}"
    source.write_text(source_of(7))
    monkeypatch.setenv(variable, "/nowhere/compiler -O2")
    with pytest.raises(nexus.CompilerNotAvailableError, match="'/nowhere/compiler'") as caught:
        cpu.load_library(source)
    for text in (f"apt install {package}", "pip install ziglang", f"in {variable}"):
        assert text in caught.value.log


def test_programs_are_found_by_their_path_alone(cpu, cache, tmp_path, monkeypatch):
    # Neither a folder nor a file that may not be executed is a program.
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch(0o644)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("folder", "file", str(tmp_path / "folder"), str(tmp_path / "file")):
        monkeypatch.setenv("CC", name)
        with pytest.raises(nexus.CompilerNotAvailableError, match=name):
            cpu.compile(source_of(1))


@pytest.mark.parametrize("link", [True, False])
def test_a_plugin_in_another_folder_finds_its_headers(run_python, plugin, cache, tmp_path, link):
    other = tmp_path / plugin.name
    other.symlink_to(plugin) if link else shutil.copy(plugin, other)
    text = f"""
import nexus
runtime = nexus.get_runtime("cpu")
assert runtime.path == {str(other)!r}
runtime.get_device(0).compile({source_of(1)!r})
"""
    run_python(text, NEXUS_PLUGIN_PATH=str(other))


# A C program that loads the plugin without Python, and compiles a source file.
HOST = """
#include <dlfcn.h>
#include <nexus-api.h>
#include <stdio.h>
int main(int count, char **arguments) {
  void *plugin = dlopen(arguments[1], RTLD_NOW);
  nxs_int (*load)(nxs_int, const char *, nxs_uint) =
      (nxs_int (*)(nxs_int, const char *, nxs_uint))dlsym(plugin, "nxsCreateLibraryFromFile");
  return load(0, arguments[2], 0) >= 0 ? 0 : 3;
}
"""


def test_a_copied_plugin_finds_its_headers_by_nexus_home(plugin, cache, tmp_path, monkeypatch):
    copy = tmp_path / plugin.name
    shutil.copy(plugin, copy)
    (tmp_path / "host.c").write_text(HOST)
    (tmp_path / "kernel.c").write_text(source_of(1))
    include = nexus.get_include()
    host = tmp_path / "host"
    subprocess.run(["cc", f"-I{include}", tmp_path / "host.c", "-o", host, "-ldl"], check=True)
    command = [host, copy, tmp_path / "kernel.c"]
    home = tmp_path / "home"
    shutil.copytree(include, home / "include")
    (home / "include/nexus-api/nxs_kernel.h").write_text("#error the headers of this folder\n")
    monkeypatch.setenv("NEXUS_HOME", str(home))
    assert subprocess.run(command, check=False).returncode == 3
    monkeypatch.setenv("NEXUS_HOME", str(Path(include).parent))
    subprocess.run(command, check=True)
    # Without the variable it has its own.
    monkeypatch.delenv("NEXUS_HOME")
    subprocess.run(command, check=True)


def test_the_demo_says_what_to_install(run_nexus, cache):
    found = run_nexus("demo", CC="/nowhere/cc")
    assert found.returncode != 0
    assert "pip install ziglang" in found.stderr
    assert "Traceback" not in found.stderr
