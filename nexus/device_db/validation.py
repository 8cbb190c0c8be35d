"""Validates documents against the package's JSON Schemas; needs the extra ``db``."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, cast

from nexus._objects.distribution import install_command

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The second is used in a checkout that has not been built.
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
    """Return the errors of a document.

    Parameters
    ----------
    document : object
        The document as ``json.load`` returns it.
    schema_name : str
        See `schema`.

    Returns
    -------
    list of tuple
        JSON path, such as ``$.Limits.MaxThreadsPerBlock``, and reason of each error, at most a
        hundred; empty for a valid document.

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
    if error.validator in ("oneOf", "anyOf"):
        # The validator does not name the keys.
        keys = " and ".join(repr(key) for one in error.validator_value for key in one["required"])
        number = "exactly" if error.validator == "oneOf" else "at least"
        text = f"{number} one of {keys} has to be there"
    return text if len(text) <= 300 else f"{text[:200]} ... {text[-80:]}"


def _is_integer(checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


@cache
def _validator(schema_name: str) -> Any:
    try:
        # Not an import statement, so that type checks do not depend on whether it is installed.
        jsonschema: Any = importlib.import_module("jsonschema")
    except ModuleNotFoundError as error:
        raise ImportError(
            "catalogs and records in NEXUS_DEVICE_PATH are validated with jsonschema, which is not "
            f"installed: {install_command('db')}",
            name=error.name,
        ) from error
    draft = jsonschema.Draft202012Validator

    def unique_items(_: Any, unique: bool, items: Any, __: Any) -> Iterator[Any]:
        # The validator's own check takes quadratic time for items that cannot be sorted.
        if unique and isinstance(items, list):
            texts = {json.dumps(item, sort_keys=True) for item in items}
            if len(texts) < len(items):
                yield jsonschema.ValidationError("the items are not unique")

    # JSON Schema accepts 1.0 as an integer, but get_int would refuse it.
    strict = jsonschema.validators.extend(
        draft,
        {"uniqueItems": unique_items},
        type_checker=draft.TYPE_CHECKER.redefine("integer", _is_integer),
    )
    return strict(schema(schema_name))
