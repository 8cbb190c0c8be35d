"""Model of the property queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from nexus._enums import PROPERTY_TYPES, data_type, property, property_type
from nexus.conformance.fuzz.model import Model
from nexus.conformance.fuzz.model_objects import (
    KINDS,
    Buffer,
    Command,
    Event,
    Kernel,
    Schedule,
    Thing,
)
from nexus.conformance.harness.call_arguments import Out, SizeT
from nexus.conformance.harness.trace import Content, Want, pack
from nexus.conformance.harness.values import status_name

Mode = Literal["size", "exact", "larger", "short", "zero", "no size", "nothing"]


class Properties(Model):
    """The model of `Model`, and properties."""

    def query(self, kind: str, handle: int, key: int, mode: Mode) -> None:
        """Query a property: its size, then its value as `mode` says.

        Parameters
        ----------
        kind : str
            Kind of the object; also Device, and Runtime, which needs no `handle`.
        handle : int
            Handle of the object, possibly of another kind.
        key : int
            The property, possibly unknown.
        mode : Mode
            Size of the value's memory.
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
            # Plugins of profile core need not return sizes.
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
        # The order of refusals is open, so each that applies is right.
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
        # Nothing is shorter than an empty list.
        shorter = max(size - 1, 0)
        capacity = {"exact": size, "larger": size + 16, "short": shorter, "zero": 0}[mode]
        out = Out(capacity)
        if capacity < size:
            want = Want(frozenset({"InvalidArgSize"}), sizes=[size])
        else:
            want = Want(outs=[known], sizes=[size])
        result = self.trace.call(function, *path, key, out, SizeT(capacity), want=want)
        if result.value == 0:
            self._check_value(key, result.outs[0][:size], result.outs[0][size:], out.fill)

    def _check_value(self, key: int, value: bytes, beyond: bytes, fill: int) -> None:
        if any(byte != fill for byte in beyond):
            self.trace.fault("more was written than the size that was returned", "memory")
        kind = PROPERTY_TYPES[property(key)]
        if kind == property_type.str and value.find(0) != len(value) - 1:
            self.trace.fault(f"the text {value!r} does not end in its only NUL")
        if kind == property_type.str_vec and not value.endswith(b"\0"):
            self.trace.fault(f"the list of texts {value!r} does not end in an empty one")
        try:
            value.decode() if kind in (property_type.str, property_type.str_vec) else None
        except UnicodeDecodeError as error:
            self.trace.fault(f"the text is not UTF-8: {error}")

    def _known(self, thing: Thing | None, key: int) -> Content:
        """Return the value that a property must have; None if unknown."""
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
        """Query the counts of live objects."""
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
    """Return the property Arguments if all are set; the value for an unset one is open."""
    arguments = command.arguments
    if command.kernel is None or len(arguments) != len(command.kernel.parameters):
        return None
    values = [arguments[i] for i in range(len(arguments))]
    return tuple(v.handle if isinstance(v, Buffer) else -1 for v in values)
