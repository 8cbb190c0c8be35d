"""What the commands' parsers share."""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

from nexus._objects.names import nearest

# What a command adds its parser to.
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
    """A parser that names the nearest where there is no such command, and no hidden one."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices if not str(choice).startswith("_")]
        near = nearest(str(value), known)
        message = f"there is no {value!r} among {', '.join(known)}{near}"
        raise argparse.ArgumentError(action, message)


def complete_with(action: argparse.Action, kind: str) -> None:
    """Let shells complete an argument.

    Parameters
    ----------
    action : argparse.Action
        What ``add_argument`` returned.
    kind : str
        ``"devices"``, ``"records"``, or ``"files"``.
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
