"""Entry points of installed packages, found without the slow import of importlib.metadata."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.machinery import PathFinder
from typing import Any

_ENDINGS = (".dist-info", ".egg-info")


def entry_points(group: str) -> Iterable[Any]:
    """Return the entry points of a group.

    `importlib.metadata` takes some 15 ms to import, and few installations have a group of ours, so
    it is used only if a package names the group, or packages can be elsewhere than in folders.

    Parameters
    ----------
    group : str
        The group's name.

    Returns
    -------
    iterable of importlib.metadata.EntryPoint
    """
    if not _may_have(group):
        return ()
    from importlib.metadata import entry_points as find

    return find(group=group)


def _may_have(group: str) -> bool:
    # Finders of other kinds may know further packages.
    if any(hasattr(one, "find_distributions") and one is not PathFinder for one in sys.meta_path):
        return True
    return any(_names(folder or os.curdir, group.encode()) for folder in sys.path)


def _names(folder: str, group: bytes) -> bool:
    """Return whether a package in a folder of ``sys.path`` may name a group."""
    try:
        found = [name for name in os.listdir(folder) if name.endswith(_ENDINGS)]
    except NotADirectoryError:
        # An archive, or an egg.
        return True
    except OSError:
        return False
    for name in found:
        try:
            with open(f"{folder}/{name}/entry_points.txt", "rb", buffering=0) as file:
                if group in file.readall():
                    return True
        except FileNotFoundError:
            continue
        except OSError:
            return True
    return False
