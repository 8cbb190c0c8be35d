"""Generated records: valid ones are read and answer every path, invalid ones are refused."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.from_schema import documents

import nexus
from nexus.device_db.database import Database
from nexus.device_db.validation import schema, validate

SCHEMA = schema("gpu_architecture_schema")
GETTERS = ("str", "int", "flt", "str_vec", "int_vec", "flt_vec")

any_record = given(record=documents(SCHEMA))
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def reread(record: Any) -> nexus.Properties:
    """Write a record to a folder of the user, and return it as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = Path(folder, "theirs"), Path(folder, "ours")
        theirs.mkdir()
        ours.mkdir()
        name = "-".join(str(record.get(key)) for key in ("Vendor", "Type", "Architecture"))
        (theirs / f"{name.replace('/', '_')}.json").write_text(json.dumps(record), "utf-8")
        database = Database([theirs, ours])
        (found,) = database.values()
        for asked in (name, name.upper(), record["Architecture"], record["Name"]):
            assert database.lookup(asked) is found
        return found


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield each path with its value, those of inner objects and lists included."""
    if path:
        yield path, value
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for step, item in items:
            yield from leaves(item, (*path, step))


def shown(path: tuple[str | int, ...]) -> str:
    """Return a path in JSONPath notation."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "$" + "".join(steps).replace(".$schema", "['$schema']")


def right(value: Any) -> set[str]:
    """Return the getters that accept a value."""
    if isinstance(value, str):
        return {"str"}
    if isinstance(value, list):
        fit = [right(item) for item in value]
        return {f"{kind}_vec" for kind in ("str", "int", "flt") if all(kind in of for of in fit)}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"int", "flt"} if isinstance(value, int) else {"flt"}
    return set()


def put(record: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        record = record[step]
    record[path[-1]] = value


@quick
@any_record
def test_records_round_trip_and_answer_every_path(record):
    found = reread(record)
    assert found.to_dict() == record
    assert found == record
    for path, value in leaves(record):
        assert path in found
        assert found.get(path) == value
        for name in GETTERS:
            ask = getattr(found, f"get_{name}")
            if name not in right(value):
                with pytest.raises(nexus.PropertyTypeError):
                    ask(path)
                continue
            kind = {"str": str, "int": int, "flt": float}[name.removesuffix("_vec")]
            answer = ask(list(path))
            answers, values = (answer, value) if name.endswith("_vec") else ([answer], [value])
            assert answers == [kind(item) for item in values]
            assert {type(item) for item in answers} <= {kind}
        beyond = (*path, "Nothing")
        assert beyond not in found
        with pytest.raises(nexus.PropertyNotFoundError):
            found.get(beyond)


@quick
@given(record=documents(SCHEMA), data=st.data())
def test_one_wrong_value_is_refused_with_its_place(record, data):
    path, _ = data.draw(st.sampled_from(list(leaves(record))))
    wrong = data.draw(st.sampled_from([None, {"Nothing": 1}, [[None]], -1, True, "\x00" * 5000]))
    put(record, path, wrong)
    problems = validate(record, "gpu_architecture_schema")
    if wrong is True and path[-1] in ("Sparse", "Encode", "Decode"):
        assert problems == []
        return
    assert any(place.startswith(shown(path)) for place, _ in problems), problems
    assert all(len(reason) < 400 for _, reason in problems)
    if path[0] not in ("Vendor", "Type", "Architecture"):
        with pytest.raises(nexus.RecordError):
            reread(record)


@quick
@given(record=documents(SCHEMA), data=st.data())
def test_one_unknown_name_is_refused_with_its_place(record, data):
    objects = [((), record), *((path, value) for path, value in leaves(record))]
    path, target = data.draw(st.sampled_from([e for e in objects if isinstance(e[1], dict)]))
    target["Nothing"] = 1
    ((place, reason),) = validate(record, "gpu_architecture_schema")
    assert place == shown(path)
    assert "'Nothing' was unexpected" in reason
    with pytest.raises(nexus.RecordError, match="Nothing"):
        reread(record)


@settings(max_examples=300, deadline=None, database=None)
@given(raw=st.one_of(st.binary(max_size=200), st.text('{}[]":,\\ \n0123456789eE.-nulltruefasNI')
       .map(str.encode)))  # fmt: skip
def test_arbitrary_bytes_are_refused_with_their_file(raw):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a-b-c.json")
        path.write_bytes(raw)
        with pytest.raises(nexus.RecordError) as caught:
            Database([folder])["a-b-c"]
        assert caught.value.file == str(path)
