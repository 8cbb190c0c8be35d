"""The command line, piped: each command in a process of its own."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nexus
from nexus.cli import demo, main, units
from nexus.cli.layout import Node, Share, Table, aligned, cards, clean, indented
from nexus.cli.machine import identify
from nexus.cli.record import _UNIT, nodes
from nexus.demo import demo as adding
from nexus.validation import schema

NEXUS = [sys.executable, "-m", "nexus"]
RECORD = "nvidia-gpu-sm_70"


@pytest.fixture
def run(plugin_folder, tmp_path):
    """Return a function that runs the command line."""

    def run_command(*arguments, program=NEXUS, **environment):
        return subprocess.run(
            [*program, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **{name: str(value) for name, value in environment.items()}},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_command


def succeeded(found, status=0):
    assert found.returncode == status, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    return found.stdout


def ours(folder: Path) -> dict:
    """Return a record of ours for a test to spoil."""
    (source,) = (Path(nexus.__file__).parent / "device_lib").glob(f"{RECORD}.json")
    target = folder / source.name
    shutil.copy(source, target)
    return json.loads(target.read_text("utf-8"))


def test_devices(run, cpu, plugin_folder):
    heads, *rows = succeeded(run("devices")).splitlines()
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


def test_devices_for_programs(run, cpu):
    found = json.loads(succeeded(run("devices", "--json")))
    assert found["refused"] == []
    assert found["devices"][0] == {
        "id": "cpu:0",
        "runtime": "cpu",
        "device": cpu.name,
        "type": "cpu",
        "architecture": cpu.get_property_str("Architecture"),
        "memory": cpu.get_property_int("GlobalMemorySize"),
        "cores": cpu.get_property_int("Count"),
        "plugin": cpu.runtime.path,
    }


def test_plugins_that_did_not_load_are_told(run, plugin_folder, tmp_path):
    broken = tmp_path / "broken_plugin.so"
    broken.write_text("no library")
    (scratch,) = plugin_folder.glob("*scratch*")
    copy = tmp_path / f"other{scratch.suffix}"
    shutil.copy(scratch, copy)
    places = {"NEXUS_PLUGIN_PATH": os.pathsep.join(map(str, (broken, scratch, copy)))}

    for command in ("devices", "plugins"):
        found = run(command, **places)
        text = succeeded(found, status=1)
        assert "cpu" in text
        line = next(line for line in text.splitlines() if str(broken) in line)
        assert "NEXUS_PLUGIN_PATH" in line
        assert len(line.split("NEXUS_PLUGIN_PATH")[1]) > 10
        assert found.stderr == ""
        (refused,) = (
            plugin
            for plugin in json.loads(succeeded(run(command, "--json", **places), 1))["refused"]
            if plugin["plugin"] == str(broken)
        )
        assert refused["origin"] == "NEXUS_PLUGIN_PATH"
        assert refused["reason"]
    # One that is shadowed is told among the plugins, and is nothing wrong.
    places["NEXUS_PLUGIN_PATH"] = f"{scratch}{os.pathsep}{copy}"
    assert f"runtime 'scratch' is that of {scratch}" in succeeded(run("plugins", **places))
    assert "other" not in succeeded(run("devices", **places))


def test_plugins_and_where_they_were_named(run, plugin_folder, tmp_path):
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
        succeeded(run("plugins", "--json", NEXUS_PLUGIN_PATH="", PYTHONPATH=path), status=1)
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
def test_info(run, cpu, which):
    which = (cpu.name.upper(),) if which == ("name",) else which
    lines = succeeded(run("info", *which)).splitlines()
    assert lines[0] == "cpu:0"
    told = dict(re.findall("^  (\\w+): (.*)$", "\n".join(lines), re.MULTILINE))
    assert told["Name"] == cpu.name
    assert told["Plugin"] == f"{cpu.runtime.path} (bundled)"
    assert told["GlobalMemorySize"] == units.size(cpu.get_property_int("GlobalMemorySize"))


def test_info_for_programs(run, cpu):
    found = json.loads(succeeded(run("info", "cpu:0", "--json")))
    expected = cpu.get_info().to_dict()
    assert found.keys() == expected.keys()
    for name in ("Name", "Architecture", "GlobalMemorySize", "DataTypes"):
        assert found[name] == expected[name]


@pytest.mark.parametrize("which", ["cpu:7", "gpu", "99", "-1", "", "cpu:0:0", "\x1b[2J", "²"])
def test_a_device_that_there_is_not(capsys, cpu, which):
    assert main(["info", "--", which]) == 2
    error = capsys.readouterr().err
    assert f"there is no device {which!r}" in error
    assert "cpu:0" in error
    assert "\x1b" not in error


def test_db_list(run):
    heads, *rows = succeeded(run("db", "list")).splitlines()
    assert heads.split() == ["record", "name", "year", "aliases"]
    assert [row.split()[0] for row in rows] == list(nexus.get_device_info())
    found = json.loads(succeeded(run("db", "list", "--json")))
    assert found["unusable"] == []
    (record,) = (one for one in found["records"] if one["record"] == RECORD)
    assert record["year"] == 2017
    assert "volta" in record["aliases"]


def test_db_show(run):
    expected = nexus.lookup_device_info(RECORD)
    for name in (RECORD, "sm_70", "Volta"):
        assert json.loads(succeeded(run("db", "show", name, "--json"))) == expected.to_dict()
    lines = succeeded(run("db", "show", "volta")).splitlines()
    assert lines[0] == expected["Name"]
    assert f"  File: {expected.origin}" in lines
    assert "  GlobalMemorySize: 16 GiB" in lines


def test_db_show_names_the_nearest(run):
    found = run("db", "show", "voltaa")
    assert found.returncode == 2
    assert "volta" in found.stderr.replace("voltaa", "")
    assert "Traceback" not in found.stderr


def test_db_validate(run, tmp_path):
    record = ours(tmp_path)
    good = tmp_path / f"{RECORD}.json"
    assert succeeded(run("db", "validate", good)) == f"{good}: valid\n"

    bad = tmp_path / "bad" / good.name
    bad.parent.mkdir()
    bad.write_text(json.dumps({**record, "ReleaseYear": "2017", "Limits": {"MaxWarp": 1}}))
    broken, latin = tmp_path / "broken.json", tmp_path / "latin.json"
    broken.write_text('{\n  "Name": "x",,\n}')
    latin.write_bytes(b'{"Name": "\xff"}')
    found = run("db", "validate", bad, good, broken, latin, tmp_path / "absent.json", tmp_path)
    lines = succeeded(found, status=1).splitlines()

    def about(path):
        return [line for line in lines if line.startswith(f"{path}: ")]

    assert any("$.ReleaseYear: " in line and "2017" in line for line in about(bad))
    assert any("$.Limits: " in line and "MaxWarp" in line for line in about(bad))
    assert about(good) == [f"{good}: valid"]
    assert "line 2, column" in about(broken)[0]
    assert "line 1, column 11" in about(latin)[0]
    for path in (tmp_path / "absent.json", tmp_path):
        assert len(about(path)) == 1


def test_a_bad_record_does_not_keep_the_others_from_being_used(run, tmp_path):
    (tmp_path / "acme-gpu-a1.json").write_text("[]")
    found = run("db", "list", NEXUS_DEVICE_PATH=tmp_path)
    text = succeeded(found, status=1)
    assert RECORD in text
    reason = text.split("Records that cannot be used\n")[1]
    assert str(tmp_path / "acme-gpu-a1.json") in reason
    shown = run("db", "show", "acme-gpu-a1", NEXUS_DEVICE_PATH=tmp_path)
    assert shown.returncode == 1
    assert "acme-gpu-a1.json" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_top_once(run):
    heads, *rows = succeeded(run("top", "--once")).splitlines()
    assert heads.split("  ")[0] == "id"
    assert rows[0].startswith("cpu:0")
    assert " %" in rows[0]
    # The plugin of the field tells no utilisation.
    (field,) = (row for row in rows if row.startswith("field:0"))
    assert "not told" in field


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


@pytest.mark.parametrize("interval", ["0", "-1", "nan", "inf", "soon", "1e-9"])
def test_bad_intervals(capsys, interval):
    with pytest.raises(SystemExit, match="2"):
        main(["top", f"--interval={interval}"])
    assert interval in capsys.readouterr().err


def test_wrong_usage(capsys):
    for command in ("", "dmeo", "db", "db show", "db validate", "completion", "info a b"):
        with pytest.raises(SystemExit, match="2"):
            main(command.split())
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("usage: nexus")


def test_help_and_version(run):
    assert "devices" in succeeded(run("--help"))
    assert "vectors" in succeeded(run("--help"))
    assert succeeded(run("--version")) == f"nexus {nexus.__version__}\n"


def test_who_reads_may_stop(run):
    # Each line meets the closed pipe; or, buffered, only the flush at the end does.
    for unbuffered in ("", "1"):
        command = f"{sys.executable} -m nexus db show volta | head -n 1; echo ${{PIPESTATUS[0]}}"
        found = run("-c", command, program=["bash"], PYTHONUNBUFFERED=unbuffered)
        name, status = found.stdout.splitlines()
        assert name == nexus.lookup_device_info("volta")["Name"]
        # 0 where all was written before the reader stopped.
        assert status in ("0", "141")
        assert found.stderr == ""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        for unbuffered in ("", "1"):
            ended = subprocess.run(
                [*NEXUS, "db", "list"],
                stdout=writer,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
                timeout=60,
                check=False,
            )
            assert (ended.returncode, ended.stderr) == (141, b"")
    finally:
        os.close(writer)


def test_what_the_encoding_lacks_is_escaped(run, tmp_path):
    record = ours(tmp_path)
    (tmp_path / "acme-gpu-a1.json").write_text(
        json.dumps(
            {**record, "Vendor": "acme", "Architecture": "a1", "Name": "Ünit®", "Aliases": []}
        )
    )
    (tmp_path / f"{RECORD}.json").unlink()
    environment = {"NEXUS_DEVICE_PATH": tmp_path, "PYTHONIOENCODING": "ascii"}
    assert "\\xdcnit\\xae" in succeeded(run("db", "list", **environment))
    shown = json.loads(succeeded(run("db", "show", "a1", "--json", **environment)))
    assert shown["Name"] == "Ünit®"


def test_without_the_extras(run_python, tmp_path):
    found = run_python(
        f"""
import sys
# As if nothing but the package's own needs were installed.
sys.modules.update(dict.fromkeys(("rich", "shtab", "jsonschema", "hypothesis")))
from nexus.cli import main
for command in ("devices", "info", "db list", "db show volta", "plugins", "top --once"):
    assert main(command.split()) == 0, command
for command in (["completion", "bash"], ["db", "validate", {str(tmp_path)!r}, __FILE__],
                ["conformance"]):
    assert main(command) == 2, command
""".replace("__FILE__", repr(str(nexus.lookup_device_info(RECORD).origin)))
    )
    for extra in ("cli", "db", "conformance"):
        assert f'pip install "nexus[{extra}]"' in found.stderr


def test_the_tables_import_no_more_than_they_need(run_python):
    run_python(
        """
import sys
from nexus.cli import main
assert main(["devices"]) == 0
heavy = {"rich", "shtab", "jsonschema", "hypothesis", "nexus.conformance.run"} & set(sys.modules)
assert not heavy, heavy
"""
    )


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


def test_commands_without_a_device(run_python):
    found = run_python(
        """
import nexus.plugin
nexus.plugin.find = lambda: iter([])
from nexus.cli import main
commands = ("devices", "info", "top --once", "plugins", "demo")
print([int(main(command.split())) for command in commands])
"""
    )
    assert found.stdout.splitlines()[-1] == "[0, 1, 1, 0, 1]"
    assert "There is no device on this machine." in found.stdout
    assert found.stderr.count("nexus: there is no device on this machine") == 2
    assert "no device that the demo has a kernel for" in found.stderr


def test_units():
    assert doctest.testmod(units) == (0, 2)
    assert units.size(0) == "0 B"
    assert units.size(2**60) == "1024 PiB"
    assert units.quantity(98304, "bytes/s") == "96 KiB/s"
    assert units.quantity(5.5, "GB/s") == "5.5 GB/s"


def test_layout():
    table = Table(("id", "busy"), [("a\tb\n\x1b[31m", Share(42.4)), ("c", "")], right=("busy",))
    assert list(aligned(table)) == ["id            busy", "a b \\x1b[31m  42 %", "c"]
    assert list(cards(table)) == ["id    a b \\x1b[31m", "busy  42 %", "", "id    c", "busy"]
    tree = Node("a", "", [Node("b", "1\n2", [Node("c")]), Node("d")])
    assert list(indented(tree)) == ["a", "  b: 1 2", "    c", "  d"]
    assert clean("Ünit® 1") == "Ünit® 1"
    assert clean("\udcff") == "\\udcff"


def test_trees_tell_units():
    tree = {
        "MemorySubsystem": {"MemoryTypes": [{"Type": "HBM2", "Size": 2**34, "Bandwidth": 900}]},
        "CoreClockRate": 1530,
        "MemoryUtilization": 4,
        "ReleaseYear": 2017,
        "UnknownToAll": [[1, 2], {"x": None}],
        "DataTypes": [],
    }  # fmt: skip
    assert list(indented(Node("x", "", nodes(tree)))) == [
        "x",
        "  CoreClockRate: 1530 MHz",
        "  MemoryUtilization: 4 %",
        "  ReleaseYear: 2017",
        "  DataTypes: none",
        "  MemorySubsystem",
        "    MemoryTypes",
        "      [0] HBM2",
        "        Type: HBM2",
        "        Size: 16 GiB",
        "        Bandwidth: 900 GB/s",
        "  UnknownToAll",
        "    [0]: 1, 2",
        "    [1]",
        "      x: null",
    ]


def test_every_quantity_of_the_schema_has_a_unit():
    def quantities(shape):
        for name, value in shape.get("properties", {}).items():
            if name.endswith(("Size", "Rate", "Bandwidth", "Width", "Power", "Clock")):
                yield name, value
            yield from quantities(value)
            yield from quantities(value.get("items", {}))

    whole = schema("gpu_architecture_schema")
    found = [one for shape in (whole, *whole["$defs"].values()) for one in quantities(shape)]
    assert len(found) > 20
    for name, value in found:
        # Counts are told as "Number of"; nested ones describe themselves.
        counted = "umber of" in value.get("description", "")
        assert counted or "properties" in value or _UNIT.search(value["description"]), name
