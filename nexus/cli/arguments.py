"""Parts that the commands' parsers share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeAlias

from nexus._objects.names import nearest
from nexus.cli.failure import Status

# The object that a command adds its parser to.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_BASH = """
_nexus_words() {
  compgen -W "$("${COMP_WORDS[0]/#\\~/$HOME}" _words "$1" 2>/dev/null)" -- "$2"
}
"""
_ZSH = """
_nexus_words() {
  local kind=$1
  shift
  local -a found
  found=(${(f)"$(_call_program $kind nexus _words $kind 2>/dev/null)"})
  compadd "$@" -a found
}
"""


class Parser(argparse.ArgumentParser):
    """A parser that suggests similar commands for an unknown one, and hides internal ones."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices if not str(choice).startswith("_")]
        near = nearest(str(value), known)
        message = f"there is no {value!r} among {', '.join(known)}{near}"
        raise argparse.ArgumentError(action, message)


def show_help_of(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], Status]:
    """Return the command of a parser that is named without one of its commands."""

    def run(_: argparse.Namespace) -> Status:
        parser.print_help()
        return Status.OK

    return run


def complete_with(action: argparse.Action, kind: str) -> None:
    """Enable completion of an argument in shells.

    Parameters
    ----------
    action : argparse.Action
        The argument, as ``add_argument`` returned it.
    kind : str
        ``"devices"``, ``"records"``, ``"targets"``, or ``"files"``.
    """
    action.complete = "file" if kind == "files" else _words(kind)  # type: ignore[attr-defined]


def _words(kind: str) -> dict[str, object]:
    function = f"_nexus_{kind}"
    return {
        "bash": function,
        "zsh": function,
        "tcsh": f"`nexus _words {kind}`",
        "preamble": {
            "bash": f'{_BASH}{function}() {{ _nexus_words {kind} "$1"; }}\n',
            "zsh": f'{_ZSH}{function}() {{ _nexus_words {kind} "$@" }}\n',
        },
    }
