"""The device database from C++ answers what it answers from Python."""

from __future__ import annotations

import json
import math
import os
import subprocess

import pytest
from support import cpp_programs

import nexus
from nexus.device_db.database import Database, database


@pytest.fixture(scope="session")
def program(built):
    """Return the program that writes records."""
    return built("records")


def written(value, path=""):
    """Return the lines that the program writes for a value."""
    if isinstance(value, dict):
        lines = [f"{path}\tobject\t{len(value)}"]
        return lines + [
            each for key, item in value.items() for each in written(item, f"{path}/{key}")
        ]
    if isinstance(value, list):
        lines = [f"{path}\tlist\t{len(value)}"]
        return lines + [
            each for i, item in enumerate(value) for each in written(item, f"{path}/{i}")
        ]
    if isinstance(value, str):
        return [f"{path}\tstr\t{value}"]
    if isinstance(value, bool):
        return [f"{path}\tbool\t{int(value)}"]
    if isinstance(value, int):
        return [f"{path}\tint\t{value}"]
    if isinstance(value, float):
        return [f"{path}\tfloat\t{value:.17g}"]
    return [f"{path}\tnull\t"]


def expected(records: Database, name: str) -> list[str]:
    try:
        found = records.lookup(name)
    except nexus.RecordError as error:
        return [f"RecordError {error.path}"]
    except nexus.NotFoundError:
        return ["NotFoundError"]
    return [os.path.realpath(found.origin), *written(found.to_dict())]


def answers(program, names, **more):
    """Return the lines that the program writes for each name."""
    made = subprocess.run(
        [program],
        input="".join(f"{name}\n" for name in names),
        env=cpp_programs.environment(**more),
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for part in made.stdout.split("== ")[1:]:
        name, *lines = part.splitlines()
        if lines[0].startswith("/"):
            lines[0] = os.path.realpath(lines[0])
        found[name] = lines
    return found


def test_every_leaf_of_every_record_by_every_name(program):
    records = database()
    names = set(records)
    for name, record in records.items():
        vendor, kind, architecture = name.split("-", 2)
        aliases = [record["Name"], *record.get("Aliases", [])]
        names |= {architecture, architecture.upper(), f"{name}.json", *aliases}
        names |= {f"{vendor}-{kind}-{alias}" for alias in aliases}
    names |= {"", "nothing", "nvidia", "-", "--", "nvidia-gpu-", ".json"}
    found = answers(program, sorted(names))
    assert len(found) == len(names) > 200
    assert sum(map(len, found.values())) > 8000
    for name in sorted(names):
        assert found[name] == expected(records, name), name


LEAVES = {
    "numbers": [0, -1, 2**63 - 1, -(2**63), 1.5, -0.0, 1e-300, 1.7976931348623157e308, 5e-324],
    "texts": ["", '"\\/\b\f\n\r\t', "\u20ac", "\U0001f600", "\x7f"],
    "others": [True, False, None, [], {}, [[]], {"": {"a": [1]}}],
}


@pytest.mark.parametrize("escaped", [True, False])
def test_values_of_all_kinds(program, tmp_path, escaped):
    record = {"Name": "Acme Bolt", "Vendor": "acme", "Type": "gpu", "Architecture": "bx-2"}
    record |= LEAVES
    text = json.dumps(record, ensure_ascii=escaped, indent=2 if escaped else None)
    (tmp_path / "acme-gpu-bx-2.json").write_text(text, "utf-8")
    (lines,) = answers(program, ["bx-2"], NEXUS_DEVICE_PATH=str(tmp_path)).values()
    # A line break in a value breaks the line of the answer too.
    assert (
        lines[1:] == "\n".join(written(record)).split("\n")
        or [part for line in written(record) for part in line.splitlines()] == lines[1:]
    )
    assert math.copysign(1, record["numbers"][5]) == -1


REFUSED = {
    "empty": "",
    "list": "[]",
    "comma": '{"a": 1,}',
    "comment": '{"a": 1} // x',
    "twice": '{"a": 1, "a": 2}',
    "leading zero": '{"a": 01}',
    "no number": '{"a": -}',
    "point": '{"a": 1.}',
    "exponent": '{"a": 1e}',
    "infinite": '{"a": 1e999}',
    "constant": '{"a": NaN}',
    "long": '{"a": ' + "1" * 401 + "}",
    "deep": '{"a": ' + "[" * 64 + "]" * 64 + "}",
    "control": '{"a": "\x01"}',
    "escape": '{"a": "\\x"}',
    "half": '{"a": "\\ud800"}',
    "cut": '{"a": "b',
    "byte order mark": "\ufeff{}",
    "unnamed": "{}",
    "other file": '{"Name": "x", "Vendor": "a", "Type": "b", "Architecture": "c"}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(program, tmp_path, name):
    path = tmp_path / "acme-gpu-bx-2.json"
    path.write_text(REFUSED[name], "utf-8")
    (lines,) = answers(program, [path.name], NEXUS_DEVICE_PATH=str(tmp_path)).values()
    assert lines == [f"RecordError {path}"]
    with pytest.raises(nexus.RecordError):
        Database([str(tmp_path)])["acme-gpu-bx-2"]


def test_bytes_that_are_not_text(program, tmp_path):
    path = tmp_path / "acme-gpu-bx-2.json"
    for wrong in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        path.write_bytes(b'{"Name": "' + wrong + b'"}')
        (lines,) = answers(program, [path.name], NEXUS_DEVICE_PATH=str(tmp_path)).values()
        assert lines == [f"RecordError {path}"]


def test_files_that_are_no_records(program, tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside.json"
    inside.mkdir()
    outside.write_text('{"Name": "x", "Vendor": "a", "Type": "b", "Architecture": "c"}')
    (inside / "a-b-c.json").symlink_to(outside)
    os.mkfifo(inside / "a-b-d.json")
    (inside / "a-b-e.json").write_bytes(b" " * (1 << 20) + b"{}")
    (inside / "a-b-f.json").mkdir()
    names = ["a-b-c", "a-b-d", "a-b-e", "a-b-f"]
    for name, lines in answers(program, names, NEXUS_DEVICE_PATH=str(inside)).items():
        assert lines == [f"RecordError {inside / name}.json"]


def test_folders_and_precedence(program, tmp_path, ours, theirs):
    """The first of several folders has precedence; a folder that is not there does no harm."""
    record = nexus.lookup_device_info("sm_70").to_dict() | {"Name": "Mine"}
    (theirs / "nvidia-gpu-sm_70.json").write_text(json.dumps(record))
    folders = f"{tmp_path / 'nothing'}:{theirs}:{ours}"
    found = answers(program, ["sm_70", "bolt", "Mine"], NEXUS_DEVICE_PATH=folders)
    assert found["sm_70"][0] == str(theirs / "nvidia-gpu-sm_70.json")
    assert found["bolt"][0].startswith(str(ours))
    assert found["Mine"] == found["sm_70"]


def test_all_that_is_known_of_a_device(program, cpu):
    (lines,) = answers(program, ["device"]).values()
    info = cpu.get_info()
    known = written(info.to_dict())
    changing = ("/CoreUtilization", "/CoreClockRate", "/MemoryUtilization")
    for found, wanted in zip(sorted(lines[1:]), sorted(known), strict=True):
        if not wanted.startswith(changing):
            assert found == wanted
    assert len(known) > 40


@pytest.mark.parametrize(
    ("vendor", "architecture", "product"),
    [
        ("amd", "gfx90a:sramecc+:xnack-", "AMD Instinct MI250X"),
        ("intel", "", "Intel(R) UHD Graphics 730 [0x4692]"),
        ("intel", "xe-lp", "Intel(R) Arc(TM) A770 Graphics"),
        ("apple", "applegpu_g13s", "Apple M1 Max (G13C C0)"),
        ("arm", "mali-g710", "Mali-G710 r0p0"),
        ("intel", "", "Intel(R) Graphics [0xa780]"),
        ("intel", "", ""),
    ],
)
def test_the_record_of_a_device(program, vendor, architecture, product):
    line = "\t".join(["find", vendor, "gpu", architecture, product])
    found = database().find(vendor, "gpu", architecture, product)
    lines = ["NotFoundError"]
    if found is not None:
        lines = [os.path.realpath(found.origin), *written(found.to_dict())]
    assert answers(program, [line]) == {line: lines}


def test_features_of_an_architecture_are_ignored(program):
    names = ["gfx90a:xnack-", "amd-gpu-gfx90a:xnack-", "gfx90x:xnack-", ":xnack-"]
    wanted = {name: expected(database(), name) for name in names}
    assert answers(program, names) == wanted
