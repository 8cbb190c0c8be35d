"""Checks documents against the package's JSON Schemas; needs the extra ``nexus[db]``."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, cast

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Beside the package in a checkout that was not built yet.
_FOLDERS = (os.path.join(_PACKAGE, "schema"), os.path.join(os.path.dirname(_PACKAGE), "schema"))

_MOST_ERRORS = 100


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema.

    Parameters
    ----------
    name : str
        ``"gpu_architecture_schema"`` or ``"kernel_catalog"``.
    """
    places = [os.path.join(folder, f"{name}.json") for folder in _FOLDERS]
    for place in places:
        if os.path.exists(place):
            with open(place, encoding="utf-8") as file:
                return cast("dict[str, Any]", json.load(file))
    raise FileNotFoundError(f"the schema is neither in {places[0]} nor in {places[1]}")


def validate(document: Any, schema_name: str) -> list[tuple[str, str]]:
    """Return what is wrong with a document.

    Parameters
    ----------
    document : object
        As ``json.load`` returns it.
    schema_name : str
        See `schema`.

    Returns
    -------
    list of tuple
        The JSON path, such as ``$.Limits.MaxThreadsPerBlock``, and the reason of each thing that
        is wrong, or of a hundred of them; empty where nothing is.

    Raises
    ------
    ImportError
        If ``jsonschema`` is not installed.
    """
    errors = islice(_validator(schema_name).iter_errors(document), _MOST_ERRORS)
    return [
        (error.json_path, _reason(error))
        for error in sorted(errors, key=lambda error: str(error.json_path))
    ]


def _reason(error: Any) -> str:
    text = str(error.message)
    if error.validator == "oneOf":
        # The checker does not say which of them.
        keys = " and ".join(repr(key) for one in error.validator_value for key in one["required"])
        text = f"exactly one of {keys} has to be there"
    return text if len(text) <= 300 else f"{text[:200]} ... {text[-80:]}"


def _is_integer(checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


@cache
def _validator(schema_name: str) -> Any:
    try:
        # Not by a statement: whether its types are installed is no matter of the package's.
        jsonschema: Any = importlib.import_module("jsonschema")
    except ModuleNotFoundError as error:
        raise ImportError(
            "records of one's own and catalogs are checked with jsonschema, which is not "
            'installed: pip install "nexus[db]"',
            name=error.name,
        ) from error
    draft = jsonschema.Draft202012Validator

    def unique_items(_: Any, unique: bool, items: Any, __: Any) -> Iterator[Any]:
        # The checker's own takes quadratic time where items cannot be sorted.
        if unique and isinstance(items, list):
            texts = {json.dumps(item, sort_keys=True) for item in items}
            if len(texts) < len(items):
                yield jsonschema.ValidationError("the items are not unique")

    # In JSON Schema 1.0 is an integer; in Python it is not, and get_int would refuse it.
    strict = jsonschema.validators.extend(
        draft,
        {"uniqueItems": unique_items},
        type_checker=draft.TYPE_CHECKER.redefine("integer", _is_integer),
    )
    return strict(schema(schema_name))
