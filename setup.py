"""Builds the binding, the plugins that this machine can build, and the folder of headers.

Metadata is in pyproject.toml. Environment variables: CXX, CPPFLAGS, CXXFLAGS and LDFLAGS as usual;
NEXUS_PLUGINS lists the plugins to build, such as ``cpu,cuda``, by default all; NEXUS_SANITIZE lists
the sanitizers to instrument the plugins with, such as ``address,undefined``.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from codegen.core_source import core_source  # noqa: E402
from codegen.extension_source import emit_c_source  # noqa: E402
from codegen.headers import read_headers  # noqa: E402
from codegen.kernel_headers import write_kernel_headers  # noqa: E402

INCLUDE = ROOT / "include"
PLUGINS = ROOT / "plugins"
SDK = ROOT / "sdk"
# What lets CMake and pkg-config find the package.
PACKAGING = SDK / "packaging"
SCHEMA = ROOT / "schema"
# Headers that the build writes.
GENERATED = ROOT / "build" / "include"

# The systems, by sys.platform, that a plugin builds on; plugins not listed build everywhere.
PLATFORMS = {
    "cuda": ("linux",),
    "hip": ("linux",),
    "opencl": ("linux",),
    "metal": ("darwin",),
}

# The folders of plugins/ that are compiled once, and linked into several plugins.
SHARED = {"cuda": ["gpu"], "hip": ["gpu"]}

COMPILE = [
    *("-std=c++20", "-O3", "-g0", "-fPIC", "-pthread", "-Wall", "-Wextra"),
    *("-fvisibility=hidden", "-fvisibility-inlines-hidden"),
]
if sys.platform == "darwin":
    SUFFIX = ".dylib"
    LINK = ["-dynamiclib"]
    LIBRARIES: list[str] = []
else:
    SUFFIX = ".so"
    LINK = ["-shared", "-pthread", "-Wl,-z,defs,-z,nodelete,-Bsymbolic"]
    LIBRARIES = ["-ldl"]

# For plugins in Objective-C++. Without Core Graphics, programs that have no window find no default
# device.
OBJECTIVE_C = ["-fobjc-arc", "-fblocks"]
FRAMEWORKS = [
    word for name in ("Metal", "Foundation", "CoreGraphics") for word in ("-framework", name)
]

# cffi has no stable ABI to build against on free-threaded interpreters.
LIMITED_API = not sysconfig.get_config_var("Py_GIL_DISABLED")


def compiler() -> list[str]:
    """Return the command of the C++ compiler."""
    return shlex.split(os.environ.get("CXX") or sysconfig.get_config_var("CXX") or "c++")


def flags(variable: str) -> list[str]:
    """Return the compiler flags in an environment variable."""
    return shlex.split(os.environ.get(variable, ""))


def sanitizer_flags() -> list[str]:
    sanitizers = os.environ.get("NEXUS_SANITIZE")
    if not sanitizers:
        return []
    return [
        *(f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all"),
        *("-fno-omit-frame-pointer", "-O1", "-g"),
    ]


def modified(paths: Iterable[Path]) -> float:
    """Return the modification time of the newest file, 0 if there is none."""
    return max((path.stat().st_mtime for path in paths), default=0)


def headers_in(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*.h*")]


def sources_in(folder: Path) -> list[Path]:
    return sorted([*folder.rglob("*.cpp"), *folder.rglob("*.mm")])


def export_options(exports: Path) -> list[str]:
    """Return the linker options that export exactly what a plugin's exports.map lists."""
    if sys.platform != "darwin":
        return [f"-Wl,--version-script={exports}"]
    (names,) = re.findall(r"global:([^:]*;)", exports.read_text())
    return [f"-Wl,-exported_symbol,_{name.strip()}" for name in names.split(";") if name.strip()]


def run(command: list[str], made: str) -> None:
    """Run a command that makes a file."""
    print(shlex.join(command), flush=True)
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError as error:
        reason = f"the C++ compiler {command[0]!r} is not installed; install one or set CXX"
        raise CompileError(f"{made}: {reason}") from error
    except subprocess.CalledProcessError as error:
        raise CompileError(f"{made}: {shlex.join(command)} failed") from error


class Sources:
    """The sources in a folder of plugins/, which see the headers of `others` too."""

    def __init__(self, folder: Path, others: list[Path], build: Path) -> None:
        self.folder = folder
        self.sources = sources_in(folder)
        folders = [INCLUDE, SDK, GENERATED, folder, *others]
        self.command = [*compiler(), *COMPILE, *(f"-I{path}" for path in folders)]
        self.command += [*flags("CPPFLAGS"), *flags("CXXFLAGS"), *sanitizer_flags()]
        if self.is_objective_c():
            self.command += OBJECTIVE_C
        self.inputs = [*headers_in(*folders), ROOT / "setup.py"]
        # Each compiler command has its own folder, since its objects differ.
        digest = hashlib.sha256(shlex.join(self.command).encode()).hexdigest()
        self.build = build / f"{folder.name}-{digest[:12]}"

    def is_objective_c(self) -> bool:
        return any(source.suffix == ".mm" for source in self.sources)

    def target(self, source: Path) -> Path:
        """Return the path of a source's object."""
        return self.build / f"{source.name}.o"

    def compile(self, source: Path) -> None:
        """Compile a source if it or a header has changed."""
        target = self.target(source)
        if not target.exists() or modified([target]) < modified([source, *self.inputs]):
            run([*self.command, "-c", str(source), "-o", str(target)], self.folder.name)


class Plugin:
    """A folder of plugins/ and how it becomes a shared library."""

    def __init__(self, folder: Path, build: Path) -> None:
        shared = [PLUGINS / name for name in SHARED.get(folder.name, [])]
        self.parts = [
            Sources(folder, shared, build),
            # Without the headers of the plugin, so that all plugins link the same objects.
            *(Sources(other, [], build) for other in shared),
        ]
        self.exports = folder / "exports.map"
        self.libraries = LIBRARIES
        if any(part.is_objective_c() for part in self.parts):
            self.libraries = [*LIBRARIES, *FRAMEWORKS]
        self.file_name = f"lib{folder.name}_plugin{SUFFIX}"

    def link(self, folder: Path) -> None:
        """Link the library into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        objects = [str(part.target(source)) for part in self.parts for source in part.sources]
        # Replaced rather than rewritten, because a process may have the old file mapped.
        new = folder / f".{self.file_name}.new"
        options = [*LINK, *export_options(self.exports), *sanitizer_flags(), *flags("LDFLAGS")]
        run([*compiler(), *options, *objects, *self.libraries, "-o", str(new)], self.file_name)
        os.replace(new, folder / self.file_name)


def plugins(build: Path) -> list[Plugin]:
    """Return the plugins that this system can build, limited to those in NEXUS_PLUGINS if set."""
    wanted = os.environ.get("NEXUS_PLUGINS")
    return [
        Plugin(folder, build)
        for folder in sorted(PLUGINS.glob("*"))
        if (folder / "exports.map").exists()
        and (not wanted or folder.name in wanted.split(","))
        and sys.platform in PLATFORMS.get(folder.name, (sys.platform,))
    ]


def build_plugins(made: list[Plugin], folder: Path) -> None:
    """Compile what has changed, all plugins' sources side by side, and link the plugins."""
    # A part that several plugins share has one folder, and is compiled once.
    parts = {part.build: part for plugin in made for part in plugin.parts}
    for build in parts:
        build.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = [(part, source) for part in parts.values() for source in part.sources]
        # After a failure, sources that wait are not compiled.
        list(pool.map(lambda task: task[0].compile(task[1]), tasks))
    for plugin in made:
        plugin.link(folder)


def copy_headers(target: Path) -> None:
    """Assemble the include folder that third parties compile plugins and kernels with."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(INCLUDE, target)
    shutil.copytree(SDK / "nexus-sdk", target / "nexus-sdk")
    write_kernel_headers(INCLUDE, target)


def copy_schema(target: Path) -> None:
    """Copy the schemas of the device database into the package."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SCHEMA, target)


def write_packaging(target: Path, version: int) -> None:
    """Write what lets CMake and pkg-config find the package, for a version of the C ABI."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    major, minor, patch = version >> 16, version >> 8 & 255, version & 255
    values = {
        "@VERSION@": f"{major}.{minor}.{patch}",
        "@MAJOR@": str(major),
        "@LIBS@": shlex.join(LIBRARIES),
    }
    for source in PACKAGING.iterdir():
        text = source.read_text("utf-8")
        for name, value in values.items():
            text = text.replace(name, value)
        (target / source.name.removesuffix(".in")).write_text(text, "utf-8")


class BuildExt(build_ext):  # type: ignore[misc]
    """Also builds the plugins and copies headers and schemas; all go next to ``nexus._ffi``."""

    def run(self) -> None:
        package = Path(self.get_ext_fullpath("nexus._ffi")).parent
        folder = Path(self.build_temp)
        folder.mkdir(parents=True, exist_ok=True)
        api = read_headers(INCLUDE)
        emit_c_source(api, folder / "_ffi.c")
        (folder / "_core.c").write_text(core_source(api), encoding="utf-8")
        for extension in self.extensions:
            extension.sources = [str(folder / f"{extension.name.removeprefix('nexus.')}.c")]
        super().run()
        copy_headers(package / "include")
        copy_schema(package / "schema")
        write_packaging(package / "cmake", api.limits["API_VERSION"])
        write_kernel_headers(INCLUDE, GENERATED)
        build = ROOT / "build" / f"plugins-{sysconfig.get_platform()}"
        build_plugins(plugins(build), package / "plugins")


setup(
    ext_modules=[
        Extension(
            "nexus._ffi",
            sources=[],
            include_dirs=[str(INCLUDE)],
            define_macros=[] if LIMITED_API else [("_CFFI_NO_LIMITED_API", None)],
            libraries=["dl", "m"] if sys.platform == "linux" else [],
            py_limited_api=LIMITED_API,
        ),
        Extension(
            "nexus._core",
            sources=[],
            include_dirs=[str(INCLUDE)],
            define_macros=[("Py_LIMITED_API", "0x030A0000")] if LIMITED_API else [],
            py_limited_api=LIMITED_API,
        ),
    ],
    cmdclass={"build_ext": BuildExt},
    options={"bdist_wheel": {"py_limited_api": "cp310"}} if LIMITED_API else {},
)
