"""Recorded calls as JSON: the calls of a check or a fuzzer, and their right answers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nexus.conformance.harness import call_arguments
from nexus.conformance.harness.call_arguments import Address, Launch, with_handles
from nexus.conformance.harness.trace import Forged, Handle, Step, Want
from nexus.conformance.programs.notation import Place

# A recording: a JSON object, as in a report.
Recording = dict[str, Any]

_ARGUMENTS = {
    kind.__name__: kind
    for kind in vars(call_arguments).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}


@dataclasses.dataclass(frozen=True)
class Control:
    """An operation of a worker that is not a call of the plugin.

    Attributes
    ----------
    name : str
        The operation, as for `Worker.control`.
    arguments : tuple
        Its arguments.
    makes : str
        Name of the memory that it allocates; empty for none.
    """

    name: str
    arguments: tuple[Any, ...]
    makes: str = ""


@dataclasses.dataclass(frozen=True)
class Named:
    """The handle of a recorded call, or one that differs from it in one bit."""

    name: str
    bit: int | None = None

    def value(self, handles: Mapping[str, int]) -> int:
        """Return the handle, 0 if the call did not make one."""
        handle = handles.get(self.name, 0)
        return handle if self.bit is None else handle ^ 1 << self.bit


def recording(
    entries: Sequence[Step | Control],
    plugin: str,
    message: str,
    *,
    sanitize: Sequence[str] = (),
    fork: bool = True,
    interpose: bool = False,
    keep_scalars: bool = False,
    unique_handles: bool = True,
    times: int = 1,
) -> Recording:
    """Return calls as a JSON object.

    Parameters
    ----------
    entries : sequence of Step or Control
        The calls and operations.
    plugin : str
        Path of the plugin.
    message : str
        What is wrong.
    sanitize, fork, interpose, keep_scalars
        As for `Session`.
    unique_handles : bool, optional
        Whether no handle may be issued twice.
    times : int, optional
        Repetitions, each in a new worker.
    """
    session = {
        "sanitize": list(sanitize),
        "fork": fork,
        "interpose": interpose,
        "keep_scalars": keep_scalars,
        "unique_handles": unique_handles,
    }
    return {
        "format": 1,
        "plugin": plugin,
        "message": message,
        "session": session,
        "times": times,
        "entries": [_entry(entry) for entry in entries],
    }


def _entry(entry: Step | Control) -> dict[str, Any]:
    made = {"makes": entry.makes} if entry.makes else {}
    arguments = [_plain(argument) for argument in entry.arguments]
    if isinstance(entry, Control):
        return {"control": entry.name, "arguments": arguments, **made}
    want = entry.want
    wanted = {
        "refusals": sorted(want.refusals),
        "either": want.either,
        "outs": [_plain(content) for content in want.outs],
        "sizes": list(want.sizes),
    }
    short = {name: value for name, value in wanted.items() if value}
    return {"call": entry.function, "arguments": arguments, "want": short, **made}


def _plain(value: Any) -> Any:
    """Return an argument as a JSON value."""
    if isinstance(value, Handle):
        return {"handle": value.name}
    if isinstance(value, Forged):
        return {"handle": value.handle.name, "bit": value.bit}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    if isinstance(value, Place):
        return {"memory": value.name, "offset": value.offset}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"argument": type(value).__name__, **fields}
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read(text: str | bytes) -> Any:
    """Return a report or a recording from JSON, with the arguments as objects of the kit.

    Raises
    ------
    ValueError
        If it is not JSON.
    """
    return json.loads(text, object_hook=_typed)


def _typed(fields: dict[str, Any]) -> Any:
    if fields.keys() <= {"handle", "bit"} and "handle" in fields:
        return Named(fields["handle"], fields.get("bit"))
    if fields.keys() == {"bytes"}:
        return bytes.fromhex(fields["bytes"])
    if fields.keys() == {"memory", "offset"}:
        return Place(fields["memory"], fields["offset"])
    if "argument" in fields:
        kind = _ARGUMENTS[fields.pop("argument")]
        return kind(**fields)
    return fields


def resolved(value: Any, handles: Mapping[str, int]) -> Any:
    """Return an argument of a recording, with this process's handles and addresses."""
    if isinstance(value, Named):
        return value.value(handles)
    if isinstance(value, Place):
        return Address(handles.get(value.name, 0) + value.offset)
    if isinstance(value, Launch):
        return with_handles(value, lambda buffer: resolved(buffer, handles))
    return [resolved(item, handles) for item in value] if isinstance(value, list) else value


def want_of(fields: Mapping[str, Any], handles: Mapping[str, int]) -> Want:
    """Return the right answer of a call."""
    contents = [resolved(content, handles) for content in fields.get("outs", ())]
    return Want(
        frozenset(fields.get("refusals", ())),
        fields.get("either", False),
        [tuple(content) if isinstance(content, list) else content for content in contents],
        fields.get("sizes", ()),
    )
