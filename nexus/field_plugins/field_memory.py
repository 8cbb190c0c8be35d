"""Buffers: zeros at first, fills of every pattern, copies in both directions, leases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nexus._enums import buffer_settings as BufferSettings
from nexus._enums import data_type as DataType
from nexus._enums import property as Property
from nexus._enums import status as Status
from nexus._ffi import ffi
from nexus.arrays import dtypes
from nexus.arrays.exported_memory import TO_DEVICE, TO_HOST
from nexus.errors import ABSENT
from nexus.field_plugins.field_properties import Queries, answer
from nexus.field_plugins.refusal import RefusedError, find, require_room

_NULL = ffi.NULL
_ON_DEVICE = int(BufferSettings.OnDevice)
# The sizes of patterns that such plugins fill with; they ignore others without an error.
_PATTERNS = (1, 2, 4)


@dataclass
class Memory:
    """A buffer.

    Attributes
    ----------
    size : int
        In bytes.
    rank : int
        Number of dimensions.
    leases : int
        How many commands use it. Such plugins use a released buffer that a command still has.
    released : bool
        Whether its owner has released it; the plugin's buffer follows with the last lease.
    """

    device: int
    size: int
    rank: int
    leases: int = 0
    released: bool = False


class Buffers(Queries):
    """The functions of buffers."""

    def __init__(self) -> None:
        self.memory: dict[int, Memory] = {}
        # For each device why the host cannot write to its buffers; empty where it can.
        self._unwritable: dict[int, str] = {}

    def CreateBuffer(self, device: int, layout: Any, host: Any, settings: int) -> int:  # noqa: N802
        size = _size_of(layout)
        with self.original.lock:
            require_room(len(self.memory), "buffers")
            handle = self.original.check("CreateBuffer", device, layout, host, settings)
            self.memory[handle] = Memory(device, size, layout.rank)
            # Such plugins leave what was in the memory before.
            if host == _NULL and size and not settings & _ON_DEVICE:
                try:
                    self._fill(handle, b"\0")
                except RefusedError:
                    self._give_back(handle)
                    raise
            return handle

    def GetBufferProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        buffer = self._find(handle)
        if number == Property.Shape and buffer.rank == 0 and self.original.has("GetBufferProperty"):
            # An empty list, which looks like a property that the plugin does not know.
            answer(b"", value, size)
            return
        known = {Property.Size: buffer.size}
        self._answer("GetBufferProperty", handle, number, known, (value, size))

    def CopyBuffer(self, handle: int, host: Any, direction: int) -> None:  # noqa: N802
        buffer = self._find(handle)
        if direction not in (TO_HOST, TO_DEVICE):
            raise RefusedError(Status.NXS_InvalidValue, f"{direction} is no direction of copies")
        if buffer.size == 0:
            return
        if host == _NULL:
            raise RefusedError(Status.NXS_InvalidHostPtr, "the pointer to the host is NULL")
        if direction == TO_DEVICE:
            self._require_writable(buffer.device)
        self.original.check("CopyBuffer", handle, host, direction)

    def FillBuffer(self, handle: int, pattern: Any, size: int) -> None:  # noqa: N802
        buffer = self._find(handle)
        if pattern == _NULL:
            raise RefusedError(Status.NXS_InvalidArgValue, "the pointer to the pattern is NULL")
        if size == 0 or buffer.size % size:
            raise RefusedError(
                Status.NXS_InvalidArgSize,
                f"a pattern of {size} bytes does not fill a buffer of {buffer.size} bytes",
            )
        if buffer.size:
            self._fill(handle, bytes(ffi.buffer(ffi.cast("char *", pattern), size)))

    def ReleaseBuffer(self, handle: int) -> None:  # noqa: N802
        buffer = self._find(handle)
        with self.original.lock:
            buffer.released = True
            if not self.original.has("ReleaseBuffer"):
                raise RefusedError(ABSENT)
            if buffer.leases == 0:
                self._give_back(handle)

    def lease(self, handle: int) -> None:
        """Keep a buffer for a command."""
        self._find(handle).leases += 1

    def end_lease(self, handle: int) -> None:
        """End a lease, and release the buffer with the last one if its owner has released it."""
        buffer = self.memory[handle]
        buffer.leases -= 1
        if buffer.leases == 0 and buffer.released and self.original.has("ReleaseBuffer"):
            self._give_back(handle)

    def _find(self, handle: int) -> Memory:
        buffer = find(self.memory, handle, Status.NXS_InvalidBuffer)
        if buffer.released:
            raise RefusedError(Status.NXS_InvalidBuffer, f"the buffer {handle} has been released")
        return buffer

    def _give_back(self, handle: int) -> None:
        del self.memory[handle]
        self.original.call("ReleaseBuffer", handle)

    def _fill(self, handle: int, pattern: bytes) -> None:
        """Fill a buffer that is not empty."""
        buffer = self.memory[handle]
        shortest = _shortest(pattern)
        if len(shortest) in _PATTERNS and self.original.has("FillBuffer"):
            memory = ffi.new("char[]", shortest)
            self.original.check("FillBuffer", handle, memory, len(shortest))
            return
        self._require_writable(buffer.device)
        contents = ffi.from_buffer(bytearray(shortest * (buffer.size // len(shortest))))
        self.original.check("CopyBuffer", handle, contents, TO_DEVICE)

    def _require_writable(self, device: int) -> None:
        """Raise RefusedError if copies to the device's buffers do not arrive there."""
        with self.original.lock:
            if device not in self._unwritable:
                self._unwritable[device] = self._try_to_write(device)
        if reason := self._unwritable[device]:
            raise RefusedError(Status.NXS_InvalidOperation, reason)

    def _try_to_write(self, device: int) -> str:
        """Write a few bytes and read them back: some plugins always copy to the host."""
        before, written, read = (ffi.new("char[8]", bytes([byte]) * 8) for byte in (17, 34, 51))
        layout = ffi.new("nxs_buffer_layout *", {"rank": 1, "dim": [8]})
        require_room(len(self.memory), "buffers")
        handle = self.original.check("CreateBuffer", device, layout, before, 0)
        try:
            self.original.check("CopyBuffer", handle, written, TO_DEVICE)
            if bytes(ffi.buffer(written)) != bytes([34]) * 8:
                return (
                    "the plugin ignores the direction of a copy: it would overwrite the host's "
                    "memory instead of the buffer; give a buffer its contents when it is created"
                )
            self.original.check("CopyBuffer", handle, read, TO_HOST)
            if bytes(ffi.buffer(read)) != bytes([34]) * 8:
                return "what is copied to a buffer of the plugin does not arrive there"
            return ""
        finally:
            if self.original.has("ReleaseBuffer"):
                self.original.call("ReleaseBuffer", handle)


def _size_of(layout: Any) -> int:
    """Return the size of a buffer in bytes; 0 for a layout that the plugin will refuse."""
    try:
        bits = dtypes.bits(DataType(layout.data_type))
    except ValueError:
        return 0
    for index in range(min(layout.rank, len(layout.dim))):
        bits *= layout.dim[index]
    return int(bits + 7) // 8


def _shortest(pattern: bytes) -> bytes:
    """Return the shortest bytes that a pattern repeats."""
    for length in range(1, len(pattern)):
        if len(pattern) % length == 0 and pattern[:length] * (len(pattern) // length) == pattern:
            return pattern[:length]
    return pattern
