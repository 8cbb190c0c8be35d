"""The command line; ``python -m nexus`` is the same."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import nexus
from nexus.cli import completion, conformance, db, demo, devices, info, plugins, top
from nexus.cli.failure import CommandError, Status

# In the order of the help text.
_COMMANDS = (devices, info, top, plugins, db, demo, conformance, completion)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What comes after the program's name; that of this process where it is not given.

    Returns
    -------
    int
        Exit status: 0, or 1 where the command found something wrong, 2 where it was used wrongly,
        130 after Ctrl-C, 141 where who reads the output went away.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may hold what the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments)
        status = int(options.command(options))
        sys.stdout.flush()
    except CommandError as error:
        print(f"nexus: {error}", file=sys.stderr)
        return error.status
    except (nexus.NexusError, nexus.DocumentError) as error:
        print(f"nexus: {error}", file=sys.stderr)
        return Status.WRONG
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except BrokenPipeError:
        if not _reader_is_gone():
            raise
        # What is still in the buffer would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.READER_GONE
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = argparse.ArgumentParser(prog="nexus", description="One API for every accelerator.")
    root.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = root.add_subparsers(required=True, metavar="command")
    for command in _COMMANDS:
        command.add(commands)
    root.set_defaults(parser=root)
    return root


def _reader_is_gone() -> bool:
    import select

    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"nexus {nexus.__version__}")
        parser.exit()
