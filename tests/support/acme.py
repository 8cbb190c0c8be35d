"""A valid record, and files of variants of it."""

from __future__ import annotations

import json
from pathlib import Path

GOOD = {
    "Name": "Acme Anvil",
    "Vendor": "acme",
    "Type": "gpu",
    "Architecture": "av1",
    "ReleaseYear": 2020,
    "Aliases": ["anvil", "AV-One"],
    "MemoryClockRate": 1200,
    "MaxPower": 250,
    "DataTypes": ["F32", "F16"],
    "CoreSubsystem": {
        "Count": 4,
        "CountProperty": "Count",
        "SubUnits": [
            {
                "Type": "Core",
                "Count": 4,
                "CountProperty": "Count",
                "SubUnits": [{"Type": "FP32", "Count": 32, "TotalCount": 128}],
            }
        ],
    },
    "MemorySubsystem": {
        "SupportedMemoryTypes": ["GDDR6"],
        "MemoryTypes": [
            {"Type": "GDDR6", "BusWidth": 256, "SizeProperty": "GlobalMemorySize"},
            {"Type": "L2", "Size": 65536, "SizeProperty": "CoreMemorySize", "Count": 4,
             "CountProperty": "Count", "TotalSize": 262144},
        ],
    },
}  # fmt: skip


def write(folder: Path, **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    record = {**GOOD, **changes}
    name = "-".join(str(record[key]) for key in ("Vendor", "Type", "Architecture"))
    path = folder / f"{name}.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path
