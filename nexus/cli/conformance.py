"""``nexus conformance``: checks that a plugin conforms to the ABI."""

from __future__ import annotations

import argparse

from nexus.cli.arguments import Commands
from nexus.cli.failure import needs
from nexus.conformance.options import add_arguments


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("conformance", help="check that a plugin conforms to the ABI")
    add_arguments(parser)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        raise needs("conformance", "nexus conformance") from None
    from nexus.conformance import command_line as command

    return command.main(options)
