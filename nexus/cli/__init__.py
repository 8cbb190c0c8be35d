"""The command line; ``python -m nexus`` is the same."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
import warnings
from collections.abc import Sequence

import nexus
from nexus.cli import completion, conformance, db, demo, devices, info, plugins, top
from nexus.cli.arguments import Parser
from nexus.cli.failure import CommandError, Status
from nexus.cli.tables import clean

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

    Raises
    ------
    SystemExit
        With 2 if the arguments are no command; with 0 after ``--help`` and ``--version``.
    """
    _open_closed_outputs()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may hold what the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: _tell(message)
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = parser().parse_args(arguments)
        status = int(options.command(options))
        sys.stdout.flush()
    except CommandError as error:
        _tell(error)
        return error.status
    except nexus.NexusError as error:
        _tell(error)
        return Status.WRONG
    except ImportError as error:
        # Whatever reads a record of NEXUS_DEVICE_PATH can find that it cannot check it.
        if error.name != "jsonschema":
            raise
        _tell(error)
        return Status.USAGE
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except BrokenPipeError:
        if not _reader_is_gone():
            raise
        _discard_output()
        return Status.READER_GONE
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        _tell(f"the output cannot be written: {error.strerror}")
        _discard_output()
        return Status.WRONG
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = Parser(prog="nexus", description="One API for every accelerator.")
    root.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = root.add_subparsers(required=True, metavar="command")
    for command in _COMMANDS:
        command.add(commands)
    root.set_defaults(parser=root)
    return root


def _tell(message: object) -> None:
    """Print a message that may quote what others wrote, such as a compiler's several lines."""
    print("nexus:", "\n".join(map(clean, str(message).splitlines())), file=sys.stderr)


def _open_closed_outputs() -> None:
    """Let what was closed before the start, as by ``>&-``, be written to all the same.

    Python has None for such a stream, and prints to the standard output what is meant for it.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(_nowhere(), "w"))


def _discard_output() -> None:
    """Throw away what is still in the buffer, which would fail again when the interpreter ends."""
    os.dup2(_nowhere(), sys.stdout.fileno())


def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)


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
