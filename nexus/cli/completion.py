"""``nexus completion``: scripts that let a shell complete commands, devices, records, targets."""

from __future__ import annotations

import argparse

import nexus
from nexus.cli import machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import Status, needs

_SHELLS = ("bash", "zsh", "tcsh")
# Wraps the function that shtab writes. Bash splits words at colons; this joins a word such as cpu:0
# again, and removes from the offers the part before the colon, which is typed already.
_BASH = """
_nexus() {
  local cut=""
  if [[ " ${COMP_WORDS[*]} " == *" : "* && $COMP_WORDBREAKS == *:* ]]; then
    local line="${COMP_LINE:0:COMP_POINT}"
    local -a COMP_WORDS
    read -ra COMP_WORDS <<<"$line"
    [[ $line == *[[:space:]] ]] && COMP_WORDS+=("")
    local COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    local word="${COMP_WORDS[COMP_CWORD]}"
    cut="${word%"${word##*:}"}"
  fi
  _shtab_nexus "$@"
  COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}

complete -o bashdefault -F _nexus nexus"""


def add(commands: Commands) -> None:
    """Add the command to the parser, and a hidden one that the scripts call."""
    parser = commands.add_parser("completion", help="print a script that completes for a shell")
    parser.add_argument("shell", choices=_SHELLS, help="which shell")
    parser.set_defaults(command=_run)
    words = commands.add_parser("_words")
    words.add_argument("kind", choices=("devices", "records", "targets"))
    words.set_defaults(command=_words)


def _run(options: argparse.Namespace) -> Status:
    try:
        import shtab
    except ModuleNotFoundError:
        raise needs("cli", "nexus completion") from None
    print(shtab.complete(options.parser, shell=options.shell))
    if options.shell == "bash":
        print(_BASH)
    return Status.OK


def _words(options: argparse.Namespace) -> Status:
    if options.kind == "devices":
        found = [machine.identify(device) for device in machine.devices()]
    elif options.kind == "targets":
        from nexus.building import known_targets

        found = [target.name for target in known_targets()]
    else:
        found = list(nexus.get_device_info())
    print(*found, sep="\n")
    return Status.OK
