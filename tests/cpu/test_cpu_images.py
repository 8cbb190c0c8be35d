"""Damaged, unusual and incomplete images."""

from __future__ import annotations

import signal
import struct
import sys

import pytest
from support import elf_images
from support.compilation import KERNELS

import nexus

elf_only = pytest.mark.skipif(sys.platform != "linux", reason="makes ELF images")

# Loads each file of a folder, a batch of them in a process of its own, and prints how many it
# refused and loaded. The first process must not use the plugin, which no fork could use then.
LOAD = """
import os, pathlib, sys
import nexus
files = sorted(pathlib.Path({folder!r}).iterdir())
for start in range(0, len(files), 128):
    chosen = files[start : start + 128]
    child = os.fork()
    if child == 0:
        device = nexus.get_runtime("cpu").get_device(0)
        for file in chosen:
            try:
                device.load_library(file.read_bytes()).close()
            except nexus.LibraryError as error:
                assert error.status is nexus.status.NXS_InvalidBinary, error
                print("refused", file.name, flush=True)
            else:
                print("loaded", file.name, flush=True)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status == 0, f"one of {{[file.name for file in chosen]}} ended the process: {{status}}"
"""


@pytest.fixture
def load_all(run_python):
    """Return a function that loads every file of a folder: what was refused, and what loaded."""

    def load(folder):
        lines = run_python(LOAD.format(folder=str(folder))).stdout.splitlines()
        results = {name: result for result, name in map(str.split, lines)}
        assert results.keys() == {file.name for file in folder.iterdir()}
        return [
            {name for name, result in results.items() if result == wanted}
            for wanted in ("refused", "loaded")
        ]

    return load


def test_every_truncation_of_an_image_is_refused(cpu, build):
    image = build(KERNELS, "kernels").read_bytes()
    for size in [*range(1, 200), *range(200, len(image) - 1, 487), len(image) - 1]:
        with pytest.raises(nexus.LibraryError):
            cpu.load_library(image[:size])


@elf_only
@pytest.mark.parametrize("flags", [(), ("-Wl,--hash-style=sysv", "-Wl,-z,noseparate-code")])
def test_an_image_with_a_flipped_bit_ends_no_process(build, load_all, tmp_path, flags):
    text = KERNELS + "__attribute__((constructor)) static void start(void) {}\n"
    image = build(text, "damaged", *flags).read_bytes()
    folder = tmp_path / "images"
    folder.mkdir()
    for number, damaged in enumerate(elf_images.flipped(image, 5)):
        (folder / str(number)).write_bytes(damaged)
    refused, loaded = load_all(folder)
    # The other bits are in unused fields, or in addresses and sizes that make no difference.
    assert len(refused) > len(loaded)


@elf_only
def test_unusual_images_load(load_all, tmp_path):
    source, folder = tmp_path / "source", tmp_path / "images"
    source.mkdir()
    folder.mkdir()
    for path in elf_images.unusual(source):
        path.rename(folder / path.name) if path.stem != "plain" else (
            folder / path.name
        ).write_bytes(path.read_bytes())
    refused, loaded = load_all(folder)
    assert not refused
    assert len(loaded) > 20


@elf_only
def test_programs_are_refused(load_all, tmp_path):
    source, folder = tmp_path / "source", tmp_path / "images"
    source.mkdir()
    folder.mkdir()
    for path in elf_images.programs(source):
        path.rename(folder / path.name)
    refused, loaded = load_all(folder)
    assert not loaded
    assert {"no-pie", "object"} <= refused


@elf_only
def test_damage_is_reported(cpu, build):
    image = bytearray(build(KERNELS, "kernels").read_bytes())
    headers, count = struct.unpack_from("<Q", image, 32)[0], struct.unpack_from("<H", image, 56)[0]
    for i in range(count):
        place = headers + 56 * i
        kind, rights = struct.unpack_from("<II", image, place)
        # Clears the execute permission of the code segment.
        if kind == 1 and rights & 1:
            image[place + 4] ^= 1
    with pytest.raises(nexus.LibraryError, match=r"not a kernel library: .*segment") as caught:
        cpu.load_library(bytes(image))
    assert caught.value.status is nexus.status.NXS_InvalidBinary


@elf_only
def test_the_message_of_the_loader_is_reported(cpu, build):
    image = bytearray(build(KERNELS, "kernels").read_bytes())
    headers = struct.unpack_from("<Q", image, 32)[0]
    count = struct.unpack_from("<H", image, 56)[0]
    # The first segment is loaded again at the end, out of order.
    image[headers + 56 * (count - 1) : headers + 56 * count] = image[headers : headers + 56]
    with pytest.raises(nexus.LibraryError, match=r"system's loader refuses it: \w+") as caught:
        cpu.load_library(bytes(image))
    assert ".so" not in str(caught.value)


@elf_only
@pytest.mark.parametrize("ignored", [False, True])
def test_a_missing_symbol_is_named(cpu, build, ignored):
    path = build("void gone(void); __attribute__((visibility(\"default\"))) "
                 "void call(void) { gone(); }", "missing")  # fmt: skip
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with pytest.raises(nexus.LibraryError, match="undefined symbol: gone") as caught:
            cpu.load_library(path)
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert caught.value.status is nexus.status.NXS_InvalidBinary


def test_a_missing_library_is_named(cpu, build, tmp_path):
    other = build("int other(void) { return 1; }", "libother")
    path = build("int one(void) { return 1; }", "needy", "-Wl,--no-as-needed", str(other))
    other.unlink()
    with pytest.raises(nexus.LibraryError, match="libother") as caught:
        cpu.load_library(path)
    assert caught.value.status is nexus.status.NXS_InvalidBinary


def test_constructors_run_once(cpu, build, tmp_path):
    path = build(
        f"""
        #include <stdio.h>
        __attribute__((constructor)) static void start(void) {{
          FILE *file = fopen("{tmp_path}/started", "a");
          fputc('x', file);
          fclose(file);
        }}
        """,
        "started",
    )
    cpu.load_library(path)
    assert (tmp_path / "started").read_text() == "x"


# Servers reap every child that ends, and some parents ignore SIGCHLD.
@pytest.mark.parametrize("good", [True, False])
def test_sources_compile_while_children_are_reaped_elsewhere(cpu, tmp_path, monkeypatch, good):
    monkeypatch.setenv("NEXUS_CACHE_DIR", str(tmp_path))
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        if good:
            assert cpu.compile(KERNELS).get_property_str_vec("SubUnits") == ["add", "scale"]
        else:
            with pytest.raises(nexus.LibraryError, match="undeclared_thing"):
                cpu.compile("int f(void) { return undeclared_thing; }")
    finally:
        signal.signal(signal.SIGCHLD, before)
