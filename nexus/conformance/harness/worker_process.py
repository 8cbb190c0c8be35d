"""Processes of workers, as the kit sees them: forked by the server, or started by exec."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from typing import Protocol

from nexus.conformance.harness.in_worker.server import FORK, PID, POLL, WAIT


class Process(Protocol):
    """A worker's process."""

    pid: int

    def wait(self) -> int:
        """Return the wait status once it has ended."""

    def poll(self) -> int | None:
        """Return the wait status, None while it lives."""


class Forked:
    """A worker that the server forks; only the server can wait for it."""

    def __init__(self, control: socket.socket, connection: socket.socket, log: int) -> None:
        self._control = control
        socket.send_fds(control, [FORK], [connection.fileno(), log])
        self.pid = self._answer()

    def _answer(self) -> int:
        data = self._control.recv(PID.size)
        if len(data) != PID.size:
            raise RuntimeError("the kit's server process has ended; start a new session")
        return int(PID.unpack(data)[0])

    def wait(self) -> int:
        """Return the wait status once it has ended."""
        self._control.sendall(WAIT + PID.pack(self.pid))
        return self._answer()

    def poll(self) -> int | None:
        """Return the wait status, None while it lives."""
        self._control.sendall(POLL + PID.pack(self.pid))
        status = self._answer()
        return None if status == -1 else status


class Executed:
    """A worker that is started by exec, for plugins that cannot be forked."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid

    def wait(self) -> int:
        """Return the wait status once it has ended."""
        return _wait_status(self._process.wait())

    def poll(self) -> int | None:
        """Return the wait status, None while it lives."""
        code = self._process.poll()
        return None if code is None else _wait_status(code)


def _wait_status(code: int) -> int:
    return -code if code < 0 else code << 8


def kill_group(pid: int) -> None:
    """End a process and what it started."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        return
