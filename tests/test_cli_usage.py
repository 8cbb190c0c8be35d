"""How commands are used, how wrongly, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from command_line import NEXUS, succeeded

import nexus
from nexus.cli import main


def test_wrong_usage(capsys):
    for command in ("", "dmeo", "db", "db show", "db validate", "completion", "info a b"):
        with pytest.raises(SystemExit, match="2"):
            main(command.split())
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("usage: nexus")


@pytest.mark.parametrize("interval", ["0", "-1", "nan", "inf", "soon", "1e-9"])
def test_bad_intervals(capsys, interval):
    with pytest.raises(SystemExit, match="2"):
        main(["top", f"--interval={interval}"])
    assert interval in capsys.readouterr().err


def test_help_and_version(run_nexus):
    assert "devices" in succeeded(run_nexus("--help"))
    assert "vectors" in succeeded(run_nexus("--help"))
    assert succeeded(run_nexus("--version")) == f"nexus {nexus.__version__}\n"


def test_who_reads_may_stop(run_nexus):
    # Each line meets the closed pipe; or, buffered, only the flush at the end does.
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


def test_without_the_extras(run_python, tmp_path):
    found = run_python(
        f"""
import sys
# As if nothing but the package's own needs were installed.
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
        assert f'pip install "nexus[{extra}]"' in found.stderr


def test_the_tables_import_no_more_than_they_need(run_python):
    run_python(
        """
import sys
from nexus.cli import main
assert main(["devices"]) == 0
heavy = {"rich", "shtab", "jsonschema", "hypothesis", "nexus.conformance.run"} & set(sys.modules)
assert not heavy, heavy
"""
    )


def test_commands_without_a_device(run_python):
    found = run_python(
        """
import nexus.plugin
nexus.plugin.find = lambda: iter([])
from nexus.cli import main
commands = ("devices", "info", "top --once", "plugins", "demo")
print([int(main(command.split())) for command in commands])
"""
    )
    assert found.stdout.splitlines()[-1] == "[0, 1, 1, 0, 1]"
    assert "There is no device on this machine." in found.stdout
    assert found.stderr.count("nexus: there is no device on this machine") == 2
    assert "no device that the demo has a kernel for" in found.stderr
