"""Strategies for documents that are valid under the package's JSON Schemas."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
_KNOWN = {
    *("$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "if", "else"),
    *("properties", "required", "additionalProperties", "minProperties"),
    *("items", "minItems", "maxItems", "uniqueItems"),
    *("pattern", "minLength", "maxLength", "minimum", "maximum"),
}
# At this depth only required parts are generated, since schemas of trees are recursive.
_DEPTH = 7


def documents(schema: Schema) -> st.SearchStrategy[Any]:
    """Return a strategy for documents that a schema allows."""
    return _any(schema, schema["$defs"], 0)


def _any(part: Schema, definitions: dict[str, Schema], depth: int) -> st.SearchStrategy[Any]:
    assert part.keys() <= _KNOWN, f"the strategy does not know {part.keys() - _KNOWN}"
    if "$ref" in part:
        return _any(definitions[part["$ref"].removeprefix("#/$defs/")], definitions, depth)
    if "enum" in part:
        return st.sampled_from(part["enum"])
    kind = part["type"]
    if kind == "object":
        return _object(part, definitions, depth)
    if kind == "array":
        return _array(part, definitions, depth)
    if kind == "string":
        return _string(part)
    if kind == "boolean":
        return st.booleans()
    limits = (part["minimum"], part["maximum"])
    if kind == "integer":
        return st.integers(*limits)
    assert kind == "number"
    return st.one_of(st.integers(int(limits[0]), 2**63), st.floats(*limits))


def _object(part: Schema, definitions: dict[str, Schema], depth: int) -> st.SearchStrategy[Any]:
    assert part["additionalProperties"] is False
    # What is required without the exception is allowed with it too.
    required = [*part.get("required", []), *part.get("else", {}).get("required", [])]

    def later(value: Schema) -> st.SearchStrategy[Any]:
        return st.deferred(lambda: _any(value, definitions, depth + 1))

    properties = {name: later(value) for name, value in part["properties"].items()}
    always = {name: properties[name] for name in required}
    if depth >= _DEPTH and required:
        return st.fixed_dictionaries(always)
    # A few of the optional properties: all of them together would make huge documents.
    names = [name for name in properties if name not in required]
    least = max(0, part.get("minProperties", 0) - len(required))

    def chosen(names: list[str]) -> st.SearchStrategy[Any]:
        return st.fixed_dictionaries({**always, **{name: properties[name] for name in names}})

    chosen_names = st.lists(
        st.sampled_from(names), min_size=least, max_size=max(least, 5 - depth), unique=True
    )
    return chosen_names.flatmap(chosen)


def _array(part: Schema, definitions: dict[str, Schema], depth: int) -> st.SearchStrategy[Any]:
    least = part.get("minItems", 0)
    most = min(part.get("maxItems", least + 3), least + 3)
    if depth >= _DEPTH:
        most = least
    items = st.deferred(lambda: _any(part["items"], definitions, depth + 1))
    return st.lists(items, min_size=least, max_size=most, unique=part.get("uniqueItems", False))


def _string(part: Schema) -> st.SearchStrategy[str]:
    least, most = part.get("minLength", 0), part.get("maxLength", 20)
    if "pattern" not in part:
        text = st.text(st.characters(codec="utf-8"), min_size=least, max_size=min(most, 20))
        return text.filter(lambda text: len(text) >= least)
    # fullmatch, since $ also matches before a final newline.
    pattern = part["pattern"].removeprefix("^").removesuffix("$")
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: least <= len(text) <= most)
