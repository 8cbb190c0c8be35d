"""Invalid records: the error names file and place, and other records stay usable."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import sys
from pathlib import Path

import pytest
from support.acme import GOOD, write

import nexus
from nexus.device_db import records, validation
from nexus.device_db.database import Database
from nexus.device_db.documents import MAX_DEPTH

TEXT = json.dumps(GOOD, indent=1)
DEEP = 100_000


def but(old: str, new: str) -> bytes:
    """Return the text of the good record with one part replaced."""
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new).encode()


CASES = [
    ("cut off", TEXT[:-2].encode(), r"line \d+, column \d+", "it is not JSON"),
    ("a comma too much", b'{\n "Name": "x",\n}', r"line [23], column \d+", "not JSON"),
    ("an open string", b'{"Name": "' + b'\\"' * DEEP, "line 1, column 10$", "not JSON"),
    ("brackets that do not fit", b"]" + TEXT.encode(), "line 1, column 1$", "not JSON"),
    ("empty", b"", "line 1, column 1$", "not JSON"),
    ("an array", b"[1]", r"^\$$", "an array where an object has to be"),
    ("a number", b"17", r"^\$$", "a number where"),
    ("UTF-16", TEXT.encode("utf-16"), "line 1, column 1$", "byte 0xff is not UTF-8"),
    ("Latin-1", b'{\n "Name": "\xc3\xa9\xe9"}', "line 2, column 12$", "byte 0xe9 is not UTF-8"),
    ("half a character", but('"AV-One"', '"\\ud800"'), r"^\$.Aliases\[1\]$", "surrogate"),
    ("half a character in a key", but('"BusWidth"', '"\\udc00"'),
     r"^\$.MemorySubsystem.MemoryTypes\[0\]$", "surrogate"),
    ("deep arrays", b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}", "^$",
     f"deeper than {MAX_DEPTH}"),
    ("deep objects", b'{"a":' * DEEP, "^$", f"deeper than {MAX_DEPTH}"),
    ("a key twice", b'{"Name": "x",\n "N\\u0061me": "y"}', r"^\$$", "'Name' stands there twice"),
    ("a key twice below", but('"BusWidth"', '"Type"'),
     r"^\$.MemorySubsystem.MemoryTypes\[0\]$", "'Type' stands there twice"),
    ("no number", but("250", "NaN"), r"^\$.MaxPower$", "NaN is not JSON"),
    ("infinity", but("250", "-Infinity"), r"^\$.MaxPower$", "-Infinity is not JSON"),
    ("a number too large", but("250", "1e999"), r"^\$.MaxPower$", "1e999 is too large"),
    ("a number too long", but("250", "9" * 5000), r"^\$.MaxPower$", "5000 characters"),
    ("an integer too large", but("250", "9" * 350), r"^\$.MaxPower$", "is too large"),
    ("a fraction too long", but("250", "0." + "1" * 5000), r"^\$.MaxPower$", "5002 characters"),
    ("no number alone", b"NaN", r"^\$$", "NaN is not JSON"),
    ("a large integer", but("1200", str(2**63)), r"^\$.MemoryClockRate$", "greater than the maxi"),
    ("a fraction", but("1200", "1200.0"), r"^\$.MemoryClockRate$", "not of type 'integer'"),
    ("no name", but('"Name": "Acme Anvil",', ""), r"^\$$", "'Name' is a required property"),
    ("an unknown key", but('"BusWidth"', '"BusWdith"'),
     r"^\$.MemorySubsystem.MemoryTypes\[0\]$", "'BusWdith' was unexpected"),
    ("a wrong type", but("65536", '"64 KiB"'),
     r"^\$.MemorySubsystem.MemoryTypes\[1\].Size$", "'64 KiB' is not of type 'integer'"),
    ("a reference to itself", but('"Count": 32', '"$ref": "#"'),
     r"^\$.CoreSubsystem.SubUnits\[0\].SubUnits\[0\]$", r"'\$ref' was unexpected"),
    ("an alias twice", but('"AV-One"', '"anvil"'), r"^\$.Aliases$", "not unique"),
    ("named otherwise", but('"av1"', '"av2"'), r"^\$$", "a file named acme-gpu-av2.json"),
    ("a path in a name", but('"av1"', '"../av1"'), r"^\$.Architecture$", "does not match"),
]  # fmt: skip


def refused(ours: Path, theirs: Path, caplog: pytest.LogCaptureFixture) -> nexus.RecordError:
    """Return the error of the bad record, and check that the good ones are read."""
    database = Database([theirs, ours])
    with pytest.raises(nexus.RecordError) as caught:
        database.lookup("av1")
    error = caught.value
    assert error.file == str(theirs / "acme-gpu-av1.json")
    assert str(error).startswith(f"{error.file}: ")
    assert str(error).endswith(error.reason)
    assert len(str(error)) < 1000
    with pytest.raises(nexus.RecordError):
        database["acme-gpu-av1"]
    caplog.clear()
    with caplog.at_level(logging.WARNING, "nexus"):
        assert database.lookup("bolt")["Name"] == "Acme Bolt"
    assert str(error) in caplog.text
    assert database.find("acme", "gpu", "bolt")["Name"] == "Acme Bolt"
    return error


@pytest.mark.parametrize(
    ("raw", "place", "reason"), [pytest.param(*case, id=name) for name, *case in CASES]
)
def test_bad_records(ours, theirs, caplog, raw, place, reason):
    (theirs / "acme-gpu-av1.json").write_bytes(raw)
    error = refused(ours, theirs, caplog)
    assert re.search(place, error.place), error
    assert re.search(reason, error.reason), error
    assert (error.place, error.reason) in records.check(error.file)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_huge_file_is_not_read(ours, theirs, caplog):
    with open(theirs / "acme-gpu-av1.json", "wb") as file:
        file.truncate(1 << 30)
    error = refused(ours, theirs, caplog)
    assert "1073741824 bytes, and 1048576 is the limit" in error.reason


def test_the_largest_file_that_is_read(ours, theirs):
    path = write(theirs, Name="Large")
    path.write_bytes(path.read_bytes().ljust(records.MAX_SIZE))
    assert Database([theirs, ours])["acme-gpu-av1"]["Name"] == "Large"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(nexus.RecordError, match="is the limit"):
        Database([theirs, ours])["acme-gpu-av1"]


@pytest.mark.parametrize(
    "kind", ["fifo", "folder", "loop", "dangling", "outside", "above", "sibling"]
)
def test_only_regular_files_of_the_folder_are_read(ours, theirs, caplog, kind):
    path = theirs / "acme-gpu-av1.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "dangling":
        path.symlink_to("nothing")
    elif kind == "outside":
        path.symlink_to(ours / path.name)
    elif kind == "sibling":
        # Its name begins with that of the folder.
        path.symlink_to(write(theirs.with_name(theirs.name + "-x")))
    else:
        (theirs / "below").symlink_to(ours)
        path.symlink_to("below/acme-gpu-av1.json")
    error = refused(ours, theirs, caplog)
    if kind in ("outside", "above", "sibling"):
        assert f"outside of {theirs}" in error.reason
    else:
        assert error.reason.startswith(("it cannot be read: ", "it is not a regular file"))


def test_links_within_the_folder_are_followed(ours, theirs):
    path = write(theirs)
    (theirs / "real").mkdir()
    path.rename(theirs / "real" / path.name)
    path.symlink_to(Path("real") / path.name)
    link = theirs.parent / "link"
    link.symlink_to(theirs)
    assert Database([link, ours]).lookup("av1").to_dict() == GOOD


def test_without_the_checker_records_of_others_are_refused(ours, theirs, monkeypatch):
    write(theirs)
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    validation._validator.cache_clear()
    database = Database([theirs, ours])
    for ask in (lambda: database["acme-gpu-av1"], lambda: database.lookup("anvil")):
        with pytest.raises(ImportError, match=r'pip install "nexus-device\[db\]"'):
            ask()
    assert database.lookup("bx-2")["Name"] == "Acme Bolt"


def test_a_good_record_passes_the_check(ours):
    assert records.check(str(ours / "acme-gpu-av1.json")) == []
    assert records.check(str(ours / "nothing.json"))[0][1].startswith("it cannot be read")


def nested(depth: int) -> dict[str, object]:
    units: list[object] = []
    for _ in range(depth):
        units = [{"Type": "Core", "SubUnits": units}]
    return {"SubUnits": units}


def test_the_deepest_record_that_is_read(ours, theirs):
    # The record, its CoreSubsystem and the innermost list; each level is a list and an object.
    deepest = (MAX_DEPTH - 3) // 2
    write(theirs, CoreSubsystem=nested(deepest))
    found = Database([theirs, ours])["acme-gpu-av1"]
    assert found.get(["CoreSubsystem", *["SubUnits", 0] * deepest, "Type"]) == "Core"
    write(theirs, CoreSubsystem=nested(deepest + 1))
    with pytest.raises(nexus.RecordError, match="deeper"):
        Database([theirs, ours])["acme-gpu-av1"]


def test_many_errors_are_reported_quickly(ours, theirs):
    path = write(theirs, Aliases=[1, "a", None] * 50_000)
    problems = records.check(str(path))
    assert len(problems) == 100
    with pytest.raises(nexus.RecordError, match=r"\$.Aliases"):
        Database([theirs, ours])["acme-gpu-av1"]
