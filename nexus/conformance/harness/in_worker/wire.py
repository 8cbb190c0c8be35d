"""Messages between the kit and its workers: a length, then a value that ``marshal`` can write."""

from __future__ import annotations

import marshal
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("<Q")

# Longer than any message; a greater length means that a plugin wrote to the connection.
_LONGEST = 1 << 32


class ConnectionLostError(Exception):
    """The peer has gone, or sent something that is not a message."""


def send(connection: socket.socket, message: Any) -> None:
    """Send a message.

    Raises
    ------
    ConnectionLostError
        If the other side is gone.
    """
    data = marshal.dumps(message)
    try:
        connection.sendall(_LENGTH.pack(len(data)) + data)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise ConnectionLostError("the other side is gone") from error


def receive(connection: socket.socket) -> Any:
    """Wait for a message and return it.

    Raises
    ------
    ConnectionLostError
        If the other side is gone, or sent something that is not a message.
    TimeoutError
        If the connection has a time-out and it has passed.
    """
    try:
        data = connection.recv(1 << 16)
        if len(data) < _LENGTH.size:
            data += _exactly(connection, _LENGTH.size - len(data))
        length = _LENGTH.unpack_from(data)[0]
        if length > _LONGEST:
            raise ConnectionLostError(f"a message of {length} bytes makes no sense")
        data += _exactly(connection, _LENGTH.size + length - len(data))
        return marshal.loads(memoryview(data)[_LENGTH.size :])
    except (ConnectionResetError, BrokenPipeError) as error:
        raise ConnectionLostError("the other side is gone") from error
    except (EOFError, ValueError, TypeError) as error:
        raise ConnectionLostError(f"not a message: {error}") from error


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionLostError("the other side is gone")
        data += piece
    return bytes(data)
