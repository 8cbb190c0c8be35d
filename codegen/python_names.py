"""Names for Python: those of C, unless Python does not allow them."""

from __future__ import annotations

import keyword

# Names that the classes of Python's enums cannot give to members.
RESERVED = {"mro"}


def python_name(name: str) -> str:
    """Return a name that Python allows: ``class_`` for ``class``, ``_3`` for ``3``."""
    if keyword.iskeyword(name) or name in RESERVED:
        return f"{name}_"
    return name if name.isidentifier() else f"_{name}"


def python_names(names: list[str]) -> list[str]:
    """Return different names for the parameters of a function."""
    found: list[str] = []
    for name in map(python_name, names):
        while name in ("self", "plugin", *found):
            name = f"{name}_"
        found.append(name)
    return found
