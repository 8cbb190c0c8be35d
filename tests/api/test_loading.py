"""Loading of plugins: warnings, reentry, forks."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("NEXUS_CPU_THREADS", "abc", "'abc' is not a number from 1 to 1024"),
        ("NEXUS_CPU_THREADS", "0", "'0' is not"),
        ("NEXUS_CPU_THREADS", "2 threads", "'2 threads' is not"),
        ("NEXUS_CPU_THREADS", "99999999999999999999", "'99999999999999999999' is not"),
        ("NEXUS_CPU_SPIN_US", "-1", "'-1' is not a number from 0 to 1000000, so 100 is used"),
    ],
)
def test_wrong_numbers_in_variables_are_warnings(run_python, variable, value, says):
    program = "import nexus; print(nexus.get_runtimes()[0].name)"
    found = run_python(program, **{variable: value})
    assert found.stdout == "cpu\n"
    # The warning names the line of the program.
    assert "<string>:1: PluginWarning: runtime 'cpu': " in found.stderr
    assert f"{variable}={says}" in found.stderr


@pytest.mark.parametrize("value", ["", "1", "1024"])
def test_right_numbers_in_variables_are_not(run_python, value):
    found = run_python("import nexus; nexus.get_runtimes()", NEXUS_CPU_THREADS=value)
    assert not found.stderr


REENTERED = """
import logging, sys, nexus
sys.path.insert(0, {folder!r})

class Handler(logging.Handler):
    def emit(self, record):
        try:
            nexus.get_runtimes()
        except nexus.NexusError as error:
            print("handler:", error)

logging.getLogger("nexus").addHandler(Handler())
logging.getLogger("nexus").setLevel("INFO")
print([runtime.name for runtime in nexus.get_runtimes()])
print(*(refusal.reason for refusal in nexus.get_runtimes().refused))
"""


def test_loading_is_not_reentered(run_python, plugin_folder, tmp_path):
    (tmp_path / "vendor.py").write_text("import nexus\ndef path():\n    nexus.get_runtimes()\n")
    information = tmp_path / "vendor-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: vendor\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[nexus.plugins]\nmine = vendor:path\n")
    found = run_python(REENTERED.format(folder=str(tmp_path)))
    lines = found.stdout.splitlines()
    assert any(line.startswith("handler: get_runtimes() was called by code that") for line in lines)
    assert lines[-2].startswith("['cpu', ")
    assert "NexusError: get_runtimes() was called by code that runs while plugins" in lines[-1]


def test_a_warning_that_is_an_exception_leaves_the_other_plugins(run_python, tmp_path):
    (tmp_path / "bad_plugin.so").write_text("not a library")
    program = """
import nexus, warnings
warnings.simplefilter("error")
try:
    nexus.get_runtimes()
except nexus.PluginWarning as warning:
    print("raised", warning)
print([runtime.name for runtime in nexus.get_runtimes()][0], len(nexus.get_runtimes().refused))
"""
    found = run_python(program, NEXUS_PLUGIN_PATH=str(tmp_path / "bad_plugin.so"))
    first, last = found.stdout.splitlines()
    assert first.startswith("raised plugin ")
    assert last == "cpu 1"


def test_a_fork_says_that_it_is_one(run_python):
    program = """
import nexus, os
nexus.create_buffer(4)
if os.fork() == 0:
    for make in (nexus.create_buffer, nexus.get_runtimes()[0].get_device(0).create_buffer):
        try:
            make(4)
        except nexus.DeviceNotAvailableError as error:
            print(type(error).__name__, "nxsCreateBuffer" in str(error), flush=True)
    os._exit(0)
os.wait()
"""
    assert run_python(program).stdout == "DeviceNotAvailableError True\n" * 2
