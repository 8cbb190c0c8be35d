"""The search for plugins finds and refuses what Python does, and says why in the same words."""

from __future__ import annotations

import os
import shutil

import pytest
from support.compilation import SUFFIX
from support.cpp_programs import HOME, run

LIST = """
import warnings, nexus
warnings.simplefilter("ignore")
runtimes = nexus.get_runtimes()
for one in runtimes:
    print(one.name, one.path, one.origin, sep="|")
for one in runtimes.refused:
    print("refused", one.path, one.origin, one.reason, int(one.shadowed), sep="|")
"""
# A function that the plugin exports, but never calls.
STUB = "NXS_API_EXPORT int nxs{name}(void) {{ return {result}; }}\n"
NEEDED = (
    *("GetRuntimeProperty", "GetDeviceProperty", "CreateBuffer", "CopyBuffer", "GetKernel"),
    *("CreateSchedule", "RunSchedule", "CreateCommand", "SetCommandArgument", "FinalizeCommand"),
)


def plugin(build, name, functions, **results):
    text = "".join(STUB.format(name=one, result=results.get(one, -64)) for one in functions)
    return build(f"#include <nexus-api/nxs_platform.h>\n{text}", f"lib{name}_plugin")


@pytest.fixture
def places(build, tmp_path, kernels):
    """Return plugins of every kind: good, shadowed, unusable in all ways."""
    text = tmp_path / f"libtext_plugin{SUFFIX}"
    text.write_text("not a library")
    empty = tmp_path / "empty"
    empty.mkdir()
    good = kernels / f"libscratch_plugin{SUFFIX}"
    second = tmp_path / f"second{SUFFIX}"
    shutil.copy(good, second)
    versioned = [*NEEDED, "CreateLibrary", "GetApiVersion"]
    return [
        *(good, second, good, text, empty, tmp_path / "missing"),
        plugin(build, "lacks", [*NEEDED[:-1], "CreateLibrary"]),
        plugin(build, "none", ["GetKernel"]),
        plugin(build, "compiles", NEEDED),
        plugin(build, "newer", versioned, GetApiVersion=0x020100),
        plugin(build, "nameless", versioned, GetApiVersion=0x010100),
        plugin(build, "old", [*NEEDED, "CreateLibrary"]),
    ]


def listed(cases, **environment):
    done = run(cases, "--plugins", **environment)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("prefer", ["", f"second{SUFFIX}:nothing"])
def test_the_same_as_python(run_python, cases, places, prefer):
    environment = {"NEXUS_PLUGIN_PATH": os.pathsep.join(map(str, places))}
    if prefer:
        environment["NEXUS_PLUGINS_PREFER"] = prefer
    found = listed(cases, **environment, NEXUS_LOG="warning")
    expected = run_python(LIST, **environment).stdout.splitlines()
    ours = found.stdout.splitlines()
    assert len(ours) == len(expected) > 10
    # The runtimes are in the same order, the refusals in that of the search.
    count = sum(not line.startswith("refused") for line in expected)
    assert ours[:count] == expected[:count]
    # What is said about an object that cannot be asked for its name names it in different words.
    unlike = {*ours} ^ {*expected}
    assert all("nxsGetRuntimeProperty" in line for line in unlike), "\n".join(unlike)
    assert ("names 'nothing', which is the path or name of no plugin" in found.stderr) == bool(
        prefer
    )
    assert "nexus warning: plugin" in found.stderr
    assert f"libtext_plugin{SUFFIX} is not used: " in found.stderr


def test_without_any_plugin(cases, tmp_path):
    done = run(cases, "--plugins", NEXUS_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "")
    done = run(cases, "vectors_are_added", NEXUS_HOME=str(tmp_path))
    assert "failed: there is no runtime 'cpu'; there is none" in done.stdout


def test_relative_paths(cases, kernels, monkeypatch):
    monkeypatch.chdir(kernels)
    name = f"libscratch_plugin{SUFFIX}"
    found = listed(cases, NEXUS_PLUGIN_PATH=f".:{name}").stdout
    assert found.count(f"scratch|{kernels}") == 1
    assert f"cpu|{HOME}" in found


@pytest.mark.parametrize(
    ("level", "words"),
    [("INFO", "nexus info: opened plugin"), ("loud", "NEXUS_LOG='loud' is not a level; use one")],
)
def test_the_log(cases, level, words):
    assert words in listed(cases, NEXUS_LOG=level).stderr
    assert listed(cases).stderr == ""
