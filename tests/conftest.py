"""The devices that the tests run on: the CPU, and plugins that are compiled here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.acme import write
from support.command_line import NEXUS
from support.compilation import KERNELS, SUFFIX, compile_c
from support.faults import fault_environment
from support.paths import EXAMPLES, ROOT, TESTS

import nexus

# Limit for machines with many processors: a process takes up to 1 GB.
MOST_PROCESSES = 8

# At the end, so that the installed package is tested rather than the checkout.
sys.path.append(str(ROOT))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return in how many processes the tests run; 0 for this one.

    Many tests wait for time-outs, so there is one process more than processors. Single files, and
    tests/gpu on the device that the environment selects, need no others.
    """
    files = all(argument.partition("::")[0].endswith(".py") for argument in config.args)
    if files or "NEXUS_GPU_TESTS" in os.environ:
        return 0
    linux = sys.platform == "linux"
    processors = len(os.sched_getaffinity(0)) if linux else os.cpu_count() or 1
    return min(processors + 1, MOST_PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def plugin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the test plugins, and point NEXUS_PLUGIN_PATH to them."""
    folder = tmp_path_factory.mktemp("plugins")
    example = EXAMPLES / "plugin_c"
    compile_c(example / "scratch_plugin.c", folder / f"libscratch_plugin{SUFFIX}")
    field = TESTS / "support" / "plugins" / "field_plugin.c"
    compile_c(field, folder / f"libfield_plugin{SUFFIX}", f"-I{example}")
    os.environ["NEXUS_PLUGIN_PATH"] = str(folder)
    if "NEXUS_GPU_TESTS" not in os.environ:
        # Tests that are about drivers of OpenCL choose them; to others this machine has none.
        os.environ["OCL_ICD_VENDORS"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def named_nvrtc() -> Iterator[None]:
    """Point NEXUS_NVRTC to NVIDIA's compiler, which is downloaded if need be."""
    from standins.cuda import nvrtc_library

    with pytest.MonkeyPatch.context() as patch:
        if "NEXUS_NVRTC" not in os.environ:
            patch.setenv("NEXUS_NVRTC", str(nvrtc_library()))
        yield


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that compiles C text to a named shared library."""

    def compile_text(text: str, name: str, *flags: str) -> Path:
        source = tmp_path / f"{name}.c"
        source.write_text(text)
        return compile_c(source, tmp_path / f"{name}{SUFFIX}", *flags)

    return compile_text


@pytest.fixture
def run_python(plugin_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs Python text in a separate process."""

    def run(text: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        found = subprocess.run(
            [sys.executable, "-c", text],
            # Outside the checkout, so that the installed package is imported.
            cwd=plugin_folder,
            env={**os.environ, **fault_environment(), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or found.returncode == 0, found.stderr
        return found

    return run


@pytest.fixture
def run_nexus(
    plugin_folder: Path, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs the command line."""

    def run_command(*arguments, program=NEXUS, **environment):
        return subprocess.run(
            [*program, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **{name: str(value) for name, value in environment.items()}},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_command


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """Return a folder of records in the role of the bundled ones."""
    folder = tmp_path / "ours"
    write(folder)
    write(folder, Name="Acme Bolt", Architecture="bx-2", Aliases=["bolt"], ReleaseYear=2021)
    return folder


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Return an empty folder for records of the user."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    return folder


@pytest.fixture
def cpu(plugin_folder: Path) -> nexus.Device:
    return nexus.get_runtime("cpu").get_device(0)


@pytest.fixture
def scratch(plugin_folder: Path) -> nexus.Device:
    return nexus.get_runtime("scratch").get_device(0)


@pytest.fixture
def field(plugin_folder: Path) -> nexus.Device:
    return nexus.get_runtime("field").get_device(0)


@pytest.fixture(params=["cpu", "scratch", "field"])
def device(request: pytest.FixtureRequest, plugin_folder: Path) -> nexus.Device:
    """Each device in turn."""
    return nexus.get_runtime(request.param).get_device(0)


@pytest.fixture
def library(device: nexus.Device) -> nexus.Library:
    """Return the kernels "add" and "scale" on each device in turn."""
    if device.runtime.name == "cpu":
        return device.compile(KERNELS)
    return device.load_library(b"SCRATCH1")
