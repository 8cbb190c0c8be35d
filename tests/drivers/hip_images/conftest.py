"""The plugin's reader of images for AMD's devices, in a process of its own, and images for it."""

from __future__ import annotations

import json
import os
import shlex
import struct
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.once import made_once
from support.paths import ROOT

from codegen.kernel_headers import write_kernel_headers
from nexus import status

HERE = Path(__file__).parent


class Reader:
    """Reads images until its process ends."""

    def __init__(self, program: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            [program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def __call__(self, image: bytes, target: str = "gfx90a:sramecc+:xnack-") -> dict[str, Any]:
        """Return the reader's answer about an image for a device."""
        assert self._process.stdin
        assert self._process.stdout
        name = target.encode()
        self._process.stdin.write(struct.pack("<II", len(name), len(image)) + name + image)
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            _, errors = self._process.communicate(timeout=60)
            pytest.fail(f"the reader ended: {errors.decode(errors='replace')}")
        return json.loads(line)

    def refuses(self, image: bytes, target: str = "gfx90a:sramecc+:xnack-") -> str:
        """Return why an image is refused, which it has to be as an invalid binary."""
        answer = self(image, target)
        assert answer.get("status") == status.NXS_InvalidBinary, answer
        return answer["message"]

    def close(self) -> None:
        output, errors = self._process.communicate(timeout=60)
        assert (output, errors, self._process.returncode) == (b"", b"", 0)


def compile_reader(folder: Path) -> None:
    write_kernel_headers(ROOT / "include", folder / "include")
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    options = ["-std=c++20", "-O0", "-g1", "-Wall", "-Wextra", "-Werror", "-pthread"]
    options += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    plugins = ROOT / "plugins"
    folders = [ROOT / "include", ROOT / "sdk", folder / "include", plugins / "hip", plugins / "gpu"]
    options += [f"-I{path}" for path in folders]
    sources = [HERE / "image_reader.cpp"]
    for plugin in ("hip", "gpu"):
        sources += sorted((plugins / plugin / "images").glob("*.cpp"))
    objects = [folder / f"{source.stem}.o" for source in sources]

    def compile_one(source: Path, target: Path) -> None:
        subprocess.run([*compiler, *options, "-c", source, "-o", target], check=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, sources, objects))
    link = [*compiler, *options, *objects, "-ldl", "-o", folder / "image_reader"]
    subprocess.run(link, check=True)


@pytest.fixture(scope="session")
def reader_program(request: pytest.FixtureRequest) -> Path:
    return made_once(request, "hip_images", compile_reader) / "image_reader"


@pytest.fixture(scope="module")
def read(reader_program: Path) -> Iterator[Reader]:
    """Return the reader, which sanitizers watch."""
    reader = Reader(reader_program)
    yield reader
    reader.close()


@pytest.fixture
def start_reader(reader_program: Path) -> Iterator[Callable[..., Reader]]:
    """Return a function that starts a reader with other environment variables."""
    readers: list[Reader] = []

    def start(**environment: str) -> Reader:
        readers.append(Reader(reader_program, **environment))
        return readers[-1]

    yield start
    for reader in readers:
        reader.close()
