"""Streams and events: only live ones reach the plugin."""

from __future__ import annotations

from typing import Any

from nexus._enums import status as Status
from nexus.field_plugins.field_libraries import Libraries
from nexus.field_plugins.refusal import find, require_room


class Streams(Libraries):
    """The functions of streams and events. Such plugins take any number for a stream."""

    def __init__(self) -> None:
        super().__init__()
        # The device of each.
        self.streams: dict[int, int] = {}
        self.events: dict[int, int] = {}

    def CreateStream(self, device: int, settings: int) -> int:  # noqa: N802
        with self.original.lock:
            require_room(len(self.streams), "streams")
            handle = self.original.check("CreateStream", device, settings)
            self.streams[handle] = device
            return handle

    def GetStreamProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        find(self.streams, handle, Status.NXS_InvalidStream)
        self._answer("GetStreamProperty", handle, number, {}, (value, size))

    def ReleaseStream(self, handle: int) -> None:  # noqa: N802
        find(self.streams, handle, Status.NXS_InvalidStream)
        with self.original.lock:
            self.original.check("ReleaseStream", handle)
            del self.streams[handle]

    def CreateEvent(self, device: int, kind: int, settings: int) -> int:  # noqa: N802
        with self.original.lock:
            require_room(len(self.events), "events")
            handle = self.original.check("CreateEvent", device, kind, settings)
            self.events[handle] = device
            return handle

    def GetEventProperty(self, handle: int, number: int, value: Any, size: Any) -> None:  # noqa: N802
        find(self.events, handle, Status.NXS_InvalidEvent)
        self._answer("GetEventProperty", handle, number, {}, (value, size))

    def SignalEvent(self, handle: int, value: int) -> None:  # noqa: N802
        find(self.events, handle, Status.NXS_InvalidEvent)
        self.original.check("SignalEvent", handle, value)

    def WaitEvent(self, handle: int, value: int) -> None:  # noqa: N802
        find(self.events, handle, Status.NXS_InvalidEvent)
        self.original.check("WaitEvent", handle, value)

    def ReleaseEvent(self, handle: int) -> None:  # noqa: N802
        find(self.events, handle, Status.NXS_InvalidEvent)
        with self.original.lock:
            self.original.check("ReleaseEvent", handle)
            del self.events[handle]
