"""``nexus conformance --replay``: makes recorded calls again and reports differences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nexus.conformance.harness.call_arguments import Address
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import BrokenRule, Trace
from nexus.conformance.programs.recording import Recording, read, resolved, want_of


class ReplayError(Exception):
    """A file has no recorded calls that can be replayed."""


def recordings(path: str) -> list[Recording]:
    """Return the recordings of a file: a report, an outcome of one, or a recording.

    Raises
    ------
    ReplayError
        If the file is not JSON or has no recording.
    OSError
        If it cannot be read.
    """
    try:
        found = list(_found(read(Path(path).read_bytes())))
    except (ValueError, KeyError, TypeError) as error:
        raise ReplayError(f"{path} is not a report: {type(error).__name__}: {error}") from error
    if not found:
        raise ReplayError(f"{path} has no recorded calls")
    return found


def _found(value: Any) -> Iterator[Recording]:
    if isinstance(value, list):
        for item in value:
            yield from _found(item)
    elif isinstance(value, dict) and "entries" in value:
        yield value
    elif isinstance(value, dict):
        for name in ("runs", "outcomes", "recording"):
            yield from _found(value.get(name))


def replay(recording: Recording, plugin: str | None = None) -> Iterator[str]:
    """Make the calls of a recording; yield a line for each, and raise at a wrong answer.

    Parameters
    ----------
    recording : dict
        As `recordings` returns it.
    plugin : str, optional
        Path of the plugin; by default the recorded one.

    Raises
    ------
    BrokenRule
        If an answer is wrong.
    Failure
        If the plugin ends the process or hangs.
    ReplayError
        If the recording has entries or arguments that cannot be used.
    """
    options = recording["session"]
    path = os.path.abspath(plugin or recording["plugin"])
    session = Session(
        path,
        options["sanitize"],
        fork=options["fork"],
        interpose=options["interpose"],
        keep_scalars=options.get("keep_scalars", False),
    )
    with session:
        for _ in range(recording["times"]):
            try:
                yield from _once(recording, session)
            except (BrokenRule, Failure):
                raise
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ReplayError(f"the calls cannot be made: {error}") from error


def _once(recording: Recording, session: Session) -> Iterator[str]:
    handles: dict[str, int] = {}
    with session.worker() as worker:
        trace = Trace(worker, unique=recording["session"].get("unique_handles", True))
        for entry in recording["entries"]:
            arguments = [resolved(argument, handles) for argument in entry["arguments"]]
            makes = entry.get("makes", "")
            if "control" in entry:
                operation = entry["control"]
                places = [a.value if isinstance(a, Address) else a for a in arguments]
                given = arguments if operation in ("threads", "copy_call") else places
                result = worker.control(operation, *given)
                yield f"{operation}: {result!r}"
                value = result
            else:
                name = entry["call"]
                want = want_of(entry["want"], handles)
                value = trace.call(name, *arguments, want=want, makes=makes).value
                yield f"nxs{name}: {value}"
            if makes and isinstance(value, int):
                handles[makes] = value
        worker.exit()
