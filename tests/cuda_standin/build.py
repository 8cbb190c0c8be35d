"""Compile the stand-in, once for each state of its sources."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .packages import CACHE, include_folder, locked

HERE = Path(__file__).parent
FLAGS = ["-std=c++20", "-O1", "-fPIC", "-fvisibility=hidden", "-pthread"]
# Integers of PTX wrap around. A function that no cuda.h declares has no business here.
FLAGS += ["-fwrapv", "-Wall", "-Wextra", "-Werror", "-Wmissing-declarations"]


def compiler() -> list[str]:
    return shlex.split(os.environ.get("CXX", "c++"))


def run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)}\n{done.stderr}")


def key(*more: str) -> str:
    """Return a name that changes with the sources, the flags and the compiler."""
    digest = hashlib.sha256(repr((compiler(), FLAGS, more)).encode())
    for source in sorted(HERE.rglob("*.[chi]*")):
        if source.suffix in {".cpp", ".hpp", ".h", ".inc"}:
            digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def compile_objects(folder: Path, flags: Sequence[str]) -> None:
    """Compile each source to an object in the folder."""
    folder.mkdir(parents=True)
    prelude = folder / "prelude.hpp"
    prelude.write_bytes((HERE / "prelude.hpp").read_bytes())
    run([*compiler(), *flags, "-x", "c++-header", str(prelude), "-o", f"{prelude}.gch"])

    def compile_one(source: Path) -> None:
        target = folder / f"{source.parent.name}_{source.stem}.o"
        includes = ["-include", str(prelude)]
        run([*compiler(), *flags, *includes, "-c", str(source), "-o", str(target)])

    sources = sorted(HERE.glob("*/*.cpp"), key=lambda source: -source.stat().st_size)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, sources))


def link(objects: Path, target: Path, without: Sequence[str]) -> None:
    """Link the driver, and leave functions out of what it exports."""
    script = target.with_suffix(".map")
    hidden = "".join(f"{name}; " for name in without)
    local = f"local: {hidden}" if hidden else ""
    script.write_text("{ global: cu*; %s};\n" % local)
    options = ["-shared", "-pthread", "-Wl,-soname,libcuda.so.1", "-Wl,-z,nodelete"]
    options += [f"-Wl,--version-script={script}"]
    files = [str(one) for one in sorted(objects.glob("*.o"))]
    run([*compiler(), *options, *files, "-o", str(target), "-ldl"])


def build(major: int = 12, without: Sequence[str] = ()) -> Path:
    """Return the path of libcuda.so.1, compiled against cuda.h of that CUDA.

    Parameters
    ----------
    major : int
        12 or 13.
    without : sequence of str
        Functions that it lacks, as an older driver would.
    """
    include = include_folder(major)
    folder = CACHE / key(str(major))
    with locked("build"):
        if not (folder / "done").exists():
            partial = folder.with_name(folder.name + ".partial")
            run(["rm", "-rf", str(partial)])
            compile_objects(partial, [*FLAGS, f"-isystem{include}"])
            (partial / "done").touch()
            partial.rename(folder)
        name = hashlib.sha256(repr(tuple(without)).encode()).hexdigest()[:8] if without else "all"
        library = folder / name / "libcuda.so.1"
        if not library.exists():
            library.parent.mkdir(exist_ok=True)
            link(folder, library, without)
    return library
