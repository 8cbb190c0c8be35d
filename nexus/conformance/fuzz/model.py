"""Model of the calls on objects, memory and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from nexus.conformance.fuzz import model_objects
from nexus.conformance.fuzz.model_objects import (
    IMPOSSIBLE,
    Buffer,
    Event,
    Kernel,
    Library,
    Schedule,
    Stream,
    Thing,
)  # fmt: skip
from nexus.conformance.harness.call_arguments import Layout, Misaligned, Out
from nexus.conformance.harness.trace import Trace, Want

_T = TypeVar("_T", bound=Thing)

# Valid settings of the functions; other bits are refused.
BUFFER_SETTINGS, STREAM_SETTINGS, EXECUTION_SETTINGS = 7, 3, 15


@dataclass(frozen=True)
class Facts:
    """Facts about a plugin, queried once.

    Parameters
    ----------
    present : frozenset of str
        The functions that the plugin has.
    library : bytes
        An image with the kernels add and fill.
    names : dict
        The kernels' names in the image.
    devices : int
        Number of devices.
    largest_group : int
        Most items in a group.
    live : tuple of int or None
        Counts of live objects in a new process; None if the plugin does not report them.
    strict : bool
        Check the whole query protocol, as the profile full demands.
    foreign : tuple of int
        Handles that another process was given.
    """

    present: frozenset[str]
    library: bytes
    names: Mapping[str, str]
    devices: int
    largest_group: int
    live: tuple[int, ...] | None
    strict: bool = True
    foreign: tuple[int, ...] = ()


class Model:
    """Makes calls, and knows the right answers.

    Each method takes raw handles, valid or not, and calls the function of its name, unless the
    plugin lacks it. It returns the new object, if any.

    Parameters
    ----------
    trace : Trace
        Makes the calls.
    facts : Facts
        Facts about the plugin.
    """

    def __init__(self, trace: Trace, facts: Facts) -> None:
        self.trace = trace
        self.facts = facts
        self.live: dict[int, Thing] = {}
        self.dead: list[Thing] = []

    def find(self, kind: type[_T], handle: int) -> _T | None:
        """Return the live object of a kind and handle."""
        thing = self.live.get(handle)
        return thing if isinstance(thing, kind) else None

    def things(self, kind: type[_T]) -> list[_T]:
        """Return the live objects of a kind."""
        return [thing for thing in self.live.values() if isinstance(thing, kind)]

    def has(self, function: str) -> bool:
        """Return whether the plugin has a function."""
        return function in self.facts.present

    def _make(self, kind: type[_T], function: str, *arguments: Any, **state: Any) -> _T:
        result = self.trace.call(function, *arguments, makes=kind.__name__)
        return self._adopt(kind, result, **state)

    def _adopt(self, kind: type[_T], result: Any, **state: Any) -> _T:
        thing = kind(self.trace.handle(result.value), **state)
        self.live[thing.handle] = thing
        return thing

    def refused(
        self, kind: type[Thing] | None, function: str, *arguments: Any, why: set[str]
    ) -> None:
        """Make a call that must be refused."""
        makes = kind.__name__ if kind else ""
        self.trace.call(function, *arguments, want=Want(frozenset(why)), makes=makes)

    def _create(self, kind: type[_T], why: set[str], *arguments: Any, **state: Any) -> _T | None:
        function = f"Create{kind.__name__}"
        if why:
            self.refused(kind, function, *arguments, why=why)
            return None
        return self._make(kind, function, *arguments, **state)

    def _device(self, device: int) -> set[str]:
        return set() if 0 <= device < self.facts.devices else {"InvalidDevice"}

    def release(self, kind: type[Thing], handle: int) -> None:
        """Release an object, which ends the handles of its children."""
        function = f"Release{kind.__name__}"
        if not self.has(function):
            return
        thing = self.find(kind, handle)
        why = frozenset() if thing else frozenset({f"Invalid{kind.__name__}"})
        self.trace.call(function, handle, want=Want(why))
        if thing is not None:
            for each in thing.family():
                if each.live:
                    each.live = False
                    del self.live[each.handle]
                    self.dead.append(each)

    def create_buffer(
        self, device: int, layout: Layout, data: bytes | None, settings: int
    ) -> Buffer | None:
        """Create a buffer of as many bytes of `data` as the layout takes, repeated, or of zeros."""
        size = model_objects.size_of(layout)
        why = self._device(device)
        if settings & ~BUFFER_SETTINGS or size is None:
            why.add("InvalidValue")
        if size is not None and size >= IMPOSSIBLE:
            why |= {"InvalidBufferSize"} if size >= 1 << 64 else {
                "InvalidBufferSize", "MemObjectAllocationFailure", "OutOfHostMemory"}  # fmt: skip
        host = None if data is None or why or size is None else _repeat(data, size)
        contents = bytearray(host or bytes(0 if why or size is None else size))
        return self._create(
            Buffer, why, device, layout, host, settings, layout=layout, data=contents,
            size=len(contents),
        )  # fmt: skip

    def copy_out(self, handle: int, direction: int, null: bool) -> None:
        """Read a buffer; only direction 0 is right."""
        buffer = self.find(Buffer, handle)
        host = None if null else Out(buffer.size if buffer else 16)
        want = Want(self._copy_problems(buffer, direction == 0, null))
        if not want.refusals and not null and buffer is not None:
            data = None if buffer.data is None else bytes(buffer.data)
            want = Want(outs=[data])
        self.trace.call("CopyBuffer", handle, host, direction, want=want)

    def copy_in(self, handle: int, data: bytes, direction: int, odd: bool, null: bool) -> None:
        """Write a buffer; only direction 1 is right."""
        buffer = self.find(Buffer, handle)
        content = _repeat(data, buffer.size if buffer else 16)
        host = None if null else Misaligned(content) if odd else content
        why = self._copy_problems(buffer, direction == 1, null)
        self.trace.call("CopyBuffer", handle, host, direction, want=Want(why))
        if buffer is not None and not why:
            buffer.data = bytearray(content)

    def _copy_problems(self, buffer: Buffer | None, right: bool, null: bool) -> frozenset[str]:
        why = set() if buffer else {"InvalidBuffer"}
        if not right:
            why.add("InvalidValue")
        if null and (buffer is None or buffer.size):
            why.add("InvalidHostPtr")
        return frozenset(why)

    def fill_buffer(self, handle: int, pattern: bytes | None) -> None:
        """Fill a buffer with a pattern."""
        buffer = self.find(Buffer, handle)
        size = len(pattern or b"")
        why = set() if buffer else {"InvalidBuffer"}
        if pattern is None:
            why.add("InvalidArgValue")
        if not size or buffer is None or buffer.size % size:
            why.add("InvalidArgSize")
        if buffer is None:
            why = {"InvalidBuffer"} | ({"InvalidArgValue"} if pattern is None else set())
        self.trace.call("FillBuffer", handle, pattern, size, want=Want(frozenset(why)))
        if buffer is not None and not why and pattern:
            buffer.data = bytearray(_repeat(pattern, buffer.size))

    def create_library(self, device: int) -> Library | None:
        """Create a library with the kernels add and fill."""
        image = self.facts.library
        return self._create(Library, self._device(device), device, image, len(image), 0)

    def create_bad_library(self, device: int, image: bytes | None, size: int) -> None:
        """Try to create a library from invalid data."""
        why = {"InvalidBinary", "BuildProgramFailure", "CompilerNotAvailable"}
        if image is None or size == 0:
            why = {"InvalidValue"}
        self.refused(
            Library, "CreateLibrary", device, image, size, 0, why=why | self._device(device)
        )

    def get_kernel(self, handle: int, name: str | None) -> Kernel | None:
        """Get a kernel."""
        library = self.find(Library, handle)
        real = self.facts.names.get(name) if name else None
        why = set() if library else {"InvalidLibrary"}
        if real is None:
            why.add("InvalidKernelName")
        if why or library is None or real is None:
            self.refused(Kernel, "GetKernel", handle, real or name, why=why)
            return None
        kernel = self._make(Kernel, "GetKernel", handle, real, name=name)
        library.children.append(kernel)
        return kernel

    def create_event(self, device: int, type: int) -> Event | None:
        """Create an event."""
        why = self._device(device) | (set() if 0 <= type <= 2 else {"InvalidValue"})
        return self._create(Event, why, device, type, 0, type=type)

    def create_stream(self, device: int, settings: int) -> Stream | None:
        """Create a stream."""
        why = self._device(device) | ({"InvalidValue"} if settings & ~STREAM_SETTINGS else set())
        return self._create(Stream, why, device, settings, settings=settings)

    def create_schedule(self, device: int, settings: int) -> Schedule | None:
        """Create a schedule."""
        why = self._device(device) | ({"InvalidValue"} if settings & ~EXECUTION_SETTINGS else set())
        return self._create(Schedule, why, device, settings, settings=settings)

    def wait_event(self, handle: int, value: int, timeout_ns: int) -> None:
        """Wait for an event, with a time-out if nothing would end the wait."""
        event = self.find(Event, handle)
        if event is None:
            self.refused(None, "WaitEvent", handle, value, why={"InvalidEvent"})
        elif event.value >= value:
            self.trace.call("WaitEvent", handle, value)
        if self.has("WaitEventTimeout"):
            met = event is not None and event.value >= value
            why = {"Timeout"} if event else {"InvalidEvent"}
            want = Want(frozenset() if met else frozenset(why))
            self.trace.call("WaitEventTimeout", handle, value, timeout_ns, want=want)


def _repeat(pattern: bytes, size: int) -> bytes:
    """Return repetitions of a pattern."""
    return (pattern * (size // len(pattern) + 1))[:size]
