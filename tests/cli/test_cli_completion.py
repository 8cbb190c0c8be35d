"""Completion in shells with the generated scripts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from support.command_line import NEXUS

import nexus


@pytest.fixture(scope="module")
def scripts(plugin_folder):
    """Return the completion scripts by shell."""
    return {
        shell: subprocess.run(
            [*NEXUS, "completion", shell], capture_output=True, text=True, check=True
        ).stdout
        for shell in ("bash", "zsh", "tcsh")
    }


@pytest.fixture
def complete(scripts, tmp_path):
    """Return a function that completes a line as bash does, and returns what bash would offer."""
    script = tmp_path / "completion.bash"
    script.write_text(scripts["bash"])
    program = tmp_path / "nexus"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m nexus "$@"\n')
    program.chmod(0o755)

    def offered(line, words):
        quoted = " ".join(f"'{word}'" for word in words)
        text = (
            # The default of interactive shells.
            "COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'; "
            f"source '{script}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
            f"COMP_LINE='{line}'; COMP_POINT={len(line)}; "
            "$(complete -p nexus | sed 's/.*-F \\([^ ]*\\).*/\\1/'); "
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        found = subprocess.run(
            ["bash", "--norc", "-c", text],
            env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return found.stdout.split()

    return offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_scripts_are_well_formed(scripts, shell, tmp_path):
    script = scripts[shell]
    for word in ("devices", "info", "top", "plugins", "db", "completion", "validate"):
        assert word in script
    assert "_words" not in re.findall(r"subparsers=\((.*)\)", script)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell}")
    file = tmp_path / "script"
    file.write_text(script)
    subprocess.run([program, "-n", str(file)], check=True)


def test_bash_completes_commands_and_options(complete):
    assert complete("nexus pl", ["nexus", "pl"]) == ["plugins"]
    assert set(complete("nexus db ", ["nexus", "db", ""])) == {"list", "show", "validate"}
    assert "--interval" in complete("nexus top --", ["nexus", "top", "--"])
    assert complete("nexus completion z", ["nexus", "completion", "z"]) == ["zsh"]
    words = ["nexus", "build", "--for", "gfx90"]
    assert {"gfx906", "gfx90a"} <= set(complete(" ".join(words), words))


def test_bash_completes_devices(complete):
    devices = [
        f"{runtime.name}:{device.index}"
        for runtime in nexus.get_runtimes()
        for device in runtime.get_devices()
    ]
    assert complete("nexus info ", ["nexus", "info", ""]) == devices
    assert complete("nexus info cp", ["nexus", "info", "cp"]) == ["cpu:0"]
    # Bash treats the colon as a separate word, and replaces only the text after it.
    assert complete("nexus info cpu:", ["nexus", "info", "cpu", ":"]) == ["0"]
    assert complete("nexus info cpu:0", ["nexus", "info", "cpu", ":", "0"]) == ["0"]
    assert complete("nexus info nothing", ["nexus", "info", "nothing"]) == []


def test_bash_completes_records_and_files(complete, tmp_path, monkeypatch):
    word = "nvidia-gpu-sm_7"
    records = [name for name in nexus.get_device_info() if name.startswith(word)]
    assert complete(f"nexus db show {word}", ["nexus", "db", "show", word]) == records
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.json").touch()
    words = ["nexus", "db", "validate", "on"]
    assert complete("nexus db validate on", words) == ["one.json"]
