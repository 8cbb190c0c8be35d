"""Compile the stand-in, once for each state of its sources."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from standins.locks import locked

from .packages import CACHE, include_folder

HERE = Path(__file__).parent
DRIVER = [*(HERE / "driver").rglob("*.cpp")]
FLAGS = ["-std=c++20", "-O1", "-fPIC", "-fvisibility=hidden", "-pthread"]
# Integers in PTX wrap around. Every exported function must be declared in cuda.h.
FLAGS += ["-fwrapv", "-Wall", "-Wextra", "-Werror", "-Wmissing-declarations"]


def compiler() -> list[str]:
    return shlex.split(os.environ.get("CXX", "c++"))


def run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)}\n{done.stderr}")


def key() -> str:
    """Return a name that changes with the sources, the flags and the compiler."""
    digest = hashlib.sha256(repr((compiler(), FLAGS)).encode())
    for source in sorted(HERE.rglob("*.[chi]*")):
        if source.suffix in {".cpp", ".hpp", ".h", ".inc"}:
            digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def compiling(folder: Path, major: int) -> list[str]:
    """Return the command that compiles a source; the headers are compiled into the folder."""
    command = [*compiler(), *FLAGS, f"-isystem{include_folder(major)}"]
    prelude = folder / "prelude.hpp"
    prelude.write_bytes((HERE / "prelude.hpp").read_bytes())
    run([*command, "-x", "c++-header", str(prelude), "-o", f"{prelude}.gch"])
    return [*command, "-include", str(prelude)]


def compile_objects(folder: Path) -> None:
    """Compile each source to an object in the folder."""
    command = compiling(folder, 12)

    def compile_one(source: Path) -> None:
        target = folder / f"{source.parent.name}_{source.stem}.o"
        run([*command, "-c", str(source), "-o", str(target)])

    in_parallel(compile_one, [*DRIVER, *(HERE / "ptx").rglob("*.cpp")])


def in_parallel(work: Callable[[Path], None], sources: Sequence[Path]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # The largest file first, which balances the cores.
        list(pool.map(work, sorted(sources, key=lambda source: -source.stat().st_size)))


def check(major: int) -> None:
    """Compare the driver's functions with the cuda.h of a CUDA version, without building."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*compiling(Path(folder), major), "-fsyntax-only"]
        in_parallel(lambda source: run([*command, str(source)]), DRIVER)


def link(objects: Path, target: Path, without: Sequence[str]) -> None:
    """Link the driver, and leave functions out of what it exports."""
    script = target.with_suffix(".map")
    hidden = "".join(f" {name};" for name in without)
    script.write_text(f"{{ global: cu*;{' local:' if hidden else ''}{hidden} }};\n")
    options = ["-shared", "-pthread", "-Wl,-soname,libcuda.so.1", "-Wl,-z,nodelete"]
    options += [f"-Wl,--version-script={script}"]
    files = [str(one) for one in sorted(objects.glob("*.o"))]
    run([*compiler(), *options, *files, "-o", str(target), "-ldl"])


def objects() -> Path:
    """Return the folder of the compiled sources, and compile them if they are out of date.

    The caller holds the lock of the cache.
    """
    folder = CACHE / key()
    if not (folder / "done").exists():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        compile_objects(partial)
        (partial / "done").touch()
        partial.rename(folder)
    return folder


def build(without: Sequence[str] = ()) -> Path:
    """Return the path of libcuda.so.1, and compile it if it is out of date.

    Parameters
    ----------
    without : sequence of str
        Functions to leave out, as an older driver would.
    """
    with locked(CACHE, "build"):
        folder = objects()
        name = hashlib.sha256(repr(tuple(without)).encode()).hexdigest()[:8] if without else "all"
        library = folder / name / "libcuda.so.1"
        if not library.exists():
            library.parent.mkdir(exist_ok=True)
            link(folder, library, without)
    return library
