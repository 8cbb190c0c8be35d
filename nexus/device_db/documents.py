"""Reads JSON files from untrusted sources."""

from __future__ import annotations

import json
import math
import os
import re
import stat
from typing import Any

from nexus.errors import DocumentError

MAX_DEPTH = 64
_MAX_DIGITS = 400
# A FIFO would block, and a link created in the meantime would lead elsewhere.
_FLAGS = os.O_RDONLY
for _flag in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"):
    _FLAGS |= getattr(os, _flag, 0)
# Also matches a string without a closing quote, so that nothing is scanned twice.
_TOKEN = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*("?)(\s*:)?|[][{}]|-?(?:Infinity|NaN)|-?\d[-+.\deE]*', re.DOTALL
)


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
    _scan(path, text, error)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as reason:
        place = f"line {reason.lineno}, column {reason.colno}"
        raise error(path, place, f"it is not JSON: {reason.msg}") from None
    if not isinstance(found, dict):
        raise error(path, "$", f"it holds {_kind(found)} where an object has to be")
    return found


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


def _scan(path: str, text: str, error: type[DocumentError]) -> None:
    """Refuse what the parser would accept, or what would exhaust its stack.

    Syntax errors are left to the parser, which says what was expected.
    """
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        found = token[0]
        first = found[0]
        reason = ""
        if first == '"':
            if not token[1]:
                return
            string = found[: token.end(1) - token.start()]
            if "\\" in string:
                string, reason = _unescaped(string)
            if token[2] and keys:
                if string in keys[-1]:
                    reason = f"{string[:80]} stands twice in one object"
                keys[-1].add(string)
        elif first in "[{":
            keys.append(set())
            if len(keys) > MAX_DEPTH:
                reason = f"it is nested deeper than {MAX_DEPTH}"
        elif first in "]}":
            if not keys:
                return
            keys.pop()
        else:
            reason = _about_number(found)
        if reason:
            raise error(path, _place(text, token.start()), reason)


def _unescaped(string: str) -> tuple[str, str]:
    """Return a string without escapes, and the reason to refuse it, if any."""
    try:
        said = json.loads(string)
        said.encode()
    except json.JSONDecodeError:
        return string, ""
    except UnicodeEncodeError:
        return string, "half of a surrogate pair is not a character"
    return f'"{said}"', ""


def _about_number(found: str) -> str:
    if found[-1] in "yN":
        return f"{found} is not JSON"
    if len(found) > _MAX_DIGITS:
        return f"a number of {len(found)} characters is too long"
    try:
        return f"{found} is too large" if math.isinf(float(found)) else ""
    except ValueError:
        return ""
