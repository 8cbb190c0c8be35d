"""What the documents show runs, and what they say of names is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nexus

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language, padded so that errors show the line of the page."""
    text = (ROOT / page).read_text()
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return ["\n" * text.count("\n", 0, m.start(1)) + m[1] for m in found]


@pytest.mark.parametrize(
    "page", ["README.md", "docs/python.md", "docs/devices.md", "docs/kernels.md"]
)
def test_python_blocks_run(page, cpu, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = blocks(page, "python")
    assert found
    names: dict[str, object] = {"__name__": "__main__"}
    for block in found:
        exec(compile(block, str(ROOT / page), "exec"), names)


def test_kernels_of_the_page_compile_and_run(cpu):
    libraries = [cpu.compile(block) for block in blocks("docs/kernels.md", "c")]
    scale, center, reverse = (library.get_property_str_vec("SubUnits") for library in libraries)
    assert (scale, center) == (["scale"], ["center"])
    assert "reverse" in reverse

    x = np.random.default_rng(1).random(256, dtype=np.float32)
    a, b = cpu.create_buffer(x), cpu.create_buffer(256, dtype="float32")
    names = ["scale", "center", "reverse"]
    kernels = [lib.get_kernel(name) for lib, name in zip(libraries, names, strict=True)]
    kernels[0](a, b, 3.0, 255, group_size=64, grid_size=256)
    assert b.numpy().tolist() == [*(np.float32(3) * x[:255]), 0]
    kernels[1](a, b, group_size=64, grid_size=256)
    groups = x.reshape(-1, 64)
    assert np.allclose(b.numpy(), (groups - groups.mean(1, keepdims=True)).ravel(), atol=1e-6)
    kernels[2](a, group_size=64, grid_size=256, shared_memory_size=64 * 4)
    assert a.numpy().tolist() == groups[:, ::-1].ravel().tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="the page's command is for Linux")
def test_the_plugin_of_the_page_works(plugin_folder, tmp_path, run_python):
    source, target = tmp_path / "plugin.cpp", tmp_path / "libnegate_plugin.so"
    (text,) = blocks("docs/plugins.md", "cpp")
    source.write_text(text)
    (command,) = (c for c in blocks("docs/plugins.md", "sh") if "plugin.cpp" in c)
    command = command.replace(
        "$(python -c 'import nexus; print(nexus.get_include())')", nexus.get_include()
    )
    subprocess.run(command.replace("\\\n", ""), shell=True, check=True, cwd=tmp_path)
    (use,) = blocks("docs/plugins.md", "python")
    run_python(use.strip(), NEXUS_PLUGIN_PATH=str(target))


def test_the_test_command_is_that_of_the_checks():
    (command,) = (b.strip() for b in blocks("README.md", "sh") if "pytest" in b)
    assert f"run_tests() {{ {command}; }}" in (ROOT / ".ci" / "run").read_text()


def test_environment_variables_are_documented():
    sources = [ROOT / "setup.py", *ROOT.glob("build_ffi*.py"), *(ROOT / "nexus").glob("*.py")]
    sources += [*(ROOT / "plugins").rglob("*.?pp")]
    used = {
        name for source in sources for name in re.findall(r'"(NEXUS_[A-Z_]+)"', source.read_text())
    }
    assert {"NEXUS_PLUGIN_PATH", "NEXUS_CPU_THREADS"} <= used
    table = re.findall(r"^\| (`NEXUS.*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"NEXUS_[A-Z_]+", " ".join(table))) == used - {"NEXUS_API_FUNC"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_lead_somewhere(page):
    text = page.read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    files = re.findall(
        r"`((?:include|plugins|nexus|tests|docs|examples|benchmarks)/[\w./-]+)`", text
    )
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [file for file in files if not (ROOT / file).exists()]
    # Made by the build, or the prefix of what programs include.
    assert set(missing) <= {"nexus/_ffi"}


def test_limits_are_those_of_the_code(cpu):
    text = (ROOT / "docs" / "kernels.md").read_text()
    limits = dict(re.findall(r"^\| ([a-z -]+) \| ([\d ]+)(?: MiB)? \|$", text, re.MULTILINE))
    numbers = {name: int(value.replace(" ", "")) for name, value in limits.items()}
    header = (ROOT / "include" / "nexus-api" / "nxs.h").read_text()
    assert numbers == {
        "items of a group": cpu.get_property_int("MaxThreadsPerBlock"),
        "items along one dimension": 2**31 - 1,
        "arguments of a work-group function": 32,
        "arguments of a plain function": int(
            re.search(r"NXS_KERNEL_MAX_ARGS (?:= )?(\d+)", header)[1]
        ),
        "shared memory that a launch gives": cpu.get_property_int("MaxThreadgroupMemorySize") >> 20,
    }
