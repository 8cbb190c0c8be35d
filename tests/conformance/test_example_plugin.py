"""The example plugin outside of Nexus: installed, found, used, and tested by the kit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.once import made_once
from support.paths import ROOT

EXAMPLE = ROOT / "examples" / "plugin"

USE = """
import nexus
import numpy as np
device = nexus.get_runtime("negate").get_device(0)
x = device.create_buffer(np.arange(256, dtype=np.float32))
device.compile("negate").get_kernel("negate")(x, group_size=64, grid_size=256)
assert (x.numpy() == -np.arange(256)).all()
print(nexus.get_runtime("negate")._plugin.path)
"""


@pytest.fixture(scope="module")
def site(request):
    """Install the example into a folder of its own."""

    def install(folder: Path) -> None:
        source = shutil.copytree(EXAMPLE, folder / "source")
        options = ["--quiet", "--no-build-isolation", "--no-deps", "--target", str(folder / "site")]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)

    return made_once(request, "example", install) / "site"


def test_it_is_found_by_its_entry_point(site, run_python):
    found = Path(run_python(USE, PYTHONPATH=str(site), NEXUS_PLUGIN_PATH="").stdout.strip())
    assert found.parent == site / "nexus_negate"


@pytest.mark.long
@pytest.mark.thorough
def test_the_kit_proves_it(site):
    command = [sys.executable, "-m", "nexus", "conformance", "--fuzz-examples", "10"]
    command += ["--kernels", str(EXAMPLE / "kernels")]
    plugin = next((site / "nexus_negate").glob("*_plugin.*"))
    run = subprocess.run([*command, str(plugin)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
