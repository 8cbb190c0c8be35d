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
from nexus.cli import build, completion, config, conformance, db, demo, devices, info, plugins, top
from nexus.cli.arguments import Parser, show_help_of
from nexus.cli.failure import CommandError, Status
from nexus.device_db.trees import clean

# In the order of the help text.
_COMMANDS = (devices, info, top, plugins, db, build, demo, conformance, config, completion)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments after the program's name; by default those of this process.

    Returns
    -------
    int
        Exit status: 0, 1 if the command found an error, 2 for wrong usage, 130 after Ctrl-C, 141 if
        the reader of the output is gone.

    Raises
    ------
    SystemExit
        With 2 for wrong arguments; with 0 after ``--help`` and ``--version``.
    """
    _open_closed_outputs()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may contain characters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: _report(message)
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = parser().parse_args(arguments)
        status = int(options.command(options))
        sys.stdout.flush()
    except CommandError as error:
        _report(error)
        return error.status
    except nexus.NexusError as error:
        _report(error)
        return Status.WRONG
    except ImportError as error:
        # Any command that reads a record of NEXUS_DEVICE_PATH needs jsonschema to validate it.
        if error.name != "jsonschema":
            raise
        _report(error)
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
        _report(f"the output cannot be written: {error.strerror}")
        _discard_output()
        return Status.WRONG
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = Parser(prog="nexus", description="One API for every accelerator.")
    root.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = root.add_subparsers(metavar="command")
    for command in _COMMANDS:
        command.add(commands)
    root.set_defaults(parser=root, command=show_help_of(root))
    return root


def _report(message: object) -> None:
    """Print a message, which may quote several lines of other programs' output."""
    print("nexus:", "\n".join(map(clean, str(message).splitlines())), file=sys.stderr)


def _open_closed_outputs() -> None:
    """Redirect outputs that were closed before the start, as by ``>&-``, to the null device.

    For a closed standard error Python would print to the standard output.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(_nowhere(), "w"))


def _discard_output() -> None:
    """Discard buffered output, which would fail again when the interpreter exits."""
    os.dup2(_nowhere(), sys.stdout.fileno())


def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def _reader_is_gone() -> bool:
    import select

    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"nexus {nexus.__version__}")
        parser.exit()
