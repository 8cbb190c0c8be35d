"""What each call must answer: objects, memory, events and properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from nexus._enums import PROPERTY_TYPES, data_type, property, property_type
from nexus.conformance import model_objects
from nexus.conformance.arguments import Layout, Misaligned, Out, SizeT
from nexus.conformance.model_objects import (
    BITS,
    IMPOSSIBLE,
    KINDS,
    Buffer,
    Command,
    Event,
    Kernel,
    Library,
    Schedule,
    Stream,
    Thing,
)  # fmt: skip
from nexus.conformance.trace import Content, Trace, Want, pack, status_name

__all__ = ["BITS", "KINDS", "Facts", "Mode", "Model"]

Mode = Literal["size", "exact", "larger", "short", "zero", "no size", "nothing"]
_T = TypeVar("_T", bound=Thing)

# Settings that the functions know; other bits are refused.
BUFFER_SETTINGS, STREAM_SETTINGS, EXECUTION_SETTINGS = 7, 3, 15


@dataclass(frozen=True)
class Facts:
    """What is asked of a plugin once.

    Parameters
    ----------
    present : frozenset of str
        The functions that it has.
    library : bytes
        An image with the kernels add and fill.
    names : dict
        What those are called in it.
    devices : int
        How many there are.
    largest_group : int
        Most items in a group.
    live : tuple of int or None
        How many objects of each kind a process begins with; None where the plugin does not tell.
    strict : bool
        Whether it follows the query protocol to the letter, as the profile full demands.
    """

    present: frozenset[str]
    library: bytes
    names: Mapping[str, str]
    devices: int
    largest_group: int
    live: tuple[int, ...] | None
    strict: bool = True


class Model:
    """Makes calls and knows what they must answer.

    Each method takes raw handles, right or wrong, and makes one call of the function of its name,
    or none where the plugin lacks that. It returns the new object, where there is one.

    Parameters
    ----------
    trace : Trace
        Where calls are made.
    facts : Facts
        What is known of the plugin.
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
        """Release an object, and the handles of its children."""
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
        """Read a buffer, or try to, with direction 0 being the right one."""
        buffer = self.find(Buffer, handle)
        host = None if null else Out(buffer.size if buffer else 16)
        want = Want(self._copy_problems(buffer, direction == 0, null))
        if not want.refusals and not null and buffer is not None:
            data = None if buffer.data is None else bytes(buffer.data)
            want = Want(outs=[data])
        self.trace.call("CopyBuffer", handle, host, direction, want=want)

    def copy_in(self, handle: int, data: bytes, direction: int, odd: bool, null: bool) -> None:
        """Write a buffer, or try to, with direction 1 being the right one."""
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
        """Try to create a library from what is none."""
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
        """Wait for an event, with a time-out where it never would come."""
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

    def query(self, kind: str, handle: int, key: int, mode: Mode) -> None:
        """Ask for a property: for its size, then in a way that `mode` tells.

        Parameters
        ----------
        kind : str
            Of which object; also Runtime, then `handle` is not used, and Device.
        handle : int
            The object, of that kind or not.
        key : int
            The number of the property, known or not.
        mode : Mode
            How much memory to give.
        """
        function = f"Get{kind}Property"
        if not self.has(function):
            return
        path = () if kind == "Runtime" else (handle,)
        thing = None if kind in ("Runtime", "Device") else self.live.get(handle)
        if kind == "Device":
            why = self._device(handle)
        elif kind == "Runtime" or (thing and thing.kind == kind):
            why = set()
        else:
            why = {f"Invalid{kind}"}
        if mode in ("no size", "nothing"):
            self._query_without_size(function, *path, key, value=mode == "no size", why=why)
            return
        unanswered = {"InvalidProperty"}
        if key in (property.ElapsedTime, property.TimeStamp):
            unanswered.add("ProfilingInfoNotAvailable")
        if not self.facts.strict:
            # Plugins from the field need not tell sizes.
            why |= {"InvalidArgValue", "InvalidArgSize"}
        either = key in PROPERTY_TYPES and why <= {"InvalidArgValue", "InvalidArgSize"}
        want = Want(frozenset(why | unanswered), either)
        result = self.trace.call(function, *path, key, None, SizeT(0), want=want)
        if result.value == 0 and self.facts.strict:
            known = self._known(thing, key)
            self._check_size(key, result.sizes[0], known)
            if mode != "size":
                self._query_value(function, path, key, mode, result.sizes[0], known)
        elif mode != "size" and self.facts.strict:
            same = Want(frozenset({status_name(result.value)}))
            self.trace.call(function, *path, key, Out(64), SizeT(64), want=same)

    def _query_without_size(self, function: str, *path: int, value: bool, why: set[str]) -> None:
        # The order of refusals is nobody's promise, so any of those that apply will do.
        why = why | {"InvalidArgSize" if value else "InvalidArgValue", "InvalidProperty"}
        why |= set() if self.facts.strict else {"InvalidArgSize", "InvalidArgValue"}
        self.refused(None, function, *path, Out(16) if value else None, None, why=why)

    def _check_size(self, key: int, size: int, known: Content) -> None:
        wanted: Iterable[int] = range(1, 1 << 20)
        if PROPERTY_TYPES[property(key)] in (property_type.int, property_type.flt):
            wanted = (8,)
        elif PROPERTY_TYPES[property(key)] in (property_type.int_vec, property_type.flt_vec):
            wanted = range(0, 1 << 20, 8)
        if known is not None:
            wanted = (len(pack(known)),)
        if size not in wanted:
            right = ", ".join(map(str, wanted)) if isinstance(wanted, tuple) else "another size"
            self.trace.fault(f"the size of {property(key).name} is {size}, and {right} is right")

    def _query_value(
        self, function: str, path: Sequence[int], key: int, mode: Mode, size: int, known: Content
    ) -> None:
        capacity = {"exact": size, "larger": size + 16, "short": size - 1, "zero": 0}[mode]
        out = Out(max(capacity, 0))
        # An empty list has no shorter memory.
        if capacity < size:
            want = Want(frozenset({"InvalidArgSize"}), sizes=[size])
        else:
            want = Want(outs=[known], sizes=[size])
        result = self.trace.call(function, *path, key, out, SizeT(max(capacity, 0)), want=want)
        if result.value == 0:
            self._check_value(key, result.outs[0][:size], result.outs[0][size:], out.fill)

    def _check_value(self, key: int, value: bytes, beyond: bytes, fill: int) -> None:
        if any(byte != fill for byte in beyond):
            self.trace.fault("more was written than the size tells", "memory")
        kind = PROPERTY_TYPES[property(key)]
        if kind == property_type.str and value.find(0) != len(value) - 1:
            self.trace.fault(f"the text {value!r} does not end in its only NUL")
        if kind == property_type.str_vec and not value.endswith(b"\0"):
            self.trace.fault(f"the list of texts {value!r} does not end in an empty one")
        try:
            value.decode() if kind in (property_type.str, property_type.str_vec) else None
        except UnicodeDecodeError as error:
            self.trace.fault(f"the text is no UTF-8: {error}")

    def _known(self, thing: Thing | None, key: int) -> Content:
        """Return the value that a property must have, where that is known."""
        if isinstance(thing, Buffer):
            layout = thing.layout
            name = data_type(layout.data_type).name
            shape = tuple(layout.dims)
            known: dict[int, Content] = {
                property.Size: (thing.size,),
                property.Rank: (len(shape),),
                property.Shape: shape,
                property.DataType: name.encode() + b"\0",
            }
            return known.get(key)
        if isinstance(thing, Event) and key == property.Value:
            return (thing.value,)
        if isinstance(thing, Kernel) and key == property.Name:
            return self.facts.names[thing.name].encode() + b"\0"
        if isinstance(thing, Schedule) and key == property.Count:
            return (len(thing.commands),)
        if isinstance(thing, Command) and key == property.Arguments and not thing.odd:
            return _argument_handles(thing)
        return None

    def check_counts(self) -> None:
        """Ask how many objects are live."""
        if self.facts.live is None:
            return
        kinds = [thing.kind for thing in self.live.values()]
        counts = tuple(
            n + kinds.count(kind) for n, kind in zip(self.facts.live, KINDS, strict=True)
        )
        size = 8 * len(counts)
        want = Want(outs=[counts], sizes=[size])
        key = int(property.LiveObjects)
        self.trace.call("GetRuntimeProperty", key, Out(size), SizeT(size), want=want)


def _argument_handles(command: Command) -> Content:
    """Return the property Arguments, where all are set: what stands for one that is not is open."""
    arguments = command.arguments
    if command.kernel is None or len(arguments) != len(command.kernel.parameters):
        return None
    values = [arguments[i] for i in range(len(arguments))]
    return tuple(v.handle if isinstance(v, Buffer) else -1 for v in values)


def _repeat(pattern: bytes, size: int) -> bytes:
    """Return a pattern again and again."""
    return (pattern * (size // len(pattern) + 1))[:size]
