"""What the functions of the ABI answer to what they must refuse, on two unrelated plugins."""

from __future__ import annotations

import gc
import threading

import pytest
from support.abi import INT_MAX, NULL, Abi

from nexus._enums import execution_settings
from nexus._enums import property as Property
from nexus._ffi import ffi

SOURCE = b"""
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor), NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) x[i] *= factor; }
}
"""
F32, I32, F64 = 1, 8, 16
ONE = [(1, 1, 1)]
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


@pytest.fixture(params=["cpu", "scratch"])
def abi(request, plugin_folder):
    abi = Abi(request.param)
    # Objects of earlier tests that are still to be collected would go in between.
    gc.collect()
    before = abi.live()
    yield abi
    assert abi.live() == before


@pytest.fixture
def objects(abi):
    """One live handle of each kind, and the command not finalized."""
    image = SOURCE if abi.plugin.name == "cpu" else b"SCRATCH1"
    made = {"Buffer": abi.buffer(), "Event": abi.make("CreateEvent", 0, 0, 0)}
    made["Stream"] = abi.make("CreateStream", 0, 0)
    made["Schedule"] = abi.make("CreateSchedule", 0, 0)
    made["Library"] = abi.make("CreateLibrary", 0, ffi.from_buffer(image), len(image), 0)
    made["Kernel"] = abi.make("GetKernel", made["Library"], b"scale")
    made["Command"] = abi.make("CreateCommand", made["Schedule"], made["Kernel"], 0)
    yield made
    for kind in ("Buffer", "Event", "Stream", "Schedule", "Library"):
        abi.make("Release" + kind, made[kind])


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
        "Buffer": lambda: abi.buffer(),
        "Library": lambda: abi.make("CreateLibrary", 0, ffi.from_buffer(image), len(image), 0),
        "Kernel": lambda: abi.make("GetKernel", objects["Library"], b"scale"),
        "Event": lambda: abi.make("CreateEvent", 0, 1, 0),
        "Stream": lambda: abi.make("CreateStream", 0, 0),
        "Schedule": lambda: abi.make("CreateSchedule", 0, 0),
        "Command": lambda: abi.make(
            "CreateSignalCommand", objects["Schedule"], objects["Event"], 1, 0
        ),
    }
    image = SOURCE if abi.plugin.name == "cpu" else b"SCRATCH1"
    handle = stale[kind]()
    abi.make("Release" + kind, handle)
    for call in calls_on(kind, handle, objects):
        assert abi.failure(*call) == KINDS[kind], call


def test_parents_take_their_children_with_them(abi, objects):
    image = SOURCE if abi.plugin.name == "cpu" else b"SCRATCH1"
    before = abi.live()
    library = abi.make("CreateLibrary", 0, ffi.from_buffer(image), len(image), 0)
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


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ((0, 9, [1] * 8), "InvalidValue"),
        ((0, 2**32 - 1, [1] * 8), "InvalidValue"),
        ((20, 1, [8]), "InvalidValue"),
        ((99, 1, [8]), "InvalidValue"),
        ((0, 1, [2**64 - 1]), "InvalidBufferSize"),
        ((F64, 1, [2**61]), "InvalidBufferSize"),
        ((F64, 8, [2**32] * 8), "InvalidBufferSize"),
        ((F32, 2, [2, 2**63], [2**63, 2]), "InvalidBufferSize"),
        ((0, 1, [2**42]), "MemObjectAllocationFailure"),
    ],
)
def test_layouts_that_no_buffer_can_have(abi, layout, expected):
    assert abi.failure("CreateBuffer", 0, [layout], NULL, 0) == expected


@pytest.mark.parametrize(
    ("layout", "size"),
    [
        ((0, 1, [0]), 0),
        ((F32, 2, [0, 2**62]), 0),
        ((F32, 0), 4),
        ((F64, 3, [2, 3, 4]), 192),
        ((14, 1, [5]), 3),
        ((F32, 2, [2, 3], [8, 1]), 44),
        ((19, 8, [1, 2, 1, 2, 1, 2, 1, 2]), 16),
    ],
)
def test_sizes_of_layouts(abi, layout, size):
    buffer = abi.make("CreateBuffer", 0, [layout], NULL, 0)
    assert abi.GetBufferProperty_int(buffer, Property.Size) == size
    assert abi.contents(buffer, "u1", size).tolist() == [0] * size
    abi.make("ReleaseBuffer", buffer)


def test_the_query_protocol(abi):
    needed = ffi.new("size_t *")
    assert abi.GetRuntimeProperty(Property.Name, NULL, needed) == 0
    name = abi.plugin.name.encode() + b"\0"
    assert needed[0] == len(name)
    for capacity in range(len(name)):
        value, size = ffi.new("char[]", b"#" * 32), ffi.new("size_t *", capacity)
        assert abi.failure("GetRuntimeProperty", Property.Name, value, size) == "InvalidArgSize"
        assert size[0] == len(name)
        assert ffi.string(value) == b"#" * 32
    for capacity in (len(name), len(name) + 5):
        value, size = ffi.new("char[]", b"#" * 32), ffi.new("size_t *", capacity)
        assert abi.GetRuntimeProperty(Property.Name, value, size) == 0
        assert size[0] == len(name)
        assert ffi.buffer(value, 32)[:] == name + b"#" * (32 - len(name))
    assert abi.failure("GetRuntimeProperty", Property.Name, value, NULL) == "InvalidArgSize"
    assert abi.failure("GetRuntimeProperty", Property.Name, NULL, NULL) == "InvalidArgValue"
    for unknown in (999, 2**32 - 1, Property.MemorySubsystem):
        assert abi.failure("GetRuntimeProperty", unknown, NULL, needed) == "InvalidProperty"


def test_keys_are_what_answers(abi, objects):
    size = ffi.new("size_t *")
    for kind, handle in {"Runtime": None, "Device": 0, **objects}.items():
        get = getattr(abi, f"Get{kind}Property")
        where = () if handle is None else (handle,)
        assert get(*where, Property.Keys, NULL, size) == 0
        keys = ffi.new("nxs_long[]", size[0] // 8)
        assert get(*where, Property.Keys, keys, size) == 0
        answered = [key for key in Property if get(*where, key, NULL, size) == 0]
        assert sorted(keys) == answered
        assert answered


def test_copies_and_fills_that_cannot_be(abi):
    buffer, data = abi.buffer(64), ffi.new("char[64]")
    assert abi.failure("CopyBuffer", buffer, NULL, 0) == "InvalidHostPtr"
    assert abi.failure("CopyBuffer", buffer, data, 2) == "InvalidValue"
    assert abi.failure("FillBuffer", buffer, NULL, 4) == "InvalidArgValue"
    for size in (0, 3, 65, 128, 2**32 - 1):
        assert abi.failure("FillBuffer", buffer, data, size) == "InvalidArgSize"
    assert abi.contents(buffer, "u1", 64).sum() == 0
    abi.make("ReleaseBuffer", buffer)


@pytest.mark.parametrize("settings", [16, 2**31, 2**32 - 1])
def test_settings_with_unknown_bits(abi, objects, settings):
    for call in [
        ("CreateBuffer", 0, [(0, 1, [8])], NULL, settings),
        ("CreateStream", 0, settings),
        ("CreateSchedule", 0, settings),
        ("RunSchedule", objects["Schedule"], -1, settings),
        ("CreateCommand", objects["Schedule"], objects["Kernel"], settings),
        ("CreateSignalCommand", objects["Schedule"], objects["Event"], 1, settings),
    ]:
        assert abi.failure(*call) == "InvalidValue", call
    for event_type in (3, 99, INT_MAX):
        assert abi.failure("CreateEvent", 0, event_type, 0) == "InvalidValue"


def test_images_and_names_of_nothing(abi, objects):
    data = ffi.new("char[8]")
    assert abi.failure("CreateLibrary", 0, NULL, 8, 0) == "InvalidValue"
    assert abi.failure("CreateLibrary", 0, data, 0, 0) == "InvalidValue"
    assert abi.failure("CreateLibrary", 0, data, 8, 0) == "InvalidBinary"
    assert abi.failure("CreateLibraryFromFile", 0, NULL, 0) == "InvalidValue"
    for name in (NULL, b"", b"scal", b"x" * 65536):
        assert abi.failure("GetKernel", objects["Library"], name) == "InvalidKernelName"


def test_arguments_that_cannot_be(abi, objects):
    command, value = objects["Command"], ffi.new("double *")
    for index in (-1, 64, 999, INT_MAX, -(2**31)):
        set_buffer = ("SetCommandArgument", command, index, objects["Buffer"], NULL, 0)
        assert abi.failure(*set_buffer) == "InvalidArgIndex"
        set_scalar = ("SetCommandScalar", command, index, value, NULL, F32)
        assert abi.failure(*set_scalar) == "InvalidArgIndex"
    assert abi.failure("SetCommandScalar", command, 1, NULL, NULL, F32) == "InvalidArgValue"
    for data_type in (0, 6, 14, 31):
        bad = ("SetCommandScalar", command, 1, value, NULL, data_type)
        assert abi.failure(*bad) == "InvalidArgValue"


def test_declared_arguments_are_checked(abi, objects):
    command, value = objects["Command"], ffi.new("double *")
    scalar = ("SetCommandScalar", command, 1, value, NULL)
    assert abi.failure(*scalar, F64) == "InvalidArgSize"
    assert abi.failure("SetCommandScalar", command, 0, value, NULL, F32) == "InvalidArgValue"
    argument = ("SetCommandArgument", command, 1, objects["Buffer"], NULL, 0)
    assert abi.failure(*argument) == "InvalidArgValue"
    beyond = ("SetCommandArgument", command, 3, objects["Buffer"], NULL, 0)
    assert abi.failure(*beyond) == "InvalidArgIndex"


def set_all(abi, objects, count=1):
    command = objects["Command"]
    abi.make("SetCommandArgument", command, 0, objects["Buffer"], b"x", 0)
    abi.make("SetCommandScalar", command, 1, ffi.new("float *", 2.0), b"factor", F32)
    abi.make("SetCommandScalar", command, 2, ffi.new("int *", count), NULL, I32)


@pytest.mark.parametrize(
    ("grid", "group", "expected"),
    [
        ((1, 1, 1), (0, 1, 1), "InvalidWorkGroupSize"),
        ((1, 1, 1), (1, 1, 0), "InvalidWorkGroupSize"),
        ((0, 1, 1), (1, 1, 1), "InvalidGlobalWorkSize"),
        ((1, 0, 1), (1, 1, 1), "InvalidGlobalWorkSize"),
        ((1, 1, 1), (2**20, 1, 1), "InvalidWorkGroupSize"),
        ((1, 1, 1), (2**31, 2**31, 2**31), "InvalidWorkGroupSize"),
        ((1, 1, 1), (2**16, 2**16, 1), "InvalidWorkGroupSize"),
        ((2**32 - 1, 2**32 - 1, 2**32 - 1), (1, 1, 1), "InvalidGlobalWorkSize"),
        ((2**31 - 1, 2**31 - 1, 2**31 - 1), (1, 1, 1), "InvalidGlobalWorkSize"),
    ],
)
def test_sizes_that_no_launch_can_have(abi, objects, grid, group, expected):
    set_all(abi, objects)
    assert abi.failure("FinalizeCommand", objects["Command"], [grid], [group], 0) == expected
    assert abi.failure("RunSchedule", objects["Schedule"], -1, 0) == "InvalidCommand"
    abi.make("FinalizeCommand", objects["Command"], ONE, ONE, 0)
    abi.make("RunSchedule", objects["Schedule"], -1, 0)


def test_commands_that_are_not_ready(abi, objects):
    command, run = objects["Command"], ("RunSchedule", objects["Schedule"], -1, 0)
    assert abi.failure(*run) == "InvalidCommand"
    abi.make("SetCommandArgument", command, 0, objects["Buffer"], NULL, 0)
    abi.make("SetCommandScalar", command, 2, ffi.new("int *", 1), NULL, I32)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    assert abi.failure(*run) == "InvalidKernelArgs"
    nonblocking = (*run[:-1], int(execution_settings.NonBlocking))
    assert abi.failure(*nonblocking) == "InvalidKernelArgs"


def test_finalized_commands_can_change(abi, objects):
    set_all(abi, objects)
    command, run = objects["Command"], ("RunSchedule", objects["Schedule"], -7, 0)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make(*run)
    abi.make("SetCommandArgument", command, 0, objects["Buffer"], NULL, 0)
    assert abi.failure(*run) == "InvalidCommand"
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make(*run)
    signal = abi.make("CreateSignalCommand", objects["Schedule"], objects["Event"], 1, 0)
    assert abi.failure("FinalizeCommand", signal, ONE, ONE, 0) == "InvalidOperation"


def test_events_only_grow(abi):
    event = abi.make("CreateEvent", 0, 0, 0)
    for signalled, expected in [
        (3, 3),
        (1, 3),
        (-5, 3),
        (-(2**31), 3),
        (INT_MAX, INT_MAX),
        (0, INT_MAX),
    ]:
        abi.make("SignalEvent", event, signalled)
        assert abi.GetEventProperty_int(event, Property.Value) == expected
        abi.make("WaitEvent", event, expected)
        abi.make("WaitEvent", event, -(2**31))
    abi.make("ReleaseEvent", event)
    event = abi.make("CreateEvent", 0, 2, 0)
    for timeout in (0, 1, 1_000_000):
        assert abi.failure("WaitEventTimeout", event, 1, timeout) == "Timeout"
    abi.make("WaitEventTimeout", event, 0, 2**64 - 1)
    abi.make("ReleaseEvent", event)


def test_the_last_message_is_the_threads_own_and_stays(abi):
    assert abi.failure("ReleaseBuffer", 4711) == "InvalidBuffer"
    mine = abi.plugin.last_error()
    assert "4711" in mine
    seen = []

    def other():
        seen.append(abi.plugin.last_error())
        abi.ReleaseEvent(1234)
        seen.append(abi.plugin.last_error())

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen[0] == ""
    assert "1234" in seen[1]
    assert abi.GetApiVersion() >> 16 == 1
    abi.make("ReleaseBuffer", abi.buffer())
    assert abi.plugin.last_error() == mine
