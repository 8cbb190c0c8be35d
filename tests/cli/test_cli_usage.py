"""Correct and wrong use of commands, and their exit statuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from support.command_line import NEXUS, succeeded

import nexus
from nexus.cli import main


def test_wrong_usage(capsys):
    for command in ("dmeo", "db lsit", "db show", "db validate", "completion", "info a b"):
        with pytest.raises(SystemExit, match="2"):
            main(command.split())
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("usage: nexus")


@pytest.mark.parametrize("interval", ["0", "-1", "nan", "inf", "soon", "1e-9", "1e300"])
def test_bad_intervals(capsys, interval):
    with pytest.raises(SystemExit, match="2"):
        main(["top", f"--interval={interval}"])
    assert f"'{interval}' is not a number of seconds from 0.1 to 86400" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("dmeo", "there is no 'dmeo' among devices, info, .*, completion; did you mean demo"),
        ("db shwo", "there is no 'shwo' among list, show, validate; did you mean show"),
        ("completion fish", "there is no 'fish' among bash, zsh, tcsh$"),
        ("info nothing", r"there is no device 'nothing'; there is cpu:0 \(.*\)$"),
        ("info cpu:1", "there is no device 'cpu:1'; .*; did you mean cpu:0"),
    ],
)
def test_misspelled_arguments_get_suggestions(run_nexus, arguments, message):
    found = run_nexus(*arguments.split(), NEXUS_PLUGIN_PATH="")
    assert succeeded(found, status=2) == ""
    assert re.search(message, found.stderr, re.MULTILINE)
    assert "_words" not in found.stderr


def test_a_command_without_its_command_shows_its_help(run_nexus):
    assert succeeded(run_nexus()) == succeeded(run_nexus("--help"))
    assert succeeded(run_nexus("db")) == succeeded(run_nexus("db", "--help"))
    assert "validate" in succeeded(run_nexus("db"))


def test_help_and_version(run_nexus):
    assert "devices" in succeeded(run_nexus("--help"))
    assert "vectors" in succeeded(run_nexus("--help"))
    assert succeeded(run_nexus("--version")) == f"nexus {nexus.__version__}\n"


def test_a_reader_may_close_the_pipe(run_nexus):
    # Unbuffered, each line fails on the closed pipe; buffered, only the final flush does.
    for unbuffered in ("", "1"):
        command = f"{sys.executable} -m nexus db show volta | head -n 1; echo ${{PIPESTATUS[0]}}"
        found = run_nexus("-c", command, program=["bash"], PYTHONUNBUFFERED=unbuffered)
        name, status = found.stdout.splitlines()
        assert name == nexus.lookup_device_info("volta")["Name"]
        # 0 where all was written before the reader stopped.
        assert status in ("0", "141")
        assert found.stderr == ""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        for unbuffered in ("", "1"):
            ended = subprocess.run(
                [*NEXUS, "db", "list"],
                stdout=writer,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
                timeout=60,
                check=False,
            )
            assert (ended.returncode, ended.stderr) == (141, b"")
    finally:
        os.close(writer)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_an_output_that_is_closed(run_nexus, redirection):
    for command, status in (("db list", 0), ("db show nothing", 2)):
        line = f"{sys.executable} -m nexus {command} {redirection}"
        found = run_nexus("-c", line, program=["bash"])
        assert succeeded(found, status) == (
            run_nexus(*command.split()).stdout if redirection == "2>&-" else ""
        )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_without_room(run_nexus, unbuffered):
    line = f"{sys.executable} -m nexus db list > /dev/full"
    found = run_nexus("-c", line, program=["bash"], PYTHONUNBUFFERED=unbuffered)
    succeeded(found, status=1)
    assert found.stderr == "nexus: the output cannot be written: No space left on device\n"


def test_errors_contain_no_control_sequences(run_nexus, tmp_path):
    folder = tmp_path / "a\x1b[2Jb\tc"
    folder.mkdir()
    (folder / "acme-gpu-a1.json").write_text("[]")
    found = run_nexus("db", "show", "a1", NEXUS_DEVICE_PATH=folder)
    succeeded(found, status=1)
    assert f"{tmp_path}/a\\x1b[2Jb c/acme-gpu-a1.json: $: it holds an array" in found.stderr


def test_warnings_take_one_line(run_nexus, tmp_path):
    missing = tmp_path / "missing"
    found = run_nexus("db", "show", "volta", NEXUS_DEVICE_PATH=missing)
    assert succeeded(found).startswith("NVIDIA V100\n")
    assert re.fullmatch(f"nexus: no device records are read from {missing}: .+\n", found.stderr)


def test_without_the_extra_that_checks_records(run_python, tmp_path):
    found = run_python(
        f"""
import os, sys, nexus
sys.modules["jsonschema"] = None
from nexus.cli import main
cpu = nexus.get_runtime("cpu").get_device(0)
name = "-".join(cpu.get_property_str(key) for key in ("Vendor", "Type", "Architecture"))
for file in (name, "acme-gpu-a1"):
    with open(os.path.join({str(tmp_path)!r}, file + ".json"), "w") as record:
        record.write("{{}}")
for command, status in (("info", 2), ("info --json", 2), ("db show a1", 2), ("db show volta", 2),
                        ("db list", 1), ("db show sm_70", 0), ("devices", 0), ("top --once", 0)):
    assert main(command.split()) == status, command
""",
        NEXUS_DEVICE_PATH=str(tmp_path),
    )
    (line,) = set(found.stderr.splitlines())
    assert line.startswith("nexus: ")
    assert line.endswith('pip install "nexus-device[db]"')


def test_without_the_extras(run_python, tmp_path):
    found = run_python(
        f"""
import sys
# Hides all packages except those that Nexus requires.
sys.modules.update(dict.fromkeys(("rich", "shtab", "jsonschema", "hypothesis")))
from nexus.cli import main
for command in ("devices", "info", "db list", "db show volta", "plugins", "top --once"):
    assert main(command.split()) == 0, command
for command in (["completion", "bash"], ["db", "validate", {str(tmp_path)!r}, __FILE__],
                ["conformance"]):
    assert main(command) == 2, command
""".replace("__FILE__", repr(str(nexus.lookup_device_info("volta").origin)))
    )
    for extra in ("cli", "db", "conformance"):
        assert f'pip install "nexus-device[{extra}]"' in found.stderr


def test_the_tables_import_no_more_than_they_need(run_python):
    run_python(
        """
import sys
from nexus.cli import main
assert main(["devices"]) == 0
heavy = {"rich", "shtab", "jsonschema", "hypothesis", "nexus.conformance.runner"} & set(sys.modules)
assert not heavy, heavy
"""
    )


def test_commands_without_a_device(run_python):
    found = run_python(
        """
import nexus._objects.plugin
nexus._objects.plugin.find = lambda: iter([])
from nexus.cli import main
commands = ("devices", "info", "top --once", "plugins", "demo")
print([int(main(command.split())) for command in commands])
"""
    )
    assert found.stdout.splitlines()[-1] == "[0, 1, 1, 0, 1]"
    assert "There is no device on this machine." in found.stdout
    assert found.stderr.count("nexus: there is no device on this machine") == 2
    assert "no device of this machine takes the demo's kernel" in found.stderr
