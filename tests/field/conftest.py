"""Devices of the field plugin, one process for each of its builds."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support import field_plugin
from support.compilation import SUFFIX, compile_c
from support.once import made_once

HEAD = """
import os, sys, threading
import numpy as np
import nexus
device = nexus.get_runtime("cpu").get_device(0)
def refused(kind, words, call, *args, **named):
    try:
        made = call(*args, **named)
    except kind as error:
        assert words in str(error), error
        return error
    raise AssertionError(f"not refused: {made}")
def kernel(name):
    return device.load_library(KERNELS).get_kernel(name + SUFFIX)
def floats(*values):
    return device.create_buffer(np.array(values, np.float32))
"""


@pytest.fixture
def field_kernels(request: pytest.FixtureRequest) -> Path:
    """Return the library of the field plugin's kernels."""

    def build(folder: Path) -> None:
        source = folder / "field_kernels.c"
        source.write_text(field_plugin.KERNELS)
        compile_c(source, folder / f"field_kernels{SUFFIX}")

    return made_once(request, "field_kernels", build) / f"field_kernels{SUFFIX}"


@pytest.fixture
def run_field(
    request: pytest.FixtureRequest,
    run_python: Callable[..., subprocess.CompletedProcess[str]],
    field_kernels: Path,
) -> Callable[..., str]:
    """Return a function that runs text in a process whose only CPU is a build of the plugin."""

    def run(text: str, *switches: str, **environment: str) -> str:
        name = "_".join(["field", *sorted(switches)])
        built = made_once(request, name, lambda folder: field_plugin.build(folder, *switches))
        (plugin,) = built.glob(f"*{SUFFIX}")
        suffix = "_item" if "PER_ITEM" in switches else ""
        head = HEAD.replace("KERNELS", repr(str(field_kernels))).replace("SUFFIX", repr(suffix))
        places = {"NEXUS_PLUGIN_PATH": str(plugin), "NEXUS_PLUGINS_PREFER": str(plugin)}
        return run_python(head + text, **places, **environment).stdout

    return run
