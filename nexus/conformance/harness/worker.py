"""Processes that call a plugin, so that its crashes and hangs end with them and become failures."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from nexus.conformance import native
from nexus.conformance.harness import failures, symbols
from nexus.conformance.harness.call_arguments import Argument, encode
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.in_worker import wire
from nexus.conformance.harness.in_worker.server import LOST
from nexus.conformance.harness.journal import Entry, Result
from nexus.conformance.harness.worker_host import WorkerHost
from nexus.conformance.harness.worker_process import Executed, Forked, Process, kill_group

# Seconds in which a worker that closed its connection must end, even on a busy machine.
_GRACE = 5.0

_OUTPUT = 6000

# After several hangs of a plugin, time-outs are reduced by this factor, to no less than this many
# seconds.
_MANY_HANGS = 3
_LESS = 0.2
_SHORT = 2.0


class Worker:
    """A process that has loaded the plugin and calls it.

    Attributes
    ----------
    journal : list of Entry
        The calls so far.
    functions : frozenset of str
        The functions that the plugin has, without ``nxs``.
    """

    def __init__(self, session: WorkerHost) -> None:
        self.session = session
        self.journal: list[Entry] = []
        self.functions: frozenset[str] = frozenset()
        self._log_start = os.fstat(session.log.fileno()).st_size
        self._pending: tuple[str, tuple[Argument, ...]] | None = None
        self._connection, theirs = socket.socketpair()
        self._process: Process | None = (
            Forked(session.control, theirs, session.log.fileno())
            if session.fork
            else Executed(session.start("worker", theirs))
        )
        self.pid = self._process.pid
        theirs.close()

    def load(self, timeout: float = 10.0) -> None:
        """Load the plugin."""
        try:
            names = self._ask(
                *("load", timeout, "load"),
                *(os.fsencode(self.session.plugin), self.session.keep_scalars),
            )
        except ValueError as error:
            self.close()
            raise failures.load_error(str(error)) from None
        self.functions = frozenset(names)

    def has(self, name: str) -> bool:
        """Return whether the plugin has a function."""
        return name in self.functions

    def call(self, name: str, *arguments: Argument, timeout: float = 10.0) -> Result:
        """Call a function of the plugin.

        Parameters
        ----------
        name : str
            The function without ``nxs``.
        *arguments : Argument
            As in the header.
        timeout : float, optional
            Seconds after which the call counts as hanging.

        Returns
        -------
        Result
            The value, and what was written.

        Raises
        ------
        Failure
            If the call ended the worker, or did not return.
        ValueError
            If an argument cannot be passed to C.
        """
        self.start(name, *arguments)
        return self.finish(timeout)

    def start(self, name: str, *arguments: Argument) -> None:
        """Begin a call; ``finish`` returns its result."""
        self._pending = (name, arguments)
        self._send(name, ("call", name, [encode(argument) for argument in arguments]))

    def finish(self, timeout: float = 10.0) -> Result:
        """Return the result of the call that was begun, as ``call`` does."""
        if self._pending is None:
            raise RuntimeError("no call was begun")
        (name, arguments), self._pending = self._pending, None
        if self.session.hangs >= _MANY_HANGS:
            timeout = max(timeout * _LESS, min(timeout, _SHORT))
        place = len(self.journal)
        self.journal.append(Entry(name, arguments, None))
        result = Result(*self._receive(name, timeout))
        self.journal[place] = Entry(name, arguments, result.value, overrun=result.overrun)
        return result

    def control(self, operation: str, *arguments: Any, timeout: float = 60.0) -> Any:
        """Perform an operation of ``control.py`` in the worker."""
        place = len(self.journal)
        self.journal.append(Entry(operation, arguments, None, control=True))
        result = self._control(operation, arguments, timeout)
        number = result if isinstance(result, int) else None
        self.journal[place] = Entry(operation, arguments, number, control=True)
        return result

    def _control(self, operation: str, given: tuple[Any, ...], timeout: float) -> Any:
        arguments = given
        if operation == "exports":
            return symbols.exported(Path(self.session.plugin))
        if operation == "threads":
            (script,) = arguments
            lists = [[(name, list(map(encode, rest))) for name, *rest in part] for part in script]
            arguments = (str(native.library("threads")), lists)
        elif operation in ("fork_call", "errno"):
            name, *rest = arguments
            arguments = (name, list(map(encode, rest)))
        elif operation == "copy_call":
            name, *rest = arguments
            arguments = (os.fsencode(self.session.copy()), name, list(map(encode, rest)))
        elif operation == "load_unload":
            arguments = (os.fsencode(self.session.plugin), *arguments)
        elif operation == "probe":
            name, *rest = arguments
            arguments = (name, rest)
        named = ("fork_call", "copy_call", "errno", "probe")
        what = given[0] if operation in named else operation
        return self._ask(what, timeout, "control", operation, list(arguments))

    def signal(self, number: int = signal.SIGUSR1) -> None:
        """Send the worker a signal; the default one only interrupts waits."""
        os.kill(self.pid, number)

    def exit(self, timeout: float = 10.0) -> int:
        """Let the worker return from main, and return its exit status.

        Raises
        ------
        Crash, Hang
            If it does not exit.
        """
        self._ask("exit", timeout, "control", "exit", [])
        self._connection.settimeout(timeout)
        try:
            self._connection.recv(1)
        except TimeoutError:
            raise self._hung("exit", timeout) from None
        status = self._end(_GRACE)
        if status is None:
            raise self._with_output(failures.hang("exit", timeout))
        if os.WIFSIGNALED(status):
            raise self._with_output(failures.crash("exit", os.WTERMSIG(status)))
        return os.WEXITSTATUS(status)

    def output(self) -> str:
        """Return the end of the output since this worker started."""
        log = self.session.log.fileno()
        end = os.fstat(log).st_size
        start = max(self._log_start, end - _OUTPUT)
        return os.pread(log, end - start, start).decode(errors="replace").strip()

    def close(self) -> None:
        """End the worker and everything that it started."""
        self._end(0)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, what: str, timeout: float, *message: Any) -> Any:
        self._send(what, message)
        return self._receive(what, timeout)

    def _send(self, what: str, message: tuple[Any, ...]) -> None:
        if self._process is None:
            raise RuntimeError("the worker has ended; start another one")
        try:
            wire.send(self._connection, message)
        except wire.ConnectionLostError:
            raise self._lost(what) from None

    def _receive(self, what: str, timeout: float) -> Any:
        self._connection.settimeout(timeout)
        try:
            kind, value = wire.receive(self._connection)
        except TimeoutError:
            raise self._hung(what, timeout) from None
        except (wire.ConnectionLostError, TypeError, ValueError):
            raise self._lost(what) from None
        if kind == "error":
            raise ValueError(value)
        return value

    def _hung(self, what: str, timeout: float) -> Failure:
        self._end(0)
        self.session.hangs += 1
        return self._with_output(failures.hang(what, timeout))

    def _lost(self, what: str) -> Failure:
        status = self._end(_GRACE)
        if status is None or status == LOST << 8:
            failure = failures.disconnected(what)
        elif os.WIFSIGNALED(status):
            failure = failures.crash(what, os.WTERMSIG(status))
        else:
            failure = failures.exited(what, os.WEXITSTATUS(status))
        return self._with_output(failure)

    def _with_output(self, failure: Failure) -> Failure:
        failure.output = self.output()
        return failure

    def _end(self, grace: float) -> int | None:
        """End the worker and all that it started; return its status if it ended by itself."""
        process, self._process = self._process, None
        if process is None:
            return None
        # Closed only now, since that ends a living worker.
        end = time.monotonic() + grace
        status = process.poll() if grace else None
        while status is None and time.monotonic() < end:
            time.sleep(0.002)
            status = process.poll()
        self._connection.close()
        kill_group(self.pid)
        if status is None:
            process.wait()
        self.session.forget(self)
        return status
