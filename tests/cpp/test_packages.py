"""Programs find the installed package by CMake, by pkg-config, and by one line of the compiler."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from support.once import made_once
from support.paths import EXAMPLES

import nexus
from nexus._enums import API_VERSION
from nexus.cli import main

PROGRAMS = EXAMPLES / "cpp"
COMPILER = shlex.split(os.environ.get("CXX", "c++"))
VERSION = f"{API_VERSION >> 16}.{API_VERSION >> 8 & 255}.{API_VERSION & 255}"


def output_of(*command, **environment):
    made = subprocess.run(
        command,
        env={**os.environ, "NEXUS_HOME": "", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, f"{made.args}\n{made.stdout}{made.stderr}"
    return made.stdout


@pytest.fixture
def config(capsys):
    """Return what ``nexus config`` prints for options."""

    def ask(*options):
        assert main(["config", *options]) == 0
        return capsys.readouterr().out.splitlines()

    return ask


@pytest.fixture(scope="session")
def examples(request):
    """Return the folder of the examples, which CMake built."""
    if not shutil.which("cmake"):
        pytest.skip("pip install cmake")
    home = Path(nexus.__file__).parent / "cmake"

    def make(folder):
        output_of("cmake", "-S", PROGRAMS, "-B", folder, f"-DNexus_DIR={home}")
        output_of("cmake", "--build", folder, "--parallel", "2")

    return made_once(request, "cpp_examples", make)


SHOWN = {
    "vector_add": "1024 sums are right",
    "two_streams": "8 rounds on two streams of .*: right",
    "matmul_everywhere": ": right",
    "device_info": r"type cpu, architecture .*\n.*CoreSubsystem[^!]*6291456 bytes of L2",
    "image_blur": "became 10: right",
}


@pytest.mark.parametrize("program", SHOWN)
def test_examples_by_cmake(examples, program):
    assert re.search(SHOWN[program], output_of(examples / program, NEXUS_PLUGIN_PATH=""))


def test_a_picture_is_blurred(examples, tmp_path):
    head = b"P5\n20 10\n255\n"
    (tmp_path / "in.pgm").write_bytes(head + bytes([80]) * 200)
    output_of(
        examples / "image_blur", tmp_path / "in.pgm", tmp_path / "out.pgm", NEXUS_PLUGIN_PATH=""
    )
    assert (tmp_path / "out.pgm").read_bytes() == (tmp_path / "in.pgm").read_bytes()


def test_a_picture_that_is_none(examples, tmp_path):
    picture = tmp_path / "in.pgm"
    for wrong in (b"", b"P6\n2 2\n255\n", b"P5\n2 2\n255\nabc", b"P5\n-1 2\n255\n"):
        picture.write_bytes(wrong)
        command = [examples / "image_blur", picture, tmp_path / "out.pgm"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 1
        assert str(picture) in made.stderr


@pytest.mark.parametrize(
    ("asked", "found"),
    [("1.0", True), ("1.1", True), (f"{VERSION} EXACT", True), ("1.99", False), ("2", False)],
)
def test_versions_for_cmake(tmp_path, asked, found):
    if not shutil.which("cmake"):
        pytest.skip("pip install cmake")
    home = Path(nexus.__file__).parent / "cmake"
    script = tmp_path / "version.cmake"
    number, _, exact = asked.partition(" ")
    major = number.split(".")[0]
    script.write_text(
        f"set(PACKAGE_FIND_VERSION {number})\nset(PACKAGE_FIND_VERSION_MAJOR {major})\n"
        f'include("{home}/NexusConfigVersion.cmake")\n'
        'message("${PACKAGE_VERSION} ${PACKAGE_VERSION_COMPATIBLE} ${PACKAGE_VERSION_EXACT}")\n'
    )
    made = subprocess.run(
        ["cmake", "-P", script], capture_output=True, text=True, timeout=60, check=True
    )
    version, compatible, *rest = made.stderr.split()
    assert version == VERSION
    assert compatible == str(found).upper()
    assert not exact or rest == ["TRUE"]


def test_one_line_of_the_compiler(config, tmp_path):
    (cflags, libs), target = config("--cflags", "--libs"), tmp_path / "vector_add"
    source = PROGRAMS / "vector_add.cpp"
    output_of(
        *COMPILER, "-std=c++17", *shlex.split(cflags), source, *shlex.split(libs), "-o", target
    )
    assert "right" in output_of(target, NEXUS_PLUGIN_PATH="")


def test_pkg_config(config, tmp_path):
    if not shutil.which("pkg-config"):
        pytest.skip("pkg-config is not installed")
    (folder,) = config("--pkg-config-dir")
    # A copy of the package, since nothing in it may name where it was built.
    home = tmp_path / "a folder"
    for part in ("cmake", "include", "plugins"):
        shutil.copytree(Path(folder).parent / part, home / part)
    where = {"PKG_CONFIG_PATH": str(home / "cmake")}
    assert output_of("pkg-config", "--modversion", "nexus", **where).strip() == VERSION
    flags = shlex.split(output_of("pkg-config", "--cflags", "--libs", "nexus", **where))
    target = tmp_path / "two_streams"
    output_of(*COMPILER, "-std=c++17", PROGRAMS / "two_streams.cpp", *flags, "-o", target)
    maps = output_of(target, NEXUS_PLUGIN_PATH="", NEXUS_LOG="debug")
    assert "right" in maps


def test_config(config):
    home = Path(nexus.__file__).parent
    assert config("--include") == [nexus.get_include()]
    assert config("--home") == [str(home)]
    assert config("--cmake-dir", "--pkg-config-dir") == [str(home / "cmake")] * 2
    (paths,) = config("--plugin-path")
    assert [runtime.path for runtime in nexus.get_runtimes()] == paths.split(os.pathsep)
    everything = config()
    assert len(everything) == 7
    assert f"include         {nexus.get_include()}" in everything
