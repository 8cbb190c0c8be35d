"""Finds the parts of a tree of headers: the umbrella, the list of properties, its own files."""

from __future__ import annotations

from pathlib import Path

UMBRELLA = "nexus-api.h"


class HeaderError(Exception):
    """A header cannot be read: ``file:line: reason``."""


class HeaderTree:
    """A folder of headers, one of which includes all others.

    Parameters
    ----------
    path : Path
        The folder, or the umbrella header in it.
    """

    def __init__(self, path: Path) -> None:
        self.umbrella = path if path.is_file() else _umbrella_in(path)
        self.root = self.umbrella.parent
        self._own: dict[str, bool] = {}

    def property_list(self) -> Path | None:
        """Return the header with the list of properties, relative to the root."""
        found = sorted(self.root.rglob("_nxs_propert*.h"))
        return found[0].relative_to(self.root) if found else None

    def owns(self, file: str) -> bool:
        """Whether a file belongs to the tree."""
        if file not in self._own:
            root = self.root.resolve()
            self._own[file] = Path(file).is_file() and root in Path(file).resolve().parents
        return self._own[file]


def _umbrella_in(folder: Path) -> Path:
    """Return nexus-api.h, or the only header beside a folder of its name."""
    if (folder / UMBRELLA).is_file():
        return folder / UMBRELLA
    found = sorted(path for path in folder.glob("*.h") if path.with_suffix("").is_dir())
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        reason = f"which header includes all others? Name one of {names} with --headers"
        raise HeaderError(f"{folder}:1: {reason}")
    raise HeaderError(f"{folder / UMBRELLA}:1: there is no such file")
