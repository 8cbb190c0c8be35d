"""What goes wrong in a compilation."""

from __future__ import annotations

import re
from collections.abc import Callable

# `file:line:column: error: text` of Clang, `file:line: error: text` of the CPU plugin,
# `file(line): error: text` of NVIDIA's compiler.
_ERROR = re.compile(
    r"^(?P<file>[^\n]+?)[:(](?P<line>\d+)(?::\d+|\))?: "
    r"(?:fatal |catastrophic )?error:? (?P<text>.*)",
    re.MULTILINE,
)


class CompilerNotFoundError(RuntimeError):
    """A compiler that is not on this machine; the message says how to get it."""


def reason_of_absence(find: Callable[[], object]) -> str | None:
    """Return why a function finds no compiler; None if it finds one."""
    try:
        find()
    except CompilerNotFoundError as error:
        return str(error)
    return None


class CompileError(ValueError):
    """Source that a compiler refuses.

    Parameters
    ----------
    target : str
        What was compiled for, such as ``"sm_90"``.
    name : str
        The source's name, as it stands in the log.
    log : str
        All that the compiler said.

    Attributes
    ----------
    line : int or None
        The line of the first error in the source, counted from 1; None if the log names none.
    reason : str
        The text of the first error.

    Examples
    --------
    >>> CompileError("sm_90", "k.c", "k.c(3): error: expected a ';'").line
    3
    """

    def __init__(self, target: str, name: str, log: str):
        self.target, self.name, self.log = target, name, log.strip()
        errors = list(_ERROR.finditer(log))
        own = [error for error in errors if error["file"].strip() == name]
        first = own[0] if own else None
        self.line = int(first["line"]) if first else None
        found = (own or errors)[:1]
        self.reason = found[0]["text"] if found else self.log.partition("\n")[0]
        super().__init__(f"{name} does not compile for {target}:\n{self.log}")

    def __reduce__(self) -> tuple[type[CompileError], tuple[str, str, str]]:
        return type(self), (self.target, self.name, self.log)
