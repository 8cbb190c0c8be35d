"""Documents: their code runs, and their names, links and numbers are right."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.documents import blocks, run_blocks
from support.once import made_once
from support.paths import ROOT

import nexus

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        *(f"docs/{name}.md" for name in ("python", "devices", "kernels", "cpu", "build")),
    ],
)
def test_python_blocks_run(page, cpu, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_blocks(page)


def test_plain_functions_of_the_page_compile_and_run(cpu):
    libraries = [cpu.compile(block) for block in blocks("docs/cpu.md", "c")]
    reverse, ranges = (library.get_property_str_vec("SubUnits") for library in libraries)
    assert "reverse" in reverse
    assert ranges == ["scale"]

    x = np.random.default_rng(1).random(256, dtype=np.float32)
    a = cpu.create_buffer(x)
    libraries[0].get_kernel("reverse")(a, group_size=64, grid_size=256, shared_memory_size=64 * 4)
    reversed_groups = x.reshape(-1, 64)[:, ::-1].ravel()
    assert a.numpy().tolist() == reversed_groups.tolist()
    libraries[1].get_kernel("scale")(a, np.float32(3), group_size=64, grid_size=256)
    assert a.numpy().tolist() == (np.float32(3) * reversed_groups).tolist()


PAGE = "docs/write_a_plugin.md"


def steps() -> list[str]:
    """Return the plugin as it is after each step of the page that changes it."""
    nothing, buffer, device, backend, kernels, whole_device, *_ = cpp_blocks()
    return [
        nothing,
        "\n".join([buffer, device, backend]),
        "\n".join([buffer, kernels, whole_device, backend]),
    ]


def cpp_blocks() -> list[str]:
    return [block.lstrip("\n") for block in blocks(PAGE, "cpp")]


def plugin_with_a_queue() -> str:
    """Return the plugin as it is after the chapter on devices with queues."""
    _, buffer, _, backend, kernels, _, head, queue, device = cpp_blocks()
    class_only = buffer[buffer.index("class HostBuffer") :]
    return "\n".join([head, class_only, kernels, queue, device, backend])


@pytest.fixture(scope="module")
def built(request):
    """Compile the plugin after each step with the page's command."""
    folder = made_once(request, "steps", compile_steps)
    return [folder / str(number) / "libnegate_plugin.so" for number in range(len(steps()))]


def compile_steps(place: Path) -> None:
    (command,) = (c for c in blocks(PAGE, "sh") if "plugin.cpp" in c)
    command = command.replace(
        "$(python -c 'import nexus; print(nexus.get_include())')", nexus.get_include()
    )
    (exports,) = blocks(PAGE, "text")
    for number, source in enumerate(steps()):
        folder = place / str(number)
        (folder / "nexus_negate").mkdir(parents=True)
        (folder / "nexus_negate" / "plugin.cpp").write_text(source)
        (folder / "exports.map").write_text(exports.lstrip("\n"))
        # Optimizing takes most of the time to compile.
        subprocess.run(["sh", "-euc", command.replace("-O2", "-O0")], check=True, cwd=folder)


def shown(first: str) -> list[str]:
    """Return the outputs that the page shows for commands with a prefix."""
    text = "\n".join(blocks(PAGE, "console"))
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    return [output.strip() for command, output in found if command.startswith(first)]


@pytest.mark.skipif(sys.platform != "linux", reason="the page's command is for Linux")
def test_each_step_of_the_page_gives_what_it_shows(built, run_python):
    lines = re.findall(r"^\$ (?:cd \.\. && )?python -c '(.*)'$", (ROOT / PAGE).read_text(), re.M)
    outputs = [*shown("python -c"), *shown("cd .. && python -c")]
    assert len(lines) == len(outputs) == 3
    for plugin, line, output in zip(built, lines, outputs, strict=True):
        assert run_python(line, NEXUS_PLUGIN_PATH=str(plugin)).stdout.strip() == output
    (use,) = (b for b in blocks(PAGE, "python") if "device.compile" in b)
    run_python(use.strip(), NEXUS_PLUGIN_PATH=str(built[-1]))


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the page's command is for Linux")
def test_the_kit_says_of_the_page_s_plugin_what_the_page_shows(built, tmp_path):
    pytest.importorskip("hypothesis", reason="the kit is the extra [conformance]")

    def kit(plugin: Path) -> str:
        command = [sys.executable, "-m", "nexus", "conformance", str(plugin), "--only", "buffer"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    right, wrong, *_ = shown("nexus conformance")
    without_times = re.compile(r" +[0-9.]+$| in [0-9.]+ s$", re.MULTILINE)
    found = without_times.sub("", kit(built[1])).splitlines()
    for line in without_times.sub("", right).splitlines():
        assert line == "..." or line in found
    source = steps()[1].replace("std::size_t at = 0;", "std::size_t at = pattern_size;")
    broken = built[1].parent / "nexus_negate" / "broken.cpp"
    broken.write_text(source)
    target = tmp_path / "libnegate_plugin.so"
    include = nexus.get_include()
    options = ["-std=c++20", "-O0", "-shared", "-fPIC", "-pthread", f"-I{include}"]
    subprocess.run(["c++", *options, str(broken), "-o", str(target)], check=True)
    report = kit(target).replace(str(target), "libnegate_plugin.so")
    without_number = re.compile(r":\d+\)$", re.MULTILINE)
    for line in without_number.sub("", wrong).splitlines():
        assert line == "..." or line in without_number.sub("", report).splitlines()


def test_the_page_makes_the_example():
    example = ROOT / "examples" / "plugin"
    assert steps()[-1] == (example / "nexus_negate" / "plugin.cpp").read_text()
    for language, names in {
        "toml": ["pyproject.toml"],
        "python": ["setup.py", "nexus_negate/__init__.py"],
        "json": ["kernels/manifest.json"],
        "text": ["exports.map"],
    }.items():
        on_page = [block.lstrip("\n") for block in blocks(PAGE, language)]
        for name in names:
            assert (example / name).read_text() in on_page, name


@pytest.mark.long
@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the page's command is for Linux")
def test_the_plugin_with_a_queue(built, tmp_path):
    """The page's plugin is the example, and conforms."""
    pytest.importorskip("hypothesis", reason="the kit is the extra [conformance]")
    assert plugin_with_a_queue() == (ROOT / "examples" / "plugin_queue" / "plugin.cpp").read_text()
    (command,) = (c for c in blocks(PAGE, "sh") if "plugin.cpp" in c)
    command = command.replace(
        "$(python -c 'import nexus; print(nexus.get_include())')", nexus.get_include()
    )
    (tmp_path / "nexus_negate").mkdir()
    (tmp_path / "nexus_negate" / "plugin.cpp").write_text(plugin_with_a_queue())
    (tmp_path / "exports.map").write_text((built[0].parent / "exports.map").read_text())
    subprocess.run(["sh", "-euc", command.replace("-O2", "-O0")], check=True, cwd=tmp_path)
    kernels = ROOT / "examples" / "plugin" / "kernels"
    kit = [sys.executable, "-m", "nexus", "conformance", "libnegate_plugin.so"]
    kit += ["--kernels", str(kernels), "--seed", "1", "--fuzz-examples", "30"]
    found = subprocess.run(kit, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 0, found.stdout


def test_the_test_command_is_that_of_the_checks():
    (command,) = (b.strip() for b in blocks("README.md", "sh") if "pytest" in b)
    assert f"run_tests() {{ {command}; }}" in (ROOT / ".ci" / "run").read_text()


def test_environment_variables_are_documented():
    sources = [
        ROOT / "setup.py",
        ROOT / "build_ffi.py",
        *(ROOT / "codegen").glob("*.py"),
        *(ROOT / "nexus").rglob("*.py"),
    ]
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
    # Headers are named as programs include them.
    places = (ROOT, ROOT / "include")
    missing += [file for file in files if not any((place / file).exists() for place in places)]
    # Paths made by the build, and prefixes of include directives.
    assert set(missing) <= {"nexus/_core", "nexus/_ffi"}


def test_links_of_the_readme_work_from_the_package_page():
    """The page is shown away from the source tree, where relative links lead nowhere."""
    text = (ROOT / "README.md").read_text()
    assert not re.findall(r"\]\((?!https:)[^)]*\)", text)
    files = re.findall(r"`([\w/]+\.md)`", text)
    assert len(files) > 10
    assert all((ROOT / file).is_file() for file in files)


def test_limits_are_those_of_the_code(cpu):
    text = (ROOT / "docs" / "cpu.md").read_text()
    limits = dict(re.findall(r"^\| ([a-z -]+) \| ([\d ]+)(?: MiB)? \|$", text, re.MULTILINE))
    numbers = {name: int(value.replace(" ", "")) for name, value in limits.items()}
    header = (ROOT / "include" / "nexus-api" / "nxs.h").read_text()
    assert numbers == {
        "items in a group": cpu.get_property_int("MaxThreadsPerBlock"),
        "items along one dimension": 2**31 - 1,
        "arguments of a work-group function": 32,
        "arguments of a plain function": int(
            re.search(r"NXS_KERNEL_MAX_ARGS (?:= )?(\d+)", header)[1]
        ),
        "shared memory set by a launch": cpu.get_property_int("MaxThreadgroupMemorySize") >> 20,
    }
