"""The part of a session that its workers use."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any, Protocol


class WorkerHost(Protocol):
    """The plugin of a session, its server, and the workers' shared state.

    Attributes
    ----------
    plugin : str
        Path of the plugin.
    fork : bool
        Whether workers are forked by the server.
    control : socket.socket
        Connection to the server.
    log : file
        Output of the workers.
    hangs : int
        Number of calls that hung.
    keep_scalars : bool
        Whether workers keep the memory of scalars.
    """

    plugin: str
    fork: bool
    control: socket.socket
    log: Any
    hangs: int
    keep_scalars: bool

    def start(self, mode: str, connection: socket.socket) -> subprocess.Popen[bytes]:
        """Start a process of the server's program."""

    def copy(self) -> Path:
        """Return a copy of the plugin."""

    def forget(self, worker: Any) -> None:
        """Take note that a worker is closed."""
