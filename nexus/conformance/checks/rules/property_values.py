"""Properties: the form of values, and the plugin's identity."""

from __future__ import annotations

import json
from typing import Any

from nexus._enums import API_VERSION, PROPERTY_TYPES, property_type
from nexus._enums import property as Property
from nexus.conformance.checks.support.queries import MOVING, answered, named, query, subjects
from nexus.conformance.checks.support.subjects import (
    KINDS,
    UINT_MAX,
    bad_devices,
    create,
    has_kernels,
    refused,
    releasable,
    unchanged,
)
from nexus.conformance.harness.call_arguments import Layout, Out, SizeT
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name


@check(
    "property.terminated",
    "Strings end in one NUL, which the size includes; lists of strings end in an empty string.",
    function="GetDeviceProperty",
    root="property.unknown",
)
def terminated(kit: Kit) -> None:
    for function, _, key, value in answered(kit):
        what = f"{named(function, key)}, {value!r},"
        match PROPERTY_TYPES[Property(key)]:
            case property_type.str:
                assert value.endswith(b"\0"), f"{what} does not end in a NUL"
                if kit.profile == "full":
                    assert value.count(b"\0") == 1, f"{what} has more than one NUL"
            case property_type.str_vec:
                ends = value == b"\0" or value.endswith(b"\0\0")
                assert ends, f"{what} does not end in an empty string"
                assert b"\0\0" not in value[:-1] or value == b"\0\0", f"{what} ends before its end"


@check("property.utf8", "Strings are UTF-8.", function="GetDeviceProperty")
def utf8(kit: Kit) -> None:
    for function, _, key, value in answered(kit):
        if PROPERTY_TYPES[Property(key)] in (property_type.str, property_type.str_vec):
            try:
                value.decode()
            except UnicodeDecodeError as error:
                raise AssertionError(f"{named(function, key)} is not UTF-8: {error}") from error


@check(
    "property.type_size",
    "int and flt values have 8 bytes, vectors a multiple of 8.",
    function="GetDeviceProperty",
    root="property.unknown",
)
def type_size(kit: Kit) -> None:
    for function, _, key, value in answered(kit):
        kind = PROPERTY_TYPES[Property(key)]
        what = f"{named(function, key)} has {len(value)} bytes"
        if kind in (property_type.int, property_type.flt):
            assert len(value) == 8, f"{what}, and 8 are right"
        elif kind in (property_type.int_vec, property_type.flt_vec):
            assert len(value) % 8 == 0, f"{what}, and a multiple of 8 is right"


@check(
    "property.stable",
    "Two queries give the same value, except for clocks and loads.",
    function="GetDeviceProperty",
)
def stable(kit: Kit) -> None:
    for function, place, key, value in answered(kit):
        if key not in MOVING:
            again = query(kit, function, place, key)
            assert again == value, f"{named(function, key)} is {value!r}, and then {again!r}"


@check(
    "property.keys",
    "Keys lists exactly the properties that the object answers.",
    function="GetRuntimeProperty",
    needs=("full",),
)
def keys(kit: Kit) -> None:
    later = "ProfilingInfoNotAvailable"
    for function, place in subjects(kit):
        packed = query(kit, function, place, int(Property.Keys))
        assert isinstance(packed, bytes), f"{function} does not answer Keys"
        listed = memoryview(packed).cast("q").tolist()
        assert len(set(listed)) == len(listed), f"{function} lists a property twice in Keys"
        for key in Property:
            value = query(kit, function, place, int(key))
            if not isinstance(value, bytes) and status_name(value) == later:
                continue
            answers = isinstance(value, bytes)
            what = named(function, int(key))
            assert not answers or int(key) in listed, f"{what} is answered and not in Keys"
            assert answers or int(key) not in listed, f"{what} is in Keys and not answered"


@check(
    "property.no_side_effect",
    "Queries do not change the counts of live objects.",
    function="GetRuntimeProperty",
    needs=("full",),
)
def no_side_effect(kit: Kit) -> None:
    everything = list(subjects(kit))
    with unchanged(kit):
        for function, place in everything:
            for key in (*map(int, Property), UINT_MAX):
                query(kit, function, place, key)
                kit.worker.call(function, *place, key, Out(3), SizeT(3))


@check(
    "property.live_objects",
    "LiveObjects counts seven kinds: plus one on creation, minus one on release.",
    function="GetRuntimeProperty",
    needs=("full",),
)
def live_objects(kit: Kit) -> None:
    packed = query(kit, "GetRuntimeProperty", (), int(Property.LiveObjects))
    assert isinstance(packed, bytes), "the runtime does not answer LiveObjects"
    assert len(packed) == 7 * 8, f"LiveObjects has {len(packed)} bytes, and 56 are right"
    parents = {
        kind: create(kit, kind)
        for kind in ("library", "schedule", "event", "buffer")
        if kind != "library" or has_kernels(kit)
    }
    if has_kernels(kit):
        parents["kernel"] = create(kit, "kernel", parents)
    for index, kind in enumerate(KINDS):
        if kind not in releasable(kit):
            continue
        before = kit.live()
        handle = create(kit, kind, parents)
        expected = tuple(n + (i == index) for i, n in enumerate(before))
        assert kit.live() == expected, f"a new {kind} makes LiveObjects {before} {kit.live()}"
        kit.ok(KINDS[kind].release, handle)
        assert kit.live() == before, f"releasing a {kind} leaves LiveObjects at {kit.live()}"


@check(
    "property.identity",
    "The runtime has a Name, and as many devices as its Size says.",
    function="GetRuntimeProperty",
)
def identity(kit: Kit) -> None:
    name = query(kit, "GetRuntimeProperty", (), int(Property.Name))
    assert name not in (b"", b"\0"), "the runtime's Name is empty"
    assert isinstance(name, bytes), "the runtime does not answer Name"
    assert kit.devices >= 0, f"the runtime's Size is {kit.devices}"
    for device in range(kit.devices):
        told = query(kit, "GetDeviceProperty", (device,), int(Property.Name))
        assert isinstance(told, bytes), f"device {device} of {kit.devices} has no Name"


@check(
    "property.argument_names",
    "ArgumentNames has one name, possibly empty, for each of Count arguments.",
    function="GetKernelProperty",
)
def argument_names(kit: Kit) -> None:
    found = query(kit, "GetKernelProperty", (kit.kernel("add"),), int(Property.ArgumentNames))
    count = query(kit, "GetKernelProperty", (kit.kernel("add"),), int(Property.Count))
    if not isinstance(found, bytes) or not isinstance(count, bytes):
        raise NotApplicable("kernels do not answer ArgumentNames and Count")
    expected = int.from_bytes(count, "little")
    # Each name ends in a NUL, and so does the list.
    names = found[:-1].split(b"\0")[:-1]
    assert len(names) == expected, f"{expected} arguments have {len(names)} names: {found!r}"
    for name in names:
        name.decode()


@check(
    "property.record",
    "The Record of a device is a JSON object.",
    function="GetDeviceProperty",
)
def record(kit: Kit) -> None:
    records = [
        query(kit, "GetDeviceProperty", (device,), int(Property.Record))
        for device in range(kit.devices)
    ]
    texts = [found for found in records if isinstance(found, bytes)]
    if not texts:
        raise NotApplicable("devices do not answer Record")
    for text in texts:
        try:
            value = json.loads(text.removesuffix(b"\0"))
        except ValueError as error:
            raise AssertionError(f"the Record {text[:80]!r} is not JSON: {error}") from None
        assert isinstance(value, dict), f"the Record {text[:80]!r} is not a JSON object"


@check(
    "property.device_index",
    "An out-of-range device index is InvalidDevice.",
    function="GetDeviceProperty",
)
def device_index(kit: Kit) -> None:
    for key in (int(Property.Name), UINT_MAX):
        bad_devices(kit, "GetDeviceProperty", key, None, SizeT(0))


@check(
    "property.api_version",
    "GetApiVersion returns a packed version with the major number of this header.",
    function="GetApiVersion",
    needs=("full",),
)
def api_version(kit: Kit) -> None:
    packed = kit.worker.call("GetApiVersion").value
    told, ours = packed >> 16, API_VERSION >> 16
    assert told == ours, f"GetApiVersion gives {packed:#x}, whose major number is not {ours}"


def _message(kit: Kit, size: int = 4096) -> Any:
    return kit.worker.call("GetLastErrorMessage", Out(size), SizeT(size))


@check(
    "property.last_error",
    "A failed call leaves a message, and reading it does not change it.",
    function="GetLastErrorMessage",
    needs=("full",),
)
def last_error(kit: Kit) -> None:
    empty = _message(kit)
    assert empty.value == 0, f"before any failure it gives {status_name(empty.value)}"
    assert empty.outs[0][: empty.sizes[0]] == b"\0", "before any failure there is a message"
    refused(kit, "InvalidBuffer", "ReleaseBuffer", -7)
    asked = kit.worker.call("GetLastErrorMessage", None, SizeT(0))
    assert asked.value == 0, f"a size query gives {status_name(asked.value)}"
    size = asked.sizes[0]
    assert size > 1, "a failed call leaves no message"
    refused(kit, "InvalidArgSize", "GetLastErrorMessage", Out(size - 1), SizeT(size - 1))
    refused(kit, "InvalidArgSize", "GetLastErrorMessage", Out(size), None)
    refused(kit, "InvalidArgValue", "GetLastErrorMessage", None, None)
    first = _message(kit, size)
    assert first.value == 0, f"reading the message gives {status_name(first.value)}"
    assert first.sizes[0] == size, f"the message has {size} bytes, and then {first.sizes[0]}"
    text = first.outs[0]
    assert text.find(b"\0") == size - 1, f"{text!r} does not end in one NUL"
    text.decode()
    kit.ok("CreateBuffer", 0, Layout(0, [1]), None, 0)
    again = _message(kit, size).outs[0]
    assert again == text, f"the message is {text!r}, and after a call that succeeds {again!r}"
    refused(kit, "InvalidEvent", "ReleaseEvent", -8)
    other = _message(kit)
    assert other.outs[0][: other.sizes[0]] != text, "the next failure does not change the message"
