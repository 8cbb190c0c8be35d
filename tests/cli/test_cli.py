"""Commands that list devices and plugins, with piped output, each in its own process."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time

import pytest
from support.command_line import NEXUS, succeeded
from support.paths import EXAMPLES

import nexus
from nexus.cli import demo, main
from nexus.cli.machine import identify
from nexus.demo import vector_add as adding
from nexus.device_db import units


def test_devices(run_nexus, cpu, plugin_folder):
    table, *_ = succeeded(run_nexus("devices")).split("\n\n")
    heads, *rows = table.splitlines()
    assert heads.split() == [
        "id", "runtime", "device", "architecture", "memory", "cores", "plugin"
    ]  # fmt: skip
    devices = [device for runtime in nexus.get_runtimes() for device in runtime.get_devices()]
    without = [runtime.name for runtime in nexus.get_runtimes() if not runtime.get_devices()]
    assert [row.split()[0] for row in rows] == [*map(identify, devices), *["none"] * len(without)]
    assert cpu.name in rows[0]
    assert units.size(cpu.get_property_int("GlobalMemorySize")) in rows[0]
    assert rows[0].endswith(os.path.basename(cpu.runtime.path))
    assert not any("\x1b" in row for row in rows)


def test_devices_for_programs(run_nexus, cpu):
    found = json.loads(succeeded(run_nexus("devices", "--json")))
    assert found["refused"] == []
    assert found["devices"][0] == {
        "id": "cpu:0",
        "runtime": "cpu",
        "device": cpu.name,
        "type": "cpu",
        "architecture": cpu.get_property_str("Architecture"),
        "memory": cpu.get_property_int("GlobalMemorySize"),
        "cores": cpu.get_property_int("Count"),
        "same_as": [],
        "plugin": cpu.runtime.path,
    }


def test_plugins_that_did_not_load_are_listed(run_nexus, plugin_folder, tmp_path):
    broken = tmp_path / "broken_plugin.so"
    broken.write_text("no library")
    (scratch,) = plugin_folder.glob("*scratch*")
    copy = tmp_path / f"other{scratch.suffix}"
    shutil.copy(scratch, copy)
    places = {"NEXUS_PLUGIN_PATH": os.pathsep.join(map(str, (broken, scratch, copy)))}

    for command in ("devices", "plugins"):
        found = run_nexus(command, **places)
        text = succeeded(found, status=1)
        assert "cpu" in text
        line = next(line for line in text.splitlines() if str(broken) in line)
        assert "NEXUS_PLUGIN_PATH" in line
        assert len(line.split("NEXUS_PLUGIN_PATH")[1]) > 10
        assert found.stderr == ""
        (refused,) = (
            plugin
            for plugin in json.loads(succeeded(run_nexus(command, "--json", **places), 1))[
                "refused"
            ]
            if plugin["plugin"] == str(broken)
        )
        assert refused["origin"] == "NEXUS_PLUGIN_PATH"
        assert refused["reason"]
    # A shadowed plugin is listed and is not an error.
    places["NEXUS_PLUGIN_PATH"] = f"{scratch}{os.pathsep}{copy}"
    assert f"runtime 'scratch' is that of {scratch}" in succeeded(run_nexus("plugins", **places))
    assert "other" not in succeeded(run_nexus("devices", **places))


def test_plugins_and_where_they_were_named(run_nexus, plugin_folder, tmp_path):
    (scratch,) = plugin_folder.glob("*scratch*")
    package = tmp_path / "vendor-1.dist-info"
    package.mkdir()
    (tmp_path / "vendor.py").write_text(f"path = {str(scratch)!r}\n")
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: vendor\nVersion: 1\n")
    (package / "entry_points.txt").write_text(
        "[nexus.plugins]\nmine = vendor:path\nbad = vendor:absent\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    found = json.loads(
        succeeded(run_nexus("plugins", "--json", NEXUS_PLUGIN_PATH="", PYTHONPATH=path), status=1)
    )
    used = {plugin["runtime"]: plugin for plugin in found["plugins"]}
    assert used["cpu"]["origin"] == "bundled"
    assert used["cpu"]["version"]
    assert used["cpu"]["ABI"].count(".") == 2
    assert used["cpu"]["devices"] == 1
    assert used["scratch"]["origin"] == "entry point mine"
    assert used["scratch"]["file"] == str(scratch)
    (refused,) = found["refused"]
    assert refused["plugin"] == "vendor:absent"
    assert refused["origin"] == "entry point bad"
    assert "AttributeError" in refused["reason"]


@pytest.mark.parametrize("which", [(), ("cpu:0",), ("CPU",), ("0",), ("name",)])
def test_info(run_nexus, cpu, which):
    which = (cpu.name.upper(),) if which == ("name",) else which
    lines = succeeded(run_nexus("info", *which)).splitlines()
    assert lines[0] == "cpu:0"
    shown = dict(re.findall("^  (\\w+): (.*)$", "\n".join(lines), re.MULTILINE))
    assert shown["Name"] == cpu.name
    assert shown["Plugin"] == f"{cpu.runtime.path} (bundled)"
    assert shown["GlobalMemorySize"] == units.size(cpu.get_property_int("GlobalMemorySize"))


def test_info_for_programs(run_nexus, cpu):
    found = json.loads(succeeded(run_nexus("info", "cpu:0", "--json")))
    expected = cpu.get_info().to_dict()
    assert found.keys() == expected.keys()
    for name in ("Name", "Architecture", "GlobalMemorySize", "DataTypes"):
        assert found[name] == expected[name]


@pytest.mark.parametrize("which", ["cpu:7", "gpu", "99", "-1", "", "cpu:0:0", "\x1b[2J", "²"])
def test_an_unknown_device(capsys, cpu, which):
    assert main(["info", "--", which]) == 2
    error = capsys.readouterr().err
    assert f"there is no device {which!r}" in error
    assert "cpu:0" in error
    assert "\x1b" not in error


def test_top_once(run_nexus):
    heads, *rows = succeeded(run_nexus("top", "--once")).splitlines()
    assert heads.split("  ")[0] == "id"
    assert rows[0].startswith("cpu:0")
    assert " %" in rows[0]
    # The field plugin does not report utilisation.
    (field,) = (row for row in rows if row.startswith("field:0"))
    assert "unknown" in field


LOST = """
#include <nexus-api.h>
#define nxsGetDeviceProperty scratch_GetDeviceProperty
#include "scratch_plugin.c"
#undef nxsGetDeviceProperty
nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size) {
  (void)device, (void)property, (void)value, (void)size;
  return fail(NXS_DeviceNotAvailable, "it fell off the bus");
}
"""


def test_a_device_that_fails_does_not_hide_the_others(run_nexus, build):
    plugin = build(LOST, "lost_plugin", f"-I{EXAMPLES / 'plugin_c'}")
    for command, status, text in (("devices", 1, "failed"), ("top --once", 0, "DeviceNotAvail")):
        found = run_nexus(*command.split(), NEXUS_PLUGIN_PATH=plugin)
        _, first, second, *rest = succeeded(found, status).splitlines()
        assert first.startswith("cpu:0 ")
        assert re.match(f"scratch:0 .* {text}", second)
        assert found.stderr == ""
        if command == "devices":
            failed = rest[rest.index("Devices that failed") + 2]
            assert failed.startswith("scratch:0  DeviceNotAvailableError: ")
            assert failed.endswith("it fell off the bus")
    for which, status in (("nothing", 2), ("scratch", 1), ("0", 0)):
        found = run_nexus("info", which, NEXUS_PLUGIN_PATH=plugin)
        assert found.returncode == status
        assert ("scratch:0 (DeviceNotAvailableError)" in found.stderr) == (status == 2)
    shown = json.loads(succeeded(run_nexus("devices", "--json", NEXUS_PLUGIN_PATH=plugin), 1))
    assert "it fell off the bus" in shown["devices"][1]["error"]
    assert "error" not in shown["devices"][0]


EMPTY = """
#include <nexus-api.h>
#define nxsGetRuntimeProperty scratch_GetRuntimeProperty
#include "scratch_plugin.c"
#undef nxsGetRuntimeProperty
nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  answer a = {.size = 0};
  if (property == NP_Name) text(&a, "empty");
  else if (property == NP_Size) number(&a, 0);
  else if (property == NP_Message) text(&a, "its driver is too old");
  else return fail(NXS_InvalidProperty, "unknown");
  return give(&a, value, size);
}
"""


def test_a_runtime_without_devices_says_why(run_nexus, run_python, build):
    plugin = build(EMPTY, "empty_plugin", f"-I{EXAMPLES / 'plugin_c'}")
    reason = "runtime 'empty' has no devices: its driver is too old"
    only = {"NEXUS_PLUGIN_PATH": str(plugin)}
    for which in ("empty", "EMPTY:0", "empty:7"):
        found = run_nexus("info", which, **only)
        assert succeeded(found, status=1) == ""
        assert found.stderr == f"nexus: {reason}\n"
    for command, title in (("devices", "Runtimes without devices"), ("plugins", "Messages")):
        lines = succeeded(run_nexus(command, **only)).splitlines()
        after = lines[lines.index(title) + 1 :]
        assert any(re.fullmatch("empty +its driver is too old", line) for line in after)
    found = json.loads(succeeded(run_nexus("devices", "--json", **only)))
    assert {"runtime": "empty", "message": "its driver is too old"} in found["without_devices"]
    found = json.loads(succeeded(run_nexus("plugins", "--json", **only)))
    messages = {one["runtime"]: one["message"] for one in found["plugins"]}
    assert (messages["empty"], messages["cpu"]) == ("its driver is too old", "")
    assert f"{reason} ({plugin})" in run_nexus("plugins", NEXUS_LOG="info", **only).stderr
    text = "import nexus; nexus.get_runtime('empty').get_device(0)"
    error = run_python(text, check=False, **only).stderr.splitlines()[-1]
    assert error.endswith(f"DeviceIndexError: device index 0 is out of range: {reason}")


def test_a_machine_without_devices_says_why(run_python, build):
    plugin = build(EMPTY, "empty_plugin", f"-I{EXAMPLES / 'plugin_c'}")
    found = run_python(
        f"""
import nexus._objects.plugin as plugin
plugin.find = lambda: iter([plugin.Found({str(plugin)!r}, "here")])
from nexus.cli import main
print([int(main(command.split())) for command in ("info", "top --once")])
"""
    )
    assert found.stdout == "[1, 1]\n"
    assert found.stderr.count("there is no device on this machine\nruntime 'empty' has no") == 2


def test_info_marks_what_comes_from_the_record_of_a_level(capsys, cpu, monkeypatch):
    record = cpu.get_sources().record
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    assert f"  Record: {record.origin}\n" in shown
    assert (" *: " in shown) == (record["Vendor"] == "generic")
    generic = nexus.Properties({**record.to_dict(), "Vendor": "generic"}, "there.json")
    sources = cpu.get_sources()._replace(record=generic)
    monkeypatch.setattr(type(cpu), "get_sources", lambda self: sources)
    assert main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  Record: there.json" in lines
    architecture = generic["Architecture"]
    assert f"  *: marks facts of the record, which holds for every {architecture} device" in lines
    assert "  KernelModel *" in lines
    assert "    MinVectorLength *: 128 bits" in lines
    # What the device tells is not marked, neither its properties nor its own record.
    assert f"  Name: {cpu.name}" in lines
    assert any(line.startswith("    MaxVectorLength: ") for line in lines)
    assert "  MemorySubsystem" in lines


def test_top_can_be_interrupted_before_its_first_figures(monkeypatch, capsys, cpu):
    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    assert main(["top"]) == 0
    assert main(["top", "--once"]) == 130
    assert capsys.readouterr() == ("", "")


def test_top_piped_prints_snapshots_until_it_is_interrupted(plugin_folder):
    command = [*NEXUS, "top", "--interval", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        seen = 0
        for line in process.stdout:
            seen += line.startswith(b"cpu:0")
            if seen == 2:
                break
        process.send_signal(2)
        rest, error = process.communicate(timeout=30)
    assert process.returncode == 0
    assert error == b""
    assert b"\x1b" not in rest


def test_the_demo(capsys, cpu):
    assert demo.run(count=1 << 16) == 0
    table, line = capsys.readouterr().out.rsplit("\n\n", 1)
    assert table.splitlines()[0].split()[:3] == ["id", "runtime", "device"]
    assert "scratch" in table
    assert line.startswith("cpu:0 added 2 x 65,536 float32 in ")
    assert line.endswith("correct\n")


def test_the_demo_notices_wrong_numbers(monkeypatch, capsys, tmp_path, cpu):
    wrong = (
        "#include <nexus-api/nxs_kernel.h>\n"
        "NXS_KERNEL(add_vectors, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),"
        " NXS_SCALAR(nxs_int, n)) { NXS_ITEMS c[NXS_GLOBAL_ID(0)] = a[0] + b[0] + (float)n; }"
    )
    (tmp_path / "vector_add.c").write_text(wrong)
    monkeypatch.setattr(adding, "__file__", str(tmp_path / "demo.py"))
    assert demo.run(count=1 << 16) == 1
    assert "WRONG" in capsys.readouterr().out
