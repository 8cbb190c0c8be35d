"""Finds the kernels that the kit runs on a plugin."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nexus

KERNELS = ("add", "fill", "barrier", "copy", "endless", "fail")

OWN = Path(__file__).parents[1] / "kernels"

# The manifest's entry for every runtime that it does not name.
ANY = "*"


class RecipeError(Exception):
    """A manifest of kernels cannot be used."""


@dataclass(frozen=True)
class Recipe:
    """Kernels for a plugin: an image, and the kernels' names in it.

    Attributes
    ----------
    image : bytes
        Data for ``CreateLibrary``.
    path : Path or None
        File for ``CreateLibraryFromFile``; None if the image is text in the manifest.
    names : dict
        Names in the library, by the kit's names.
    note : str
        Why the image differs from the manifest's; empty if it does not.
    guessed : bool
        Whether the manifest does not name the runtime, so that its plugin may not take the image.
    """

    image: bytes
    path: Path | None = None
    names: dict[str, str] = field(default_factory=dict)
    note: str = ""
    guessed: bool = False


@functools.lru_cache
def find(runtime: str, folder: str | None, work: Path, place: int = 0) -> Recipe | None:
    """Return the kernels for a runtime; None if the manifest has none for it.

    Parameters
    ----------
    runtime : str
        The runtime's ``Name``.
    folder : str or None
        Folder of a manifest; None for the kit's own.
    work : Path
        Folder for images that are compiled.
    place : int, optional
        0 for the entry itself; from 1 those that it lists under ``otherwise``, for plugins that
        cannot run it.

    Raises
    ------
    RecipeError
        If the folder has no manifest, or the manifest is invalid.
    """
    base = Path(folder) if folder else OWN
    path = base / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
        entry = manifest.get(runtime, manifest.get(ANY))
        if entry is None:
            return None
        entries = [entry, *entry.get("otherwise", ())]
        if place >= len(entries):
            return None
        recipe = _recipe(entries[place], base, work, place)
        return replace(recipe, guessed=runtime not in manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeError(f"{path}: {type(error).__name__}: {error}") from error


def _recipe(entry: dict[str, Any], base: Path, work: Path, place: int) -> Recipe:
    names = dict(entry["names"])
    unknown = sorted(set(names) - set(KERNELS))
    if unknown:
        raise ValueError(f"there is no kernel {unknown[0]!r} in the kit; those are {KERNELS}")
    if "text" in entry:
        return Recipe(str(entry["text"]).encode(), None, names)
    path = (base / entry["file"]).resolve()
    note = ""
    if "compile" in entry:
        target = work / f"{path.stem}{place or ''}.image"
        path, note = _compiled(entry["compile"], path, target)
    return Recipe(path.read_bytes(), path, names, note)


def _compiled(command: list[str], source: Path, target: Path) -> tuple[Path, str]:
    """Return the image that the command makes; if it fails, the source and the reason."""
    fields = {"file": str(source), "output": str(target), "include": nexus.get_include()}
    fields["python"] = sys.executable
    words = [word.format(**fields) for word in command]
    try:
        made = subprocess.run(words, capture_output=True, text=True, errors="replace")
        why = made.stderr.strip() if made.returncode else ""
        failed = made.returncode != 0
    except OSError as error:
        why, failed = str(error), True
    if not failed:
        return target, ""
    told = (why.splitlines() or ["it says nothing"])[0]
    return source, f"the kernels are given as source, since {words[0]} cannot compile them: {told}"
