"""The commands of the device database, piped: each in a process of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from support.acme import write
from support.command_line import succeeded

import nexus

RECORD = "nvidia-gpu-sm_70"


def copied(folder: Path) -> Any:
    """Return a record of ours, whose copy in a folder a test may spoil."""
    source = Path(nexus.get_device_info()[RECORD].origin)
    target = folder / source.name
    shutil.copy(source, target)
    return json.loads(target.read_text("utf-8"))


def test_db_list(run_nexus):
    heads, *rows = succeeded(run_nexus("db", "list")).splitlines()
    assert heads.split() == ["record", "name", "year", "aliases"]
    assert [row.split()[0] for row in rows] == list(nexus.get_device_info())
    found = json.loads(succeeded(run_nexus("db", "list", "--json")))
    assert found["unusable"] == []
    (record,) = (one for one in found["records"] if one["record"] == RECORD)
    assert record["year"] == 2017
    assert "volta" in record["aliases"]


def test_db_show(run_nexus):
    expected = nexus.lookup_device_info(RECORD)
    for name in (RECORD, "sm_70", "Volta"):
        assert json.loads(succeeded(run_nexus("db", "show", name, "--json"))) == expected.to_dict()
    lines = succeeded(run_nexus("db", "show", "volta")).splitlines()
    assert lines[0] == expected["Name"]
    assert f"  File: {expected.origin}" in lines
    assert "  GlobalMemorySize: 16 GiB" in lines


def test_db_show_names_the_nearest(run_nexus):
    found = run_nexus("db", "show", "voltaa")
    assert found.returncode == 2
    assert "volta" in found.stderr.replace("voltaa", "")
    assert "Traceback" not in found.stderr


def test_db_validate(run_nexus, tmp_path):
    record = copied(tmp_path)
    good = tmp_path / f"{RECORD}.json"
    assert succeeded(run_nexus("db", "validate", good)) == f"{good}: valid\n"

    bad = tmp_path / "bad" / good.name
    bad.parent.mkdir()
    bad.write_text(json.dumps({**record, "ReleaseYear": "2017", "Limits": {"MaxWarp": 1}}))
    broken, latin = tmp_path / "broken.json", tmp_path / "latin.json"
    broken.write_text('{\n  "Name": "x",,\n}')
    latin.write_bytes(b'{"Name": "\xff"}')
    found = run_nexus(
        "db", "validate", bad, good, broken, latin, tmp_path / "absent.json", tmp_path
    )
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


def test_db_validate_tells_names_that_others_have(run_nexus, tmp_path):
    one, two = (write(tmp_path, Name=f"Acme {n}", Architecture=f"a{n}", Aliases=["anvil"])
                for n in (1, 2))  # fmt: skip
    assert succeeded(run_nexus("db", "validate", one, one)) == f"{one}: valid\n" * 2
    told = succeeded(run_nexus("db", "validate", one, two), status=1)
    assert told == f"{one}: valid\n{two}: $.Aliases: the name 'anvil' stands in {one} too\n"
    told = succeeded(run_nexus("db", "validate", two, NEXUS_DEVICE_PATH=tmp_path), status=1)
    assert told == f"{two}: $.Aliases: the name 'anvil' stands in {one} too\n"
    for place, value, name in (("Name", "H100", "h100"), ("Aliases", ["sm_90"], "sm_90")):
        three = write(tmp_path / "more", **{"Aliases": [], place: value})
        told = succeeded(run_nexus("db", "validate", three), status=1)
        assert f"{three}: $.{place}: the name '{name}' stands in " in told
        assert told.endswith("nvidia-gpu-sm_90.json too\n")


def test_a_bad_record_does_not_keep_the_others_from_being_used(run_nexus, tmp_path):
    (tmp_path / "acme-gpu-a1.json").write_text("[]")
    found = run_nexus("db", "list", NEXUS_DEVICE_PATH=tmp_path)
    text = succeeded(found, status=1)
    assert RECORD in text
    reason = text.split("Records that cannot be used\n")[1]
    assert str(tmp_path / "acme-gpu-a1.json") in reason
    shown = run_nexus("db", "show", "acme-gpu-a1", NEXUS_DEVICE_PATH=tmp_path)
    assert shown.returncode == 1
    assert "acme-gpu-a1.json" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_what_the_encoding_lacks_is_escaped(run_nexus, tmp_path):
    record = copied(tmp_path)
    (tmp_path / "acme-gpu-a1.json").write_text(
        json.dumps(
            {**record, "Vendor": "acme", "Architecture": "a1", "Name": "Ünit®", "Aliases": []}
        )
    )
    (tmp_path / f"{RECORD}.json").unlink()
    environment = {"NEXUS_DEVICE_PATH": tmp_path, "PYTHONIOENCODING": "ascii"}
    assert "\\xdcnit\\xae" in succeeded(run_nexus("db", "list", **environment))
    shown = json.loads(succeeded(run_nexus("db", "show", "a1", "--json", **environment)))
    assert shown["Name"] == "Ünit®"
