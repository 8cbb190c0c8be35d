"""The command line: ``nexus demo``, ``nexus conformance``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nexus.conformance.options import add_arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What comes after the program's name; that of this process where it is not given.

    Returns
    -------
    int
        Exit status.
    """
    options = _parser().parse_args(arguments)
    status: int = options.command(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nexus", description="One API for every accelerator.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="list the devices and add two vectors on each")
    demo.set_defaults(command=_demo)
    conformance = commands.add_parser(
        "conformance", help="prove that a plugin keeps the rules of the ABI, or show where not"
    )
    add_arguments(conformance)
    conformance.set_defaults(command=_conformance)
    return parser


def _conformance(options: argparse.Namespace) -> int:
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        print('nexus conformance needs more: pip install "nexus[conformance]"', file=sys.stderr)
        return 2
    from nexus.conformance import command

    return command.main(options)


def _demo(_: argparse.Namespace) -> int:
    from nexus.demo import demo

    return demo.main()


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import nexus

        print(f"nexus {nexus.__version__}")
        parser.exit()
