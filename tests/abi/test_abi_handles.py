"""Handles and devices that each function must refuse."""

from __future__ import annotations

import pytest
from support.abi import F32, INT_MAX, NULL, ONE, SOURCE

from nexus._enums import property as Property
from nexus._ffi import ffi

BAD_HANDLES = [-1, 0, 1, 12345, INT_MAX, -(2**31)]
KINDS = {
    "Buffer": "InvalidBuffer",
    "Library": "InvalidLibrary",
    "Kernel": "InvalidKernel",
    "Event": "InvalidEvent",
    "Stream": "InvalidStream",
    "Schedule": "InvalidSchedule",
    "Command": "InvalidCommand",
}


def calls_on(kind, handle, objects):
    """Every function that takes a handle of the kind, with all else as it should be."""
    data, size = ffi.new("char[64]"), ffi.new("size_t *", 64)
    yield f"Get{kind}Property", handle, Property.Type, data, size
    yield f"Release{kind}", handle
    if kind == "Buffer":
        yield "CopyBuffer", handle, data, 0
        yield "FillBuffer", handle, data, 1
        yield "SetCommandArgument", objects["Command"], 0, handle, NULL, 0
    elif kind == "Library":
        yield "GetKernel", handle, b"scale"
    elif kind == "Kernel":
        yield "CreateCommand", objects["Schedule"], handle, 0
    elif kind == "Event":
        yield "SignalEvent", handle, 1
        yield "WaitEvent", handle, 0
        yield "WaitEventTimeout", handle, 0, 0
        yield "CreateSignalCommand", objects["Schedule"], handle, 1, 0
        yield "CreateWaitCommand", objects["Schedule"], handle, 1, 0
    elif kind == "Schedule":
        yield "RunSchedule", handle, -1, 0
        yield "CreateCommand", handle, objects["Kernel"], 0
        yield "CreateSignalCommand", handle, objects["Event"], 1, 0
        yield "CreateWaitCommand", handle, objects["Event"], 1, 0
    elif kind == "Command":
        yield "SetCommandArgument", handle, 0, objects["Buffer"], NULL, 0
        yield "SetCommandScalar", handle, 1, data, NULL, F32
        yield "FinalizeCommand", handle, ONE, ONE, 0


@pytest.mark.parametrize("kind", KINDS)
def test_handles_that_are_none_of_the_kind_are_refused(abi, objects, kind):
    others = [handle for other, handle in objects.items() if other != kind]
    for handle in BAD_HANDLES + others:
        for call in calls_on(kind, handle, objects):
            assert abi.failure(*call) == KINDS[kind], call
    empty = abi.make("CreateSchedule", 0, 0)
    for stream in [handle for handle in BAD_HANDLES if handle >= 0] + [objects["Buffer"]]:
        assert abi.failure("RunSchedule", empty, stream, 0) == "InvalidStream"
    abi.make("ReleaseSchedule", empty)


@pytest.mark.parametrize("kind", KINDS)
def test_released_handles_are_refused(abi, objects, kind):
    stale = {
        "Buffer": abi.buffer,
        "Library": abi.library,
        "Kernel": lambda: abi.make("GetKernel", objects["Library"], b"scale"),
        "Event": lambda: abi.make("CreateEvent", 0, 1, 0),
        "Stream": lambda: abi.make("CreateStream", 0, 0),
        "Schedule": lambda: abi.make("CreateSchedule", 0, 0),
        "Command": lambda: abi.make(
            "CreateSignalCommand", objects["Schedule"], objects["Event"], 1, 0
        ),
    }
    handle = stale[kind]()
    abi.make("Release" + kind, handle)
    for call in calls_on(kind, handle, objects):
        assert abi.failure(*call) == KINDS[kind], call


def test_parents_take_their_children_with_them(abi, objects):
    before = abi.live()
    library = abi.library()
    kernels = [abi.make("GetKernel", library, b"scale") for _ in range(3)]
    schedule = abi.make("CreateSchedule", 0, 0)
    commands = [abi.make("CreateCommand", schedule, kernel, 0) for kernel in kernels]
    assert len({library, schedule, *kernels, *commands}) == 8
    abi.make("ReleaseKernel", kernels[1])
    abi.make("ReleaseLibrary", library)
    for kernel in kernels:
        assert abi.failure("ReleaseKernel", kernel) == "InvalidKernel"
    abi.make("ReleaseCommand", commands[0])
    abi.make("ReleaseSchedule", schedule)
    for command in commands:
        assert abi.failure("ReleaseCommand", command) == "InvalidCommand"
    assert abi.live() == before


@pytest.mark.parametrize("device", [-1, 1, 99, INT_MAX, -(2**31)])
def test_devices_that_are_not_there(abi, device):
    size = ffi.new("size_t *")
    image = ffi.from_buffer(SOURCE)
    for call in [
        ("GetDeviceProperty", device, Property.Name, NULL, size),
        ("CreateBuffer", device, [(0, 1, [8])], NULL, 0),
        ("CreateLibrary", device, image, len(SOURCE), 0),
        ("CreateLibraryFromFile", device, b"/nowhere.so", 0),
        ("CreateEvent", device, 0, 0),
        ("CreateStream", device, 0),
        ("CreateSchedule", device, 0),
    ]:
        assert abi.failure(*call) == "InvalidDevice", call
