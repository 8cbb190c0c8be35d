"""Prints what a check did as a program on the kit: for what calls alone do not tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from nexus.conformance.harness.journal import Entry
from nexus.conformance.harness.trace import Handle
from nexus.conformance.programs.notation import python_bytes

_HEAD = '''\
"""{message}

Runs against {plugin}, or the plugin that is named on the command line.
"""

import sys

from nexus.conformance.harness.call_arguments import *
from nexus.conformance.harness.patterns import pattern
from nexus.conformance.harness.session import Session

path = sys.argv[1] if len(sys.argv) > 1 else {plugin!r}
with Session(path, {sanitize!r}, {fork!r}, {interpose!r}) as session, session.worker() as worker:
'''


def emit_kit(
    entries: Sequence[tuple[Entry, str]],
    plugin: str,
    message: str,
    sanitize: Sequence[str],
    fork: bool,
    interpose: bool,
) -> str:
    """Return a Python program that does all that a check did, and prints what came of it.

    Parameters
    ----------
    entries : sequence of (Entry, str)
        What was done, and what to call the handle that it made.
    plugin : str
        Path of the plugin.
    message : str
        What is wrong.
    sanitize, fork, interpose
        As of `Session`.
    """
    safe = message.replace("\\", "\\\\").replace('"""', "'''")
    head = _HEAD.format(
        message=safe, plugin=plugin, sanitize=tuple(sanitize), fork=fork, interpose=interpose
    )
    return head + "".join(f"    {_line(entry, name)}\n" for entry, name in entries)


def _line(entry: Entry, name: str) -> str:
    arguments = ", ".join([repr(entry.name), *map(_text, entry.arguments)])
    if entry.control:
        return f"print({entry.name!r}, worker.control({arguments}))"
    if name:
        return f"print({entry.name!r}, {name} := worker.call({arguments}).value)"
    return f"print({entry.name!r}, worker.call({arguments}))"


def _text(value: Any) -> str:
    if isinstance(value, Handle):
        return value.name
    if isinstance(value, bytes):
        return python_bytes(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, (tuple, list)):
        parts = ", ".join(map(_text, value))
        if isinstance(value, list):
            return f"[{parts}]"
        return f"({parts},)" if len(value) == 1 else f"({parts})"
    if dataclasses.is_dataclass(value):
        fields = ", ".join(
            f"{field.name}={_text(getattr(value, field.name))}"
            for field in dataclasses.fields(value)
        )
        return f"{type(value).__name__}({fields})"
    return repr(value)
