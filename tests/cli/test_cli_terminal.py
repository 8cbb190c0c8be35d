"""The command line on a terminal."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from support.command_line import NEXUS

import nexus
from nexus.device_db.units import size

ESCAPE = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")


class Terminal:
    """A command with its own pseudo-terminal.

    Attributes
    ----------
    text : str
        What it has written, escape sequences included.
    """

    def __init__(self, *arguments, columns=100, rows=40, **environment):
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(theirs)
        names = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE")
        inherited = {name: value for name, value in os.environ.items() if name not in names}
        self._process = subprocess.Popen(
            [*NEXUS, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**inherited, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        # Kept open to read the terminal's modes at the end.
        self._theirs = theirs
        self._written = b""

    @property
    def text(self) -> str:
        return self._written.decode()

    def wait_for(self, text, times=1):
        """Read until a text has been written a number of times."""
        end = time.monotonic() + 60
        while self.text.count(text) < times:
            assert time.monotonic() < end, self.text
            assert self._read() or self._process.poll() is None, self.text
        return self

    def press(self, keys):
        os.write(self._ours, keys)
        return self

    def send(self, number):
        self._process.send_signal(number)
        return self

    def end(self):
        """Return the exit status, after everything was read."""
        end = time.monotonic() + 60
        while self._process.poll() is None:
            assert time.monotonic() < end, self.text
            self._read()
        while self._read():
            pass
        assert termios.tcgetattr(self._theirs) == self.modes
        return self._process.returncode

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self):
        if not select.select([self._ours], [], [], 0.05)[0]:
            return False
        self._written += os.read(self._ours, 1 << 16)
        return True


@pytest.fixture
def terminal(plugin_folder):
    """Return a function that starts a command on a terminal."""
    started = []

    def start(*arguments, **options):
        started.append(Terminal(*arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def shown(terminal, status=0):
    assert terminal.end() == status, terminal.text
    assert "Traceback" not in terminal.text
    return ESCAPE.sub("", terminal.text).replace("\r\n", "\n")


def test_tables(terminal, cpu):
    wide = terminal("devices", columns=140)
    text = shown(wide)
    heads, line, first = text.splitlines()[:3]
    assert heads.split()[0] == "id"
    assert set(line) == {"─"}
    assert first.split()[0] == "cpu:0"
    assert cpu.name in first
    assert "\x1b[" in wide.text


@pytest.mark.parametrize("command", [["devices"], ["plugins"], ["db", "list"], ["top", "--once"]])
def test_narrow_terminals(terminal, command, cpu):
    narrow = terminal(*command, columns=30)
    lines = shown(narrow).splitlines()
    assert max(map(len, lines)) <= 30
    # Nothing is cut: long text continues in the next line.
    letters = "".join(re.sub(r"[\s─━]", "", line) for line in lines)
    what = "NVIDIAV100" if command[0] == "db" else "cpu"
    assert what in letters


def test_narrow_terminals_without_rich(terminal, tmp_path):
    (tmp_path / "rich.py").write_text("raise ModuleNotFoundError('no', name='rich')")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    plain = terminal("devices", columns=30, PYTHONPATH=path)
    lines = shown(plain).splitlines()
    assert lines[0].split() == ["id", "cpu:0"]
    assert "\x1b" not in plain.text


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=lambda one: next(iter(one))
)
def test_no_color(terminal, environment):
    for command in (["devices"], ["info"]):
        plain = terminal(*command, **environment)
        assert "cpu:0" in shown(plain)
        assert "\x1b" not in plain.text


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["color", "no color"])
def test_bars_are_as_long_as_their_share(environment, monkeypatch, capsys):
    """A share of 10 % is not drawn as a full bar where colors are missing."""
    from rich.console import Console

    from nexus.cli import tables, terminal

    plain = {"color_system": None} if environment else {}
    console = Console(force_terminal=True, width=100, **plain)
    monkeypatch.setattr(terminal, "_console", lambda: console)
    rows = [[name, tables.Share(percent)] for name, percent in (("a", 10), ("b", 100))]
    terminal.show_table(tables.Table(("id", "busy"), rows))
    text = capsys.readouterr().out
    low, high = (line for line in text.splitlines() if " %" in line)
    assert high.count("━") == 20
    if environment:
        assert low.count("━") == 2
        assert "\x1b[3" not in text
    else:
        # The rest is drawn in another color.
        assert low.count("━") == 20
        assert low.count("\x1b[") > high.count("\x1b[")


def test_lines_outside_the_encoding_are_not_drawn(terminal):
    text = shown(terminal("top", "--once", PYTHONUTF8="0", PYTHONIOENCODING="latin-1"))
    assert "cpu:0" in text
    assert " %" in text
    assert "\\u" not in text
    assert text.isascii()


def test_trees(terminal):
    text = shown(terminal("db", "show", "volta"))
    assert text.splitlines()[0] == nexus.lookup_device_info("volta")["Name"]
    assert "├── GlobalMemorySize  16 GiB\n" in text


def test_json_is_the_same_on_a_terminal(terminal):
    piped = subprocess.run(
        [*NEXUS, "db", "show", "volta", "--json"], capture_output=True, text=True, check=True
    )
    assert shown(terminal("db", "show", "volta", "--json")) == piped.stdout


def test_errors_on_a_terminal(terminal, tmp_path):
    file = tmp_path / "x.json"
    file.write_text("{}")
    text = shown(terminal("db", "validate", str(file), columns=200), status=1)
    assert f"{file}: $: 'Name' is a required property" in text


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda top: top.press(b"q"), 0),
        (lambda top: top.press(b"xQ"), 0),
        (lambda top: top.press(b"\x03"), 0),
        (lambda top: top.send(signal.SIGINT), 0),
        (lambda top: top.send(signal.SIGTERM), 143),
    ],
    ids=["q", "another key, then Q", "Ctrl-C", "SIGINT", "SIGTERM"],
)
def test_top_refreshes_and_ends_in_order(terminal, end, status):
    top = terminal("top", "--interval", "0.1").wait_for("cpu:0", times=3)
    assert "\x1b[?1049h" in top.text
    end(top)
    text = shown(top, status)
    assert "q quits" in text
    assert " %" in text
    # The screen, the cursor and (in `end`) the modes of the terminal are restored.
    assert "\x1b[?1049l" in top.text
    assert top.text.rindex("\x1b[?25h") > top.text.rindex("\x1b[?25l")


def test_top_on_a_terminal_that_cannot_redraw(terminal):
    top = terminal("top", "--interval", "0.1", TERM="dumb").wait_for("cpu:0", times=2)
    shown(top.press(b"\x03"))
    assert "\x1b" not in top.text


@pytest.mark.parametrize("columns", [30, 62, 80, 120])
def test_top_does_not_cut_its_figures(terminal, cpu, columns):
    top = terminal("top", "--once", columns=columns)
    text = shown(top)
    assert "\x1b[?1049h" not in top.text
    assert size(cpu.get_property_int("GlobalMemorySize")) in text
    # The load of the cores and that of the memory.
    assert len(re.findall(r"\d %", text)) >= 2
    assert max(map(len, text.splitlines())) <= columns
