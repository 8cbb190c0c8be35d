"""Commands of the device database, with piped output, each in its own process."""

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
    """Copy a bundled record to a folder, where a test may damage it, and return its contents."""
    source = Path(nexus.get_device_info()[RECORD].origin)
    target = folder / source.name
    shutil.copy(source, target)
    return json.loads(target.read_text("utf-8"))


def test_db_list(run_nexus):
    heads, *rows = succeeded(run_nexus("db", "list")).splitlines()
    assert heads.split() == ["record", "name", "year"]
    assert [row.split()[0] for row in rows] == list(nexus.get_device_info())
    assert "volta" not in "".join(rows).lower()
    found = json.loads(succeeded(run_nexus("db", "list", "--json")))
    assert found["unusable"] == []
    (record,) = (one for one in found["records"] if one["record"] == RECORD)
    assert record["year"] == 2017
    assert "volta" in record["aliases"]


def test_db_list_with_aliases(run_nexus):
    heads, *rows = succeeded(run_nexus("db", "list", "-v")).splitlines()
    assert heads.split() == ["record", "name", "year", "aliases"]
    (row,) = (row for row in rows if row.startswith(f"{RECORD} "))
    assert "volta" in row


def test_db_list_of_some_records(run_nexus):
    # A part of the file name, of the name, and of an alias.
    for text, expected in (("GFX9", 4), ("nvidia v100", 1), ("VOLT", 1)):
        _, *rows = succeeded(run_nexus("db", "list", text)).splitlines()
        assert len(rows) == expected, text
        found = json.loads(succeeded(run_nexus("db", "list", "--json", text)))
        assert [one["record"] for one in found["records"]] == [row.split()[0] for row in rows]
    found = run_nexus("db", "list", "no such thing")
    assert succeeded(found, status=1) == ""
    assert "no record has 'no such thing' in its names" in found.stderr


def test_db_list_of_a_record_without_a_year(run_nexus):
    _, row = succeeded(run_nexus("db", "list", "x86_64-v4")).splitlines()
    assert row.split() == ["generic-cpu-x86_64-v4", "x86-64-v4"]
    (record,) = json.loads(succeeded(run_nexus("db", "list", "--json", "x86_64-v4")))["records"]
    assert record["year"] is None


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


def test_db_validate_reports_duplicate_names(run_nexus, tmp_path):
    one, two = (write(tmp_path, Name=f"Acme {n}", Architecture=f"a{n}", Aliases=["anvil"])
                for n in (1, 2))  # fmt: skip
    assert succeeded(run_nexus("db", "validate", one, one)) == f"{one}: valid\n" * 2
    shown = succeeded(run_nexus("db", "validate", one, two), status=1)
    assert shown == f"{one}: valid\n{two}: $.Aliases: the name 'anvil' stands in {one} too\n"
    shown = succeeded(run_nexus("db", "validate", two, NEXUS_DEVICE_PATH=tmp_path), status=1)
    assert shown == f"{two}: $.Aliases: the name 'anvil' stands in {one} too\n"
    for place, value, name in (("Name", "H100", "h100"), ("Aliases", ["sm_90"], "sm_90")):
        three = write(tmp_path / "more", **{"Aliases": [], place: value})
        shown = succeeded(run_nexus("db", "validate", three), status=1)
        assert f"{three}: $.{place}: the name '{name}' stands in " in shown
        assert shown.endswith("nvidia-gpu-sm_90.json too\n")


def test_a_bad_record_leaves_the_others_usable(run_nexus, tmp_path):
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


def test_characters_outside_the_encoding_are_escaped(run_nexus, tmp_path):
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
