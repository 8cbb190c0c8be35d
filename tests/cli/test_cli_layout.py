"""Tables, trees and quantities as plain text."""

from __future__ import annotations

import doctest

from nexus.cli.tables import Share, Table, aligned, cards
from nexus.device_db import units
from nexus.device_db.outline import _UNIT, nodes
from nexus.device_db.trees import Node, clean, indented
from nexus.device_db.validation import schema


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


def test_trees_show_units():
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
        # Descriptions of counts begin with "Number of"; those of nested objects may differ.
        counted = "umber of" in value.get("description", "")
        assert counted or "properties" in value or _UNIT.search(value["description"]), name
