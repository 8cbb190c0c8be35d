"""Rules for all functions: properties, settings, names, events, last messages."""

from __future__ import annotations

import threading

import pytest
from support.abi import INT_MAX, NULL

from nexus._enums import property as Property
from nexus._ffi import ffi


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
