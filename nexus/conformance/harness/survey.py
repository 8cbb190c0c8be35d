"""Finds out, before the checks, which kernels a plugin can run and what the kit must allow for."""

from __future__ import annotations

import array
import enum
from dataclasses import dataclass
from pathlib import Path

from nexus._enums import data_type
from nexus.conformance.harness import recipe as recipes
from nexus.conformance.harness.call_arguments import Argument, Dim3, Layout, Out
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.worker import Worker

_F32, _I32 = int(data_type.F32), int(data_type.I32)

# What a launch of add takes beyond libraries and kernels.
_LAUNCH = (
    *("CreateBuffer", "CreateSchedule", "CreateCommand", "SetCommandArgument"),
    *("SetCommandScalar", "FinalizeCommand", "RunSchedule", "CopyBuffer"),
)

# Launch of the trial: groups, and items of a group.
_GROUPS, _ITEMS = 8, 8

# Seconds in which a library is compiled or loaded.
_PATIENCE = 60.0


@dataclass(frozen=True)
class Survey:
    """What the kit knows of a plugin before the checks.

    Attributes
    ----------
    recipe : Recipe or None
        The kernels that it runs; if it runs none, the first ones in which it finds add.
    adds : bool
        Whether the kernel add adds; true as well where nothing could be tried.
    keep_scalars : bool
        Whether it adds only while the memory of scalars stays as it is.
    """

    recipe: Recipe | None
    adds: bool = True
    keep_scalars: bool = False


def survey(session: Session, runtime: str, folder: str | None, lenient: bool) -> Survey:
    """Try the kernels that the manifest has for a runtime, in their order.

    Parameters
    ----------
    session : Session
        Starts the workers.
    runtime : str
        The runtime's ``Name``.
    folder : str or None
        Folder of the manifest; None for the kit's own.
    lenient : bool
        Try also with scalars whose memory is kept.

    Raises
    ------
    RecipeError
        If the manifest is invalid.
    """
    work = Path(session.folder)
    first = recipes.find(runtime, folder, work)
    if first is None:
        return Survey(None)
    if not (lenient or first.guessed) and recipes.find(runtime, folder, work, 1) is None:
        return Survey(first)
    found: Recipe | None = None
    place = 0
    recipe: Recipe | None = first
    while recipe is not None:
        for keep in (False, True) if lenient else (False,):
            result = _tried(session, recipe, keep)
            if result is _Trial.ADDS:
                return Survey(recipe, keep_scalars=keep)
            if recipe.guessed and result is _Trial.FAILS:
                return Survey(None)
            if result is not _Trial.FAILS:
                found = found or recipe
            if result is _Trial.CANNOT_RUN:
                return Survey(recipe)
        place += 1
        recipe = recipes.find(runtime, folder, work, place)
    return Survey(found or first, adds=False)


class _Trial(enum.Enum):
    """Result of a trial with the kernel add."""

    ADDS = enum.auto()
    # The kernel is there, and its sums are wrong.
    WRONG = enum.auto()
    # The kernel is there, and the plugin lacks a function that a launch takes.
    CANNOT_RUN = enum.auto()
    FAILS = enum.auto()


def _tried(session: Session, recipe: Recipe, keep_scalars: bool) -> _Trial:
    """Run the kernel add of these kernels."""
    before, session.keep_scalars = session.keep_scalars, keep_scalars
    try:
        with session.worker() as worker:
            kernel = _kernel(worker, recipe)
            if not all(worker.has(name) for name in _LAUNCH):
                return _Trial.CANNOT_RUN
            try:
                return _Trial.ADDS if _sums(worker, kernel) else _Trial.WRONG
            except (Failure, _RefusedError):
                return _Trial.WRONG
    except (Failure, _RefusedError):
        # The checks report it.
        return _Trial.FAILS
    finally:
        session.keep_scalars = before


class _RefusedError(Exception):
    """A call of the trial failed."""


def _ok(worker: Worker, name: str, *arguments: Argument) -> int:
    value = worker.call(name, *arguments, timeout=_PATIENCE).value
    if value < 0:
        raise _RefusedError(name)
    return value


def _kernel(worker: Worker, recipe: Recipe) -> int:
    if "add" not in recipe.names:
        raise _RefusedError("there is no kernel add")
    if worker.has("CreateLibrary"):
        library = _ok(worker, "CreateLibrary", 0, recipe.image, len(recipe.image), 0)
    elif recipe.path is not None:
        library = _ok(worker, "CreateLibraryFromFile", 0, str(recipe.path), 0)
    else:
        raise _RefusedError("libraries come from files, and these kernels have none")
    return _ok(worker, "GetKernel", library, recipe.names["add"])


def _sums(worker: Worker, kernel: int) -> bool:
    count = _GROUPS * _ITEMS
    numbers = array.array("f", range(count))
    layout = Layout(_F32, [count])
    a, b = (_ok(worker, "CreateBuffer", 0, layout, numbers.tobytes(), 0) for _ in range(2))
    c = _ok(worker, "CreateBuffer", 0, layout, bytes(4 * count), 0)
    schedule = _ok(worker, "CreateSchedule", 0, 0)
    command = _ok(worker, "CreateCommand", schedule, kernel, 0)
    for index, buffer in enumerate((a, b, c)):
        _ok(worker, "SetCommandArgument", command, index, buffer, "", 0)
    scalar = array.array("i", [count]).tobytes()
    _ok(worker, "SetCommandScalar", command, 3, scalar, "", _I32)
    _ok(worker, "FinalizeCommand", command, Dim3(_GROUPS), Dim3(_ITEMS), 0)
    _ok(worker, "RunSchedule", schedule, -1, 0)
    found = worker.call("CopyBuffer", c, Out(4 * count), 0)
    sums = [2 * number for number in numbers]
    return found.value == 0 and array.array("f", found.outs[0]).tolist() == sums
