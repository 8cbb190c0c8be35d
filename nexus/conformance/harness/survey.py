"""Finds out, before the checks, which kernels a plugin can run and what the kit must allow for."""

from __future__ import annotations

import array
from dataclasses import dataclass
from pathlib import Path

from nexus._enums import data_type
from nexus.conformance.harness import recipe as recipes
from nexus.conformance.harness.call_arguments import Dim3, Layout, Out
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.worker import Worker

_F32, _I32 = int(data_type.F32), int(data_type.I32)

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
        The kernels that it can run; the manifest's first ones if it runs none.
    adds : bool
        Whether the kernel add was seen to add; true as well where no trial was made.
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
    if not lenient and recipes.find(runtime, folder, work, 1) is None:
        return Survey(first)
    place, recipe = 0, first
    while recipe is not None:
        for keep in (False, True) if lenient else (False,):
            if "add" in recipe.names and _adds(session, recipe, keep):
                return Survey(recipe, keep_scalars=keep)
        place += 1
        recipe = recipes.find(runtime, folder, work, place)
    return Survey(first, adds=False)


def _adds(session: Session, recipe: Recipe, keep_scalars: bool) -> bool:
    """Return whether the kernel add of these kernels adds."""
    before, session.keep_scalars = session.keep_scalars, keep_scalars
    try:
        with session.worker() as worker:
            return _sums(worker, recipe)
    except (Failure, _Refused):
        # The checks report it.
        return False
    finally:
        session.keep_scalars = before


class _Refused(Exception):
    """A call of the trial failed."""


def _sums(worker: Worker, recipe: Recipe) -> bool:
    def ok(name: str, *arguments: object) -> int:
        value = worker.call(name, *arguments, timeout=_PATIENCE).value  # type: ignore[arg-type]
        if value < 0:
            raise _Refused(name)
        return value

    count = _GROUPS * _ITEMS
    numbers = array.array("f", range(count))
    layout = Layout(_F32, [count])
    a, b = (ok("CreateBuffer", 0, layout, numbers.tobytes(), 0) for _ in range(2))
    c = ok("CreateBuffer", 0, layout, bytes(4 * count), 0)
    if worker.has("CreateLibrary"):
        library = ok("CreateLibrary", 0, recipe.image, len(recipe.image), 0)
    elif recipe.path is not None:
        library = ok("CreateLibraryFromFile", 0, str(recipe.path), 0)
    else:
        return False
    kernel = ok("GetKernel", library, recipe.names["add"])
    schedule = ok("CreateSchedule", 0, 0)
    command = ok("CreateCommand", schedule, kernel, 0)
    for index, buffer in enumerate((a, b, c)):
        ok("SetCommandArgument", command, index, buffer, "", 0)
    scalar = array.array("i", [count]).tobytes()
    ok("SetCommandScalar", command, 3, scalar, "", _I32)
    ok("FinalizeCommand", command, Dim3(_GROUPS), Dim3(_ITEMS), 0)
    ok("RunSchedule", schedule, -1, 0)
    found = worker.call("CopyBuffer", c, Out(4 * count), 0)
    return found.value == 0 and array.array("f", found.outs[0]).tolist() == [
        2 * number for number in numbers
    ]
