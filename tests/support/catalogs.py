"""Contents of the catalogs that tests write."""

from __future__ import annotations

import hashlib

ARGUMENTS = [
    {"Name": "a", "Kind": "in", "DataType": "F32"},
    {"Name": "b", "Kind": "out", "DataType": "F32"},
    {"Name": "factor", "Kind": "scalar", "DataType": "F32"},
]


def sha256(raw: bytes) -> str:
    """Return a SHA-256 in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()
