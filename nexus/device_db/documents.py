"""Reads JSON files from untrusted sources."""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Sequence
from typing import Any, NamedTuple

from nexus.errors import DocumentError

MAX_DEPTH = 64
_MAX_DIGITS = 400
_SHOWN_STEPS = 16
_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH}"
# A FIFO would block, and a link created in the meantime would lead elsewhere.
_FLAGS = os.O_RDONLY
for _flag in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"):
    _FLAGS |= getattr(os, _flag, 0)


def read_bytes(
    path: str, limit: int, error: type[DocumentError], folder: str | None = None
) -> bytes:
    """Return the contents of a regular file.

    Parameters
    ----------
    path : str
        Path of the file.
    limit : int
        Most bytes that it may have.
    error : type
        Class of the exception to raise.
    folder : str, optional
        Folder that has to contain the file after all symbolic links are resolved.

    Raises
    ------
    DocumentError
        Of the type `error`, if it cannot be read or is larger than `limit`.
    """
    try:
        real = os.path.realpath(path, strict=True)
        if folder is not None:
            root = os.path.realpath(folder, strict=True)
            if os.path.commonpath([root, real]) != root:
                raise error(path, "", f"it lies outside of {folder}, at {real}")
        with open(os.open(real, _FLAGS), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise error(path, "", "it is not a regular file")
            if status.st_size > limit:
                raise error(path, "", f"it has {status.st_size} bytes, and {limit} is the limit")
            raw = file.read(limit + 1)
    except (OSError, ValueError) as reason:
        why = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        raise error(path, "", f"it cannot be read: {why}") from reason
    if len(raw) > limit:
        raise error(path, "", f"it grew beyond {limit} bytes, which is the limit")
    return raw


def read(
    path: str, limit: int, error: type[DocumentError], folder: str | None = None
) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Parameters
    ----------
    path, limit, error, folder
        See `read_bytes`.

    Raises
    ------
    DocumentError
        Of the type `error`: if the file cannot be read, is larger than `limit`, is not UTF-8 or
        not JSON, is nested deeper than 64, repeats a key in an object, has a number that is too
        large, or does not hold an object.
    """
    raw = read_bytes(path, limit, error, folder)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as reason:
        before = raw[: reason.start].decode("utf-8")
        byte = raw[reason.start]
        raise error(path, _place(before, len(before)), f"byte 0x{byte:02x} is not UTF-8") from None
    return parse(path, text, error)


def parse(path: str, text: str, error: type[DocumentError]) -> dict[str, Any]:
    """Return the object that a JSON text holds.

    Parameters
    ----------
    path : str
        Source of the text, for messages.
    text : str
        The text.
    error : type
        Class of the exception to raise.

    Raises
    ------
    DocumentError
        Of the type `error`; see `read`.

    Examples
    --------
    >>> from nexus.device_db import documents
    >>> from nexus.errors import RecordError
    >>> documents.parse("text", '{"Name": "x"}', RecordError)
    {'Name': 'x'}
    >>> documents.parse("text", '{"Limits": {"A": 1, "A": 2}}', RecordError)
    Traceback (most recent call last):
    ...
    nexus.errors.RecordError: text: $.Limits: 'A' stands there twice
    """
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as reason:
        place = f"line {reason.lineno}, column {reason.colno}"
        raise error(path, place, f"it is not JSON: {reason.msg}") from None
    except RecursionError:
        raise error(path, "", _TOO_DEEP) from None
    if not isinstance(found, dict):
        raise error(path, "$", _about(found))
    try:
        _check(found, 1)
    except _ProblemError as problem:
        raise error(path, problem.place(), problem.reason) from None
    return found


class _Refused(NamedTuple):
    """Stands for a part that the parser accepts and documents must not have."""

    reason: str


class _ProblemError(Exception):
    """A refused part, with the way to it from the innermost step outwards."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str | int] = []

    def place(self) -> str:
        steps = [f"[{s}]" if isinstance(s, int) else f".{s}" for s in reversed(self.steps)]
        shown = steps if len(steps) <= _SHOWN_STEPS else [*steps[:_SHOWN_STEPS], " ..."]
        return "$" + "".join(shown)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any] | _Refused:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Refused(f"{key[:80]!r} stands there twice")
        seen.add(key)
    raise AssertionError


def _integer(text: str) -> int | _Refused:
    # Before the conversion, which takes quadratic time.
    if len(text) > _MAX_DIGITS:
        return _Refused(f"a number of {len(text)} characters is too long")
    return int(text) if math.isfinite(float(text)) else _Refused(f"{text} is too large")


def _float(text: str) -> float | _Refused:
    if len(text) > _MAX_DIGITS:
        return _Refused(f"a number of {len(text)} characters is too long")
    value = float(text)
    return value if math.isfinite(value) else _Refused(f"{text} is too large")


def _constant(text: str) -> _Refused:
    return _Refused(f"{text} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _check(value: Any, depth: int) -> None:
    """Raise for a refused part, a string that is not text, or parts that are nested too deep."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, _Refused):
        raise _ProblemError(value.reason)
    elif isinstance(value, (dict, list)):
        if depth > MAX_DEPTH:
            raise _ProblemError(_TOO_DEEP)
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(step, str):
                _check_text(step)
            try:
                _check(item, depth + 1)
            except _ProblemError as problem:
                problem.steps.append(step)
                raise


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _ProblemError("half of a surrogate pair is not a character") from None


def _about(found: Any) -> str:
    """Say what stands where the document's object has to be."""
    if isinstance(found, _Refused):
        return found.reason
    return f"it holds {_kind(found)} where an object has to be"


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"
