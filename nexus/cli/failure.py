"""Exit statuses, and the error that ends a command."""

from __future__ import annotations

from enum import IntEnum

from nexus._objects.distribution import install_command


class Status(IntEnum):
    """Exit statuses."""

    OK = 0
    WRONG = 1
    USAGE = 2
    # The statuses that shells report for programs ended by SIGINT and SIGPIPE.
    INTERRUPTED = 130
    READER_GONE = 141


class CommandError(Exception):
    """Ends a command with a message.

    Attributes
    ----------
    status : Status
        Exit status of the process.
    """

    def __init__(self, message: str, status: Status = Status.USAGE) -> None:
        super().__init__(message)
        self.status = status


def needs(extra: str, what: str) -> CommandError:
    """Return the error of a command that needs an extra of the package."""
    return CommandError(f"{what} needs more: {install_command(extra)}")
