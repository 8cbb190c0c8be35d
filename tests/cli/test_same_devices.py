"""Devices that several runtimes show are recognised, from Python and on the command line."""

from __future__ import annotations

import functools
import json

import pytest
from support.command_line import succeeded
from support.same_devices import CASES, FIRST, SECOND, environment

import nexus
from nexus._objects.same_device import identifiers, same_devices


class Runtime:
    """A runtime as the functions see it."""

    def __init__(self, name, told):
        self.name = name
        self.devices = [Device(self, index, *each) for index, each in enumerate(told)]


class Device:
    """A device as the functions see it."""

    def __init__(self, runtime, index, uuid, location):
        self.runtime = runtime
        self.name = f"{runtime.name}:{index}"
        self.told = {"UUID": uuid, "Location": location}

    def _ask_plugin(self, name):
        if self.told["UUID"] == "!":
            raise nexus.DeviceNotAvailableError("it fell off the bus")
        if not self.told[name]:
            raise nexus.PropertyNotFoundError(name)
        return self.told[name]


@pytest.mark.parametrize("case", CASES)
def test_which_devices_are_the_same(case):
    runtimes, expected = CASES[case]
    devices = [each for name, told in runtimes.items() for each in Runtime(name, told).devices]
    found = same_devices(devices)
    assert list(found) == devices
    pairs = {(one.name, other.name) for one, others in found.items() for other in others}
    assert pairs == {*expected, *((other, one) for one, other in expected)}
    for others in found.values():
        assert [other.name for other in others] == sorted({other.name for other in others})


@pytest.mark.parametrize(
    ("uuid", "location", "expected"),
    [
        ("", "0000:3B:00.0", {"pci:0:59:0:0"}),
        ("", "3b:00", {"pci:0:59:0:0"}),
        ("", " 00010000:3b:1f.7 ", {"pci:65536:59:31:7"}),
        ("", "3b", set()),
        ("", "3b:00.8", set()),
        ("", "/sys/bus/pci/devices/0000:3b:00.0", set()),
        ("GPU-ab-cd", "", {"uuid abcd"}),
        ("0x100000abc", "built-in", {"uuid 0x100000abc"}),
        ("0x0", "", set()),
        ("-", "", set()),
    ],
)
def test_identifiers(uuid, location, expected):
    (device,) = Runtime("any", [(uuid, location)]).devices
    assert identifiers(device) == expected


@pytest.fixture
def with_runtimes(request):
    """Return a function that returns the environment in which there are runtimes."""
    return functools.partial(environment, request)


TWO = {
    "left": [(FIRST, "0000:3B:00.0"), (SECOND, "")],
    "right": [("", "0000:3b:00.0"), ("", "")],
}


def test_same_device_as(run_python, with_runtimes):
    run_python(
        """
import nexus
cpu = nexus.get_runtime("cpu").get_device(0)
(one, two), (other, unknown) = (nexus.get_runtime(name).get_devices() for name in ("left", "right"))
assert one.same_device_as(other) and other.same_device_as(one)
for each in (cpu, one, two, other, unknown):
    assert each.same_device_as(each)
for pair in ((one, two), (one, unknown), (two, other), (unknown, cpu), (cpu, one)):
    assert not pair[0].same_device_as(pair[1]) and not pair[1].same_device_as(pair[0])
for wrong in (None, "left:0", 0, one.runtime):
    try:
        one.same_device_as(wrong)
    except TypeError as error:
        assert "expected a nexus.Device" in str(error)
    else:
        raise AssertionError(wrong)
""",
        **with_runtimes(TWO),
    )


def test_a_device_that_fails_says_so(run_python, with_runtimes):
    runtimes = {"left": [("!", ""), (FIRST, "")], "right": [(FIRST, ""), ("!", "")]}
    run_python(
        """
import nexus
(lost, one), (other, _) = (nexus.get_runtime(name).get_devices() for name in ("left", "right"))
assert one.same_device_as(other)
for pair in ((lost, other), (other, lost)):
    try:
        pair[0].same_device_as(pair[1])
    except nexus.DeviceNotAvailableError as error:
        assert "it fell off the bus" in str(error)
    else:
        raise AssertionError("a device that is not there is another one")
""",
        **with_runtimes(runtimes),
    )


def test_the_command_line_shows_them(run_nexus, with_runtimes):
    environment = with_runtimes(TWO)
    table, *_ = succeeded(run_nexus("devices", **environment)).split("\n\n")
    heads, *rows = table.splitlines()
    assert heads.endswith("  same device as")
    lines = {row.split()[0]: row for row in rows}
    assert lines["left:0"].endswith("  right:0")
    assert lines["right:0"].endswith("  left:0")
    for alone in ("cpu:0", "left:1", "right:1"):
        assert ":" not in lines[alone].removeprefix(alone)

    found = json.loads(succeeded(run_nexus("devices", "--json", **environment)))["devices"]
    same = {device["id"]: device["same_as"] for device in found}
    wanted = {
        "left:0": ["right:0"],
        "right:0": ["left:0"],
        "left:1": [],
        "right:1": [],
        "cpu:0": [],
    }
    assert wanted.items() <= same.items()

    assert "Same device as: left:0" in succeeded(run_nexus("info", "right:0", **environment))
    assert "Same device as" not in succeeded(run_nexus("info", "left:1", **environment))


def test_nothing_is_said_where_no_device_is_shown_twice(run_nexus, with_runtimes):
    environment = with_runtimes({"left": [(FIRST, "")], "right": [(SECOND, "")]})
    assert "same device" not in succeeded(run_nexus("devices", **environment))
