"""The stand-in for Metal: results of correct use, refusal of misuse, and no objects left."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from standins.metal import build

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="the stand-in for Metal is for Linux on x86-64",
    ),
    pytest.mark.skipif(
        not importlib.util.find_spec("ziglang"), reason="pip's ziglang is not installed"
    ),
]


@pytest.fixture(scope="module")
def client() -> Path:
    """Return a program that makes the use of the stand-in that its argument names."""
    source = build.HERE / "checks" / "client.mm"
    library, command = build.standin(), build.objective_c()

    def make(target: Path) -> None:
        (compiled,) = build.compile_all(command, [source], target.parent)
        link = [*build.host_compiler(), *build.sanitizers(), compiled, library, "-pthread"]
        build.run([*link, f"-Wl,-rpath,{library.parent}", "-o", target])

    key = build.digest([source, *build.sources(build.HERE / "include")], *command, str(library))
    return build.kept("client", key, make)


def run(client: Path, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [client, name],
        env={**os.environ, **build.kernel_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


VECTOR = np.array([1.5, 6, 4, 4], np.float32)

USES = {
    "scale": "1 31",
    "total": str(sum(i % 7 for i in range(1024))),
    "simd": f"{sum(range(32)) + 0.01:.2f} {sum(range(32)) + 0.3:.2f}",
    "vectors": " ".join(f"{x:g}" for x in (*(np.maximum(VECTOR, 2) + VECTOR @ VECTOR), 2)),
    "count": "900 150",
    "event": "0 1 2",
    "listener": "5",
    "strings": "tiny a longer constant made 1 17",
    "failure": "5 3 MTLCommandBufferErrorDomain 0 0",
}

MISUSES = {
    "selector": "unrecognized selector 'contents' sent to a StandinDevice",
    "released": "resource was released too early",
    "open encoder": "while an encoder is open",
    "commit twice": "on a command buffer that was committed",
    "index": "with index 31",
    "bytes": "with 4097 bytes",
    "group": "threadgroups of 1025 threads, where 1024 are the most",
    "argument": "with 0 bytes for its argument x",
    "short": "with 4 bytes for its argument pair, which has 8",
    "memory": "not a multiple of 16",
    "barrier": "a barrier that not all threads of the group get to",
    "blit": "a blit of 12 bytes at 8 of a buffer of 16",
    "unaligned": "not a multiple of 4",
    "wrap": "not a multiple of the page size",
}


@pytest.mark.parametrize("name", USES)
def test_use(client: Path, name: str) -> None:
    found = run(client, name)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines() == [USES[name], "live 0"]


@pytest.mark.parametrize("name", MISUSES)
def test_misuse(client: Path, name: str) -> None:
    found = run(client, name)
    assert found.returncode != 0
    assert MISUSES[name] in found.stderr


def test_unknown_setting(client: Path) -> None:
    found = run(client, "scale", NEXUS_METAL_STANDIN="nonsense=1")
    assert "'nonsense=1', which is not a setting" in found.stderr
