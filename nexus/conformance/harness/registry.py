"""The checks by id; each tests one sentence of the contract."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nexus
from nexus._enums import function
from nexus.conformance.harness.kit import Kit

GROUPS = (
    *("property", "buffer", "library", "kernel", "command", "schedule", "launch", "stream"),
    *("event", "handle", "thread", "process", "failure"),
)

FUNCTIONS = tuple(member.name.removeprefix("nxs") for member in function)

# Rules that the headers state outside of a function's comment: the file and the first line.
_SECTIONS = {
    "": ("_nxs_functions.h", " * Rules for all of them:"),
    "work": ("_nxs_functions.h", " * Rules for work:"),
    "required": ("nxs_functions.h", "typedef enum nxs_function_required {"),
    "prompt": ("nxs_functions.h", "typedef enum nxs_function_prompt {"),
}


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes
    ----------
    id : str
        Group and rule, such as ``buffer.double_release``.
    sentence : str
        The rule that it checks.
    function : str
        The function, without ``nxs``, whose comment in the header states the rule; or a section
        of rules: ``work``, ``required``, ``prompt``, or empty for the rules for all functions.
    needs : tuple of str
        ``full`` for a rule of that profile only, or names of functions that a plugin may lack.
    run : callable
        Raises ``AssertionError`` if the rule is broken, ``NotApplicable`` if it does not apply.
    root : str
        Id of a check of which this one is a consequence where both fail; empty for none.
    strict : bool
        Whether it runs without the allowances that the kit makes in profile ``core``.
    """

    id: str
    sentence: str
    function: str
    needs: tuple[str, ...]
    run: Callable[[Kit], None]
    root: str = ""
    strict: bool = False

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]

    @property
    def header(self) -> str:
        """Place of the rule in the header: ``_nxs_functions.h:90``."""
        return header_line(self.function)


_checks: dict[str, Check] = {}


def check(
    id: str,
    sentence: str,
    *,
    function: str = "",
    needs: Sequence[str] = (),
    root: str = "",
    strict: bool = False,
) -> Callable[[Callable[[Kit], None]], Callable[[Kit], None]]:
    """Register a function as a check.

    Parameters
    ----------
    id : str
        Group and rule, such as ``buffer.double_release``.
    sentence : str
        The rule that it checks.
    function : str, optional
        The function, without ``nxs``, whose comment states the rule, or a section of rules.
    needs : sequence of str, optional
        ``full`` for a rule of that profile only, or names of functions that a plugin may lack.
    root : str, optional
        Id of a check that finds the same fault more directly. Where both fail, the report counts
        the root, and lists this check with it.
    strict : bool, optional
        Run it without the allowances of profile ``core``.

    Raises
    ------
    ValueError
        If there is such a check already, or no such function or group.

    Examples
    --------
    >>> @check("buffer.negative", "A handle below 0 is refused.", function="ReleaseBuffer")
    ... def negative(kit):
    ...     kit.fails("ReleaseBuffer", -1, status="InvalidBuffer")
    """

    def register(run: Callable[[Kit], None]) -> Callable[[Kit], None]:
        if id in _checks and _checks[id].run.__module__ != run.__module__:
            raise ValueError(f"there are two checks {id!r}")
        if id.partition(".")[0] not in GROUPS:
            raise ValueError(f"check {id!r} is not in one of the groups {', '.join(GROUPS)}")
        for name in (function, *needs):
            if name not in ("full", *_SECTIONS, *FUNCTIONS):
                raise ValueError(f"check {id!r}: there is no function nxs{name}")
        _checks[id] = Check(id, sentence, function, tuple(needs), run, root, strict)
        return run

    return register


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """Return every check, by group."""
    for found in sorted(Path(__file__).parents[1].glob("checks/*/*.py")):
        importlib.import_module(f"nexus.conformance.checks.{found.parent.name}.{found.stem}")
    order = {group: place for place, group in enumerate(GROUPS)}
    return tuple(sorted(_checks.values(), key=lambda item: order[item.group]))


def select(wanted: Sequence[str]) -> tuple[Check, ...]:
    """Return the checks of ids or groups; all checks if there are none.

    Raises
    ------
    ValueError
        If an id is unknown.
    """
    if not wanted:
        return all_checks()
    chosen = []
    for name in wanted:
        found = [item for item in all_checks() if name in (item.id, item.group)]
        if not found:
            raise ValueError(f"there is no check {name!r}; nexus conformance --list shows all")
        chosen += [item for item in found if item not in chosen]
    return tuple(chosen)


@functools.cache
def header_line(name: str) -> str:
    """Return the header and line of a function, or of a section of rules."""
    file, start = _SECTIONS.get(name, ("_nxs_functions.h", ""))
    wanted = re.escape(start) if start else rf"NEXUS_API_FUNC\(\w+, {name}[,)]"
    path = Path(nexus.get_include(), "nexus-api", file)
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if re.match(wanted, line):
            return f"{path.name}:{number}"
    raise ValueError(f"{path} has no line that matches {wanted!r}")
