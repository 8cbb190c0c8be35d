"""Builds the Metal plugin where there is no Mac: for Linux with the stand-in, and Mach-O dylibs.

Everything is kept in a folder under build/ by the contents that it is made of, Zig's own cache
too, so that a second run compiles nothing.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from codegen.kernel_headers import write_kernel_headers
from standins.locks import locked

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLUGINS = ROOT / "plugins"
CACHE = Path(os.environ.get("NEXUS_METAL_CACHE", ROOT / "build" / "metal"))
# Declarations for a check of the language's rules.
PRELUDES = ROOT / "nexus" / "compilers" / "preludes"
ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
# The oldest version of macOS that the plugin supports.
MINIMUM_OS = (13, 0)

# Headers that the build writes.
GENERATED = CACHE / "include"
FOLDERS = (ROOT / "include", ROOT / "sdk", GENERATED)
INCLUDES = [f"-I{path}" for path in (HERE / "include", *FOLDERS, PLUGINS / "metal")]
OBJECTIVE_C = ["-std=c++20", "-O2", "-fobjc-arc", "-fblocks", "-Wall", "-Wextra", "-Werror"]
HIDDEN = ["-fvisibility=hidden", "-fvisibility-inlines-hidden"]


def zig() -> str:
    """Return the path of pip's Zig, whose Clang compiles Objective-C++."""
    import ziglang

    return str(Path(ziglang.__file__).with_name("zig"))


def zig_environment() -> dict[str, str]:
    """Return the environment variables with the cache folders of Zig."""
    return dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), str(CACHE / "zig"))


@functools.cache
def host_compiler() -> tuple[str, ...]:
    return tuple(shlex.split(os.environ.get("CXX", "c++")))


@functools.cache
def standard_library() -> tuple[str, ...]:
    """Return the options for the C++ library of the host compiler, which all parts share."""
    command = [*host_compiler(), "-E", "-v", "-x", "c++", os.devnull]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found = said.partition("#include <...> search starts here:")[2].partition("End of search")[0]
    folders = [line.strip() for line in found.splitlines()]
    return ("-nostdinc++", *(f"-I{folder}" for folder in folders if "c++" in folder))


def sanitizers() -> list[str]:
    """Return the options for the sanitizers that the environment asks for."""
    names = os.environ.get("NEXUS_SANITIZE")
    if not names:
        return []
    # Separate options, since Zig ignores the first of several in one option.
    each = [f"-fsanitize={name}" for name in names.split(",")]
    return [*each, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g"]


def run(command: Sequence[str | Path]) -> None:
    """Run a compiler; RuntimeError with its output if it fails."""
    words = [str(word) for word in command]
    environment = {**os.environ, **zig_environment()}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(words)}\n{done.stdout}{done.stderr}")


def sources(*places: Path) -> list[Path]:
    """Return all files in the folders that a compilation may depend on."""
    return sorted(
        path
        for place in places
        for path in ([place] if place.is_file() else place.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    )


def digest(inputs: Iterable[Path], *words: str) -> str:
    """Return a hash of files and words, the key of the products made from them."""
    sums = hashlib.sha256("\0".join(words).encode())
    for path in inputs:
        sums.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return sums.hexdigest()[:20]


def kept(name: str, key: str, make: Callable[[Path], object]) -> Path:
    """Return a cached file, after making it with a function of its path if it is missing."""
    target = CACHE / f"{name}-{key}" / name
    with locked(CACHE, target.parent.name):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=CACHE) as folder:
                new = Path(folder) / name
                make(new)
                os.replace(new, target)
    return target


def compile_all(command: Sequence[str], files: Sequence[Path], folder: Path) -> list[Path]:
    """Compile files in parallel, and return the objects."""
    objects = [folder / f"{path.parent.name}-{path.name}.o" for path in files]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(run, [*command, "-c", path, "-o", target])
            for path, target in zip(files, objects, strict=True)
        ]
        for job in jobs:
            job.result()
    return objects


def standin() -> Path:
    """Build the stand-in, and return the path of the library."""
    files = [
        path for path in sources(HERE) if path.suffix == ".cpp" and path.parent.name != "checks"
    ]
    inputs = [path for path in sources(HERE) if path.suffix in (".cpp", ".hpp")]
    shim = digest(sources(HERE / "msl", PRELUDES, ROOT / "include"))
    command = [
        *(*host_compiler(), "-std=c++20", "-O1", "-fPIC", "-pthread", "-Wall", "-Wextra"),
        *(*HIDDEN, *sanitizers(), f'-DMETAL_STANDIN_VERSION="{shim}"'),
        f'-DMETAL_STANDIN_MSL="{HERE / "msl"}"',
        f'-DMETAL_STANDIN_INCLUDE="{ROOT / "include"}"',
        f'-DMETAL_STANDIN_PRELUDES="{PRELUDES}"',
    ]
    name = "libmetal_standin.so"

    def make(target: Path) -> None:
        objects = compile_all(command, files, target.parent)
        options = ["-shared", "-pthread", f"-Wl,-soname,{name}", "-Wl,-z,defs", *sanitizers()]
        run([*host_compiler(), *options, *objects, "-o", target])

    return kept(name, digest(inputs, *command), make)


def objective_c() -> list[str]:
    """Return the command that compiles Objective-C++ for Linux."""
    return [
        *(zig(), "c++", *OBJECTIVE_C, *HIDDEN, "-fPIC", "-pthread", "-fobjc-runtime=gnustep-2.0"),
        *(*standard_library(), *INCLUDES, *sanitizers()),
    ]


def plugin_files() -> list[Path]:
    return sorted((PLUGINS / "metal").glob("*.mm"))


def plugin_inputs() -> list[Path]:
    places = (
        PLUGINS / "metal",
        ROOT / "sdk",
        ROOT / "include",
        HERE / "include",
        HERE / "stubs",
    )
    return sources(*places)


def plugin() -> Path:
    """Build the plugin for Linux on the stand-in, and return the path of the library."""
    metal, command = standin(), objective_c()
    link = [
        *(*host_compiler(), "-shared", "-pthread", "-Wl,-z,defs,-z,nodelete,-Bsymbolic"),
        f"-Wl,--version-script={PLUGINS / 'metal' / 'exports.map'}",
        *(f"-Wl,-rpath,{metal.parent}", *sanitizers()),
    ]

    def make(target: Path) -> None:
        write_kernel_headers(ROOT / "include", GENERATED)
        objects = compile_all(command, plugin_files(), target.parent)
        run([*link, *objects, metal, "-o", target])

    return kept("libmetal_plugin.so", digest(plugin_inputs(), *command, *link), make)


def target(architecture: str) -> list[str]:
    """Return the options for a Mac of an architecture."""
    version = ".".join(map(str, MINIMUM_OS))
    return ["-target", f"{ARCHITECTURES[architecture]}-macos.{version}"]


def macho_plugin(architecture: str) -> Path:
    """Build the plugin for Macs of an architecture, and return the path of the dylib."""
    name = "libmetal_plugin.dylib"
    command = [zig(), "c++", *target(architecture), *OBJECTIVE_C, *HIDDEN, *INCLUDES]
    stubs = HERE / "stubs"
    link = [
        *(zig(), "c++", *target(architecture), "-shared", f"-Wl,-install_name,@rpath/{name}"),
        *(f"-F{stubs}", f"-L{stubs}", "-framework", "Metal", "-framework", "Foundation", "-lobjc"),
    ]

    def make(path: Path) -> None:
        write_kernel_headers(ROOT / "include", GENERATED)
        objects = compile_all(command, plugin_files(), path.parent)
        run([*link, *objects, "-o", path])

    return kept(name, digest(plugin_inputs(), *command, *link), make)


def relinked_plugin() -> Path:
    """Build the plugin for Macs with Intel's processors, and convert it for Linux."""
    # Imported here, since it needs a package that the rest does not.
    from standins.metal import relink

    metal, dylib = standin(), macho_plugin("x86_64")
    name = "libmetal_plugin.so"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    command = [*compiler, "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-fPIC"]
    command += ["-Wall", "-Wextra", "-Werror"]
    link = [*compiler, "-shared", "-pthread", "-Wl,-z,defs,-z,nodelete"]
    link += [f"-Wl,-rpath,{metal.parent}"]
    link += [f"-Wl,--version-script={PLUGINS / 'metal' / 'exports.map'}"]

    def make(target: Path) -> None:
        folder = target.parent
        objects = compile_all(command, sorted((HERE / "darwin").glob("*.c")), folder)
        ours = frozenset().union(*map(relink.symbols_of, objects))
        image = relink.Image(dylib, relink.symbols_of(metal), ours)
        source, compiled = folder / "image.s", folder / "image.o"
        source.write_text(image.assembly(folder / "image.bin"))
        run([*compiler, "-c", source, "-o", compiled])
        run([*link, compiled, *objects, metal, "-ldl", "-lgcc_s", "-o", target])

    inputs = [*sources(HERE / "darwin"), *HERE.glob("*.py")]
    return kept(name, digest(inputs, *command, *link, str(dylib), str(metal)), make)


def macho_cpu_plugin(architecture: str) -> Path:
    """Build the CPU plugin for Macs of an architecture, and return the path of the dylib."""
    name = "libcpu_plugin.dylib"
    folders = (PLUGINS / "cpu", ROOT / "sdk", ROOT / "include")
    command = [
        *(zig(), "c++", *target(architecture), "-std=c++20", "-O2", "-Wall", "-Wextra", *HIDDEN),
        *(f"-I{folder}" for folder in (*folders, GENERATED)),
    ]
    link = [*(zig(), "c++", *target(architecture), "-shared", f"-Wl,-install_name,@rpath/{name}")]

    def make(path: Path) -> None:
        write_kernel_headers(ROOT / "include", GENERATED)
        objects = compile_all(command, sorted((PLUGINS / "cpu").rglob("*.cpp")), path.parent)
        run([*link, *objects, "-o", path])

    return kept(name, digest(sources(*folders), *command, *link), make)


def kernel_environment() -> dict[str, str]:
    """Return the environment variables with the stand-in's compiler and its cache."""
    return {
        "NEXUS_METAL_STANDIN_CXX": f"{zig()} c++",
        "NEXUS_METAL_STANDIN_CLANG": f"{zig()} clang",
        "NEXUS_METAL_STANDIN_CACHE": str(CACHE / "kernels"),
        **zig_environment(),
    }


def environment(built: Callable[[], Path] = plugin) -> dict[str, str]:
    """Return the environment variables for a process with a plugin on the stand-in."""
    return {
        "NEXUS_PLUGIN_PATH": str(built().parent),
        "LD_LIBRARY_PATH": os.pathsep.join(
            filter(None, [str(standin().parent), os.environ.get("LD_LIBRARY_PATH")])
        ),
        **kernel_environment(),
    }


if __name__ == "__main__":
    # For a shell: eval "$(python -m standins.metal.build)" sets the environment.
    sys.stdout.writelines(f"export {k}={shlex.quote(v)}\n" for k, v in environment().items())
