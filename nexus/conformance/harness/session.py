"""A session: the server that starts workers for one plugin, and their shared state."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from nexus.conformance import native
from nexus.conformance.harness.sanitizers import environment
from nexus.conformance.harness.worker import Worker

# The server is started without running the package's own __init__, which imports numpy.
_START = """\
import sys, types
package = types.ModuleType("nexus")
package.__path__ = [{package!r}]
sys.modules["nexus"] = package
from nexus.conformance.harness.in_worker import server
server.main(sys.argv[1:])
"""

_Found = TypeVar("_Found")

_PACKAGE = str(Path(__file__).resolve().parents[2])


def _without_thread_caches() -> str:
    """Return GLIBC_TUNABLES without the caches of freed memory that each thread has.

    glibc counts what is in these caches as in use. With them, the heap would grow and shrink with
    the threads that happen to run, also where nothing leaks.
    """
    none, given = "glibc.malloc.tcache_count=0", os.environ.get("GLIBC_TUNABLES")
    return f"{given}:{none}" if given else none


class Session:
    """A server from which workers for one plugin are forked.

    Parameters
    ----------
    plugin : str
        Path of the plugin.
    sanitize : sequence of str, optional
        Run workers with these sanitizers: ``address``, ``undefined``, ``thread``.
    fork : bool, optional
        Fork workers, which takes about a millisecond. Otherwise each is started by exec, which
        drivers need that do not survive a fork.
    interpose : bool, optional
        Preload the library that makes allocations fail. It excludes sanitizers.
    keep_scalars : bool, optional
        Let workers keep the memory of scalars, for plugins that read it at the run. It may be
        changed for the workers that are started from then on.

    Raises
    ------
    NoCompilerError
        If ``interpose`` is set and there is no C compiler.
    SanitizerError
        If a sanitizer is not installed.

    Examples
    --------
    >>> with Session("libfoo_plugin.so") as session, session.worker() as worker:
    ...     worker.call("GetApiVersion").value
    """

    def __init__(
        self,
        plugin: str,
        sanitize: Sequence[str] = (),
        fork: bool = True,
        interpose: bool = False,
        keep_scalars: bool = False,
    ) -> None:
        self.plugin = os.path.abspath(plugin)
        self.sanitize = tuple(sanitize)
        self.fork = fork
        self.interpose = interpose and not sanitize
        self.keep_scalars = keep_scalars
        self._environment = environment(self.sanitize)
        if not self.sanitize:
            self._environment["GLIBC_TUNABLES"] = _without_thread_caches()
        if self.interpose:
            self._environment["LD_PRELOAD"] = str(native.library("allocations"))
        self._memory: dict[Hashable, Any] = {}
        self.log = tempfile.TemporaryFile(mode="a+b", buffering=0)  # noqa: SIM115
        self._folder = tempfile.TemporaryDirectory(prefix="nexus-conformance-")
        self.folder = self._folder.name
        self.hangs = 0
        self._workers: list[Worker] = []
        self._server: subprocess.Popen[bytes] | None = None
        if fork:
            self.control, theirs = socket.socketpair()
            self._server = self.start("server", theirs)
            theirs.close()

    @property
    def options(self) -> tuple[str, tuple[str, ...], bool, bool, bool]:
        """The arguments that create an equal session, also in another process."""
        return self.plugin, self.sanitize, self.fork, self.interpose, self.keep_scalars

    def start(self, mode: str, connection: socket.socket) -> subprocess.Popen[bytes]:
        """Start a process of the server's program."""
        exact = str(int("address" in self.sanitize))
        files = [connection.fileno(), self.log.fileno()]
        return subprocess.Popen(
            [sys.executable, "-c", _START.format(package=_PACKAGE), mode, *map(str, files), exact],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            pass_fds=files,
            env=self._environment,
            start_new_session=mode == "server",
        )

    def copy(self) -> Path:
        """Return a copy of the plugin, which a process loads as another plugin."""
        path = Path(self.folder, f"copy-{Path(self.plugin).name}")
        if not path.exists():
            shutil.copy2(self.plugin, path)
        return path

    def worker(self, load: bool = True) -> Worker:
        """Start a worker, by default one that has loaded the plugin.

        Raises
        ------
        Failure
            If the plugin cannot be loaded, or loading it ends the worker.
        """
        worker = Worker(self)
        self._workers.append(worker)
        if load:
            worker.load()
        return worker

    def remembered(self, key: Hashable, find: Callable[[], _Found]) -> _Found:
        """Return what was found for a key, and find it at the first use."""
        if key not in self._memory:
            self._memory[key] = find()
        return self._memory[key]  # type: ignore[no-any-return]

    def forget(self, worker: Worker) -> None:
        """Take note that a worker is closed."""
        if worker in self._workers:
            self._workers.remove(worker)

    def close(self) -> None:
        """End the workers and the server."""
        for worker in list(self._workers):
            worker.close()
        if self._server is not None:
            self.control.close()
            try:
                self._server.wait(5)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None
        self.log.close()
        self._folder.cleanup()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
