"""A source as one text that needs nothing but ``nexus-api/nxs_kernel.h``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"')
_ONCE = re.compile(r"[ \t]*#[ \t]*pragma[ \t]+once\b")
_DIALECT = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]nexus-api/nxs_kernel\.h[>"]', re.MULTILINE)
_DEFINITION = re.compile(r"([A-Za-z_]\w*)(?:=(.*))?", re.DOTALL)
# What cannot stand in the name of a `#line` directive.
_UNUSABLE = re.compile(r'["\\\x00-\x1f]')
_DEEPEST = 50


def flat_source(path: str | os.PathLike[str], defines: Iterable[str] = ()) -> str:
    """Return the text of a source with its own headers in place of their includes.

    Compilers that are given a text cannot look for the user's headers, and a text that is kept has
    left its folder. ``#line`` keeps the places of errors.

    Parameters
    ----------
    path : path
        The file, in UTF-8.
    defines : iterable of str
        Macros, as ``"NAME"`` or ``"NAME=VALUE"``, which the text begins with.

    Returns
    -------
    str
        The text; folders are named as the includes name them.

    Raises
    ------
    ValueError
        If a file cannot be read or is not text in UTF-8, its name has a quotation mark or a
        backslash, headers include each other, a macro is none, or the source does not include
        ``nexus-api/nxs_kernel.h``. A header that is missing is left to the compilers, since a
        condition may leave it out.
    """
    path = Path(path)
    name = path.name
    if found := _UNUSABLE.search(name):
        raise ValueError(f"{path} has the character {found[0]!r} in its name: rename it")
    text = "".join(_definition(macro) for macro in defines)
    text += f'#line 1 "{name}"\n' if text else ""
    text += _Inlining().text_of(path, name)
    if not _DIALECT.search(text):
        raise ValueError(
            f"{name} does not include <nexus-api/nxs_kernel.h>: only kernels in this language "
            "can be built for several kinds of devices"
        )
    return text


def _definition(macro: str) -> str:
    found = _DEFINITION.fullmatch(macro)
    if not found or "\n" in macro:
        raise ValueError(f"{macro!r} defines no macro: give NAME or NAME=VALUE, as in TILE=16")
    return f"#define {found[1]} {1 if found[2] is None else found[2]}\n"


class _Inlining:
    def __init__(self) -> None:
        self._once: set[Path] = set()

    def text_of(self, path: Path, name: str, depth: int = 0) -> str:
        """Return a file's text; `name` stands for it in messages."""
        if depth > _DEEPEST:
            raise ValueError(f"{name} is included {_DEEPEST} levels deep: headers include another")
        lines = []
        for number, line in enumerate(_read(path, name).split("\n"), 1):
            if depth and _ONCE.match(line):
                self._once.add(path.resolve())
                lines.append("")
            elif (found := _INCLUDE.match(line)) and (path.parent / found[1]).is_file():
                lines.append(self._header(path.parent / found[1], name, found[1], number, depth))
            else:
                lines.append(line)
        return "\n".join(lines)

    def _header(self, path: Path, name: str, header: str, number: int, depth: int) -> str:
        if path.resolve() in self._once:
            return ""
        shown = os.path.normpath(os.path.join(os.path.dirname(name), header)).replace(os.sep, "/")
        text = self.text_of(path, shown, depth + 1)
        return f'#line 1 "{shown}"\n{text}\n#line {number + 1} "{name}"'


def _read(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    try:
        # Some editors put a mark before UTF-8.
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{name}:{line}: the source is not text in UTF-8") from None
    if (end := text.find("\0")) >= 0:
        line = text.count("\n", 0, end) + 1
        raise ValueError(f"{name}:{line}: the source has a zero byte, so it is no text")
    return text
