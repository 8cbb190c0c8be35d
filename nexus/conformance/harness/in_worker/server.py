"""The process that forks workers, and the worker's main loop.

The server is started by exec, uses no plugin, and imports only the binding and the standard
library. It forks a worker for each example: a worker starts in about a millisecond, has no threads,
and whatever a plugin does to it ends with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
from typing import Any

from nexus._ffi import lib
from nexus.conformance.harness.in_worker import control, wire
from nexus.conformance.harness.in_worker.call_memory import KeptInputs
from nexus.conformance.harness.in_worker.caller import Caller

PID = struct.Struct("<i")

FORK, WAIT, POLL = b"f", b"w", b"p"

# File number of the connection, away from those that plugins use.
_HIGH_FILE = 600

# Exit status of a worker that has lost its connection.
LOST = 125

_PR_SET_PDEATHSIG = 1


class Worker(Caller):
    """Makes the calls that messages request."""

    def serve(self) -> None:
        """Serve messages until the kit closes the connection."""
        while True:
            try:
                operation, *values = wire.receive(self.connection)
            except wire.ConnectionLostError:
                os._exit(0)
            try:
                answer = ("ok", getattr(self, operation)(*values))
            except Exception as error:  # the kit raises it where the mistake was made
                answer = ("error", f"{type(error).__name__}: {error}")
            wire.send(self.connection, answer)

    def load(self, path: bytes, keep_scalars: bool) -> list[str]:
        """Load the plugin and return the names of the functions that it has."""
        self.table = self.open(path)
        if keep_scalars:
            self.kept = KeptInputs(spoil=False)
        names = [name[6:] for name in dir(lib) if name.startswith("NF_nxs")]
        has = lib.nxs_plugin_has
        return [name for name in names if has(self.table, getattr(lib, f"NF_nxs{name}"))]

    def control(self, operation: str, arguments: list[Any]) -> Any:
        """Perform an operation of `control`."""
        return getattr(control, operation)(self, *arguments)


def _become_worker(connection: socket.socket, log: int, exact: bool) -> None:
    """Serve messages in this process."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for file in {nothing, log} - {0, 1, 2}:
        os.close(file)
    _end_with_parent()
    # Signals that the kit sends interrupt a plugin's waits, and do nothing else.
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    high = os.dup2(connection.fileno(), _HIGH_FILE, inheritable=False)
    connection.close()
    try:
        Worker(socket.socket(fileno=high), exact).serve()
    except OSError:
        os._exit(LOST)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _run_server(connection: socket.socket, exact: bool) -> None:
    workers: set[int] = set()
    while True:
        request, files, _, _ = socket.recv_fds(connection, 1 + PID.size, 2)
        if not request:
            break
        if request == FORK:
            pid = os.fork()
            if pid == 0:
                connection.close()
                try:
                    _become_worker(socket.socket(fileno=files[0]), files[1], exact)
                finally:
                    os._exit(LOST)
            workers.add(pid)
            for file in files:
                os.close(file)
            connection.sendall(PID.pack(pid))
        else:
            pid = PID.unpack(request[1:])[0]
            found, status = os.waitpid(pid, os.WNOHANG if request[:1] == POLL else 0)
            if found:
                workers.discard(pid)
            connection.sendall(PID.pack(status if found else -1))
    for pid in workers:
        os.killpg(pid, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Run the server, or a worker that was not forked from one: MODE FILE LOG EXACT."""
    mode, file, log, exact = arguments
    connection = socket.socket(fileno=int(file))
    if mode == "worker":
        _become_worker(connection, int(log), exact == "1")
    _run_server(connection, exact == "1")
