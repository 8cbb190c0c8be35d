"""Device descriptions as trees, with the units that the schema and the header tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nexus._enums import property as Property
from nexus.device_db.trees import Node, indented
from nexus.device_db.units import quantity
from nexus.device_db.validation import schema
from nexus.properties import Properties

# In the schema's and the header's descriptions a unit comes after "in".
_UNIT = re.compile(
    r"\bin (TFLOP/s, or TOP/s|bytes per clock cycle|clock cycles|bytes/s|bytes|bits|MHz|GB/s|MT/s"
    r"|TOP/s|mm\^2|nm|ns|ms|W|%)(?![\w/])"
)


def nodes(description: Mapping[str, Any]) -> list[Node]:
    """Return the properties of a record or a device, single values before objects.

    Parameters
    ----------
    description : mapping
        Values, lists and mappings, as ``Properties.to_dict`` returns them.
    """
    return _nodes(description, schema("gpu_architecture_schema"))


def format_device_info(info: Mapping[str, Any]) -> str:
    """Return a description of a device as text, a line for each property.

    Parameters
    ----------
    info : mapping
        A record of the device database, or what ``Device.get_info`` returns.

    Returns
    -------
    str
        The properties with their units; those of a subtree are indented by two spaces.

    Examples
    --------
    >>> import nexus
    >>> text = nexus.format_device_info({"Name": "A", "Limits": {"MaxThreadsPerBlock": 64}})
    >>> print(text)
    Name: A
    Limits
      MaxThreadsPerBlock: 64
    """
    tree = info.to_dict() if isinstance(info, Properties) else info
    if not isinstance(tree, Mapping):
        raise TypeError(
            f"expected the properties of a device, got {type(info).__name__}; pass what its "
            "get_info() returns"
        )
    return "\n".join(line for node in nodes(tree) for line in indented(node))


def _nodes(description: Mapping[str, Any], shape: Mapping[str, Any]) -> list[Node]:
    shapes = shape.get("properties", {})
    return [
        _node(name, value, shapes.get(name, {}))
        for name, value in sorted(description.items(), key=lambda item: _is_nested(item[1]))
    ]


def _node(name: str, value: Any, shape: Mapping[str, Any]) -> Node:
    resolved = _resolved(shape)
    if isinstance(value, Mapping):
        return Node(name, "", _nodes(value, resolved))
    unit = _unit(name, shape)
    if not isinstance(value, list):
        return Node(name, quantity(value, unit))
    if not _is_nested(value):
        return Node(name, ", ".join(quantity(item, unit) for item in value) or "none")
    items = _resolved(resolved.get("items", {}))
    return Node(name, "", [_item(place, item, items) for place, item in enumerate(value)])


def _item(place: int, value: Any, shape: Mapping[str, Any]) -> Node:
    if not isinstance(value, Mapping):
        return _node(f"[{place}]", value, shape)
    title = next((str(value[key]) for key in ("Type", "Name", "Title") if key in value), "")
    return Node(f"[{place}] {title}".rstrip(), "", _nodes(value, shape))


def _is_nested(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, (Mapping, list)) for item in value)
    return isinstance(value, Mapping)


def _resolved(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = shape.get("$ref")
    if reference is None:
        return shape
    found: Mapping[str, Any] = schema("gpu_architecture_schema")
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _unit(name: str, shape: Mapping[str, Any]) -> str:
    text = shape.get("description", "")
    if not text and name in Property.__members__:
        text = Property[name].__doc__ or ""
    found = _UNIT.search(text)
    return found[1] if found else ""
