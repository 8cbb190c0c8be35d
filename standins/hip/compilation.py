"""Compile HIP's side of the stand-in, and link it with the engine of standins/cuda."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from standins.cuda import compilation as engine
from standins.cuda import nvrtc_library
from standins.cuda.packages import CACHE as ENGINE_CACHE
from standins.locks import locked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / "build" / "hip-standin"
# The plugins' tables of HIP's functions, and what they are compiled into.
TABLES = [ROOT / "plugins" / name for name in ("gpu", "hip")]
SOURCES = [*sorted((HERE / "runtime").glob("*.cpp")), HERE / "hiprtc.cpp"]
# A release of each version that the plugin supports.
VERSIONS = {5: 50221153, 6: 60342134, 7: 70125424}


def key() -> str:
    """Return a name that changes with the sources and with the engine."""
    digest = hashlib.sha256(engine.key().encode())
    tables = [file for folder in TABLES for file in (folder / "driver").glob("*_functions.hpp")]
    for source in [*SOURCES, *(HERE / "runtime").glob("*.hpp"), *tables]:
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def compile_objects(folder: Path) -> None:
    """Compile each source to an object in the folder."""
    command = [*engine.compiling(folder, 12), "-Wno-missing-declarations"]
    command += [f"-I{folder}" for folder in TABLES]
    command += [f"-isystem{nvrtc_library().parents[1] / 'include'}"]

    def compile_one(source: Path) -> None:
        engine.run([*command, "-c", str(source), "-o", str(folder / f"{source.stem}.o")])

    engine.in_parallel(compile_one, SOURCES)


def link(objects: Path, folder: Path, major: int, without: Sequence[str]) -> None:
    """Link both libraries into a folder."""
    script = folder / "exports.map"
    hidden = "".join(f" {name};" for name in without)
    script.write_text(f"{{ global: hip*; cuStandin*; local:{hidden} *; }};\n")
    nvrtc = nvrtc_library()
    parts: dict[str, list[str]] = {
        "libamdhip64": [
            *(str(objects / f"{source.stem}.o") for source in SOURCES if source.parent != HERE),
            *(str(one) for one in sorted(engine.objects().glob("*.o"))),
            "-ldl",
        ],
        "libhiprtc": [str(objects / "hiprtc.o"), str(nvrtc), f"-Wl,-rpath,{nvrtc.parent}"],
    }
    for name, inputs in parts.items():
        file = f"{name}.so.{major}"
        options = ["-shared", "-pthread", f"-Wl,-soname,{file}", "-Wl,-z,nodelete"]
        options += [f"-Wl,--version-script={script}"]
        engine.run([*engine.compiler(), *options, *inputs, "-o", str(folder / file)])


def build(major: int = 6, without: Sequence[str] = ()) -> Path:
    """Return the path of libamdhip64.so of a version, and compile it if it is out of date.

    libhiprtc.so is beside it.

    Parameters
    ----------
    major : int
        The version of HIP.
    without : sequence of str
        Functions to leave out, as an older runtime would.
    """
    library = f"libamdhip64.so.{major}"
    with locked(ENGINE_CACHE, "build"), locked(CACHE, "build"):
        folder = CACHE / key()
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as partial:
                (Path(partial) / "objects").mkdir()
                compile_objects(Path(partial) / "objects")
                (Path(partial) / "objects").rename(folder)
        missing = (
            hashlib.sha256(repr(tuple(without)).encode()).hexdigest()[:8] if without else "all"
        )
        there = folder / f"{major}-{missing}"
        if not (there / library).exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as partial:
                (Path(partial) / "linked").mkdir()
                link(folder, Path(partial) / "linked", major, without)
                (Path(partial) / "linked").rename(there)
    return there / library
