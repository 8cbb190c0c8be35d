"""The number of examples that the conformance kit's fuzzer needs to find planted bugs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import nexus
from benchmarks.compiler import compile_file
from benchmarks.harness import CannotRunError, Goal, Report, row

_MUTANTS = Path(__file__).parent.parent / "tests" / "conformance" / "mutants"
_EXAMPLES = 1000
_SEEDS = range(1, 6)


def run(quick: bool) -> Report:
    """Fuzz the reference plugin with each bug, from several seeds."""
    try:
        from nexus.conformance.harness import recipe
    except ImportError as error:
        raise CannotRunError(f"the extra [conformance] is not installed: {error}") from error
    rows, notes = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernels = recipe.find("reference", None, folder)
        for bug in _bugs(quick):
            title = f"{bug['kind']}: {' and '.join(bug['mutants'])}"
            plugin = _compile(bug, folder)
            found = [_find(plugin, kernels, bug, seed) for seed in _SEEDS[: 1 if quick else None]]
            # A bug that was not found counts as found beyond the limit.
            after = [float(example or 2 * _EXAMPLES) for example, _ in found]
            rows.append(row(title, "examples", after, None, Goal("median", _EXAMPLES)))
            count = sum(0 < example <= _EXAMPLES for example, _ in found)
            how = ", ".join(sorted({how for _, how in found if how}))
            under = ", with AddressSanitizer" if bug["sanitize"] else ""
            notes.append(f"{title}{under}: found from {count} of {len(found)} seeds, as {how}")
    return Report(rows, notes)


def _bugs(quick: bool) -> list[dict[str, Any]]:
    bugs: list[dict[str, Any]] = json.loads((_MUTANTS / "planted.json").read_text("utf-8"))
    return bugs[:1] if quick else bugs


def _compile(bug: dict[str, Any], folder: Path) -> Path:
    options = ["-std=gnu11", "-O2", "-w", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread"]
    options += ["-fsanitize=address", "-g"] if bug["sanitize"] else []
    options += [f"-I{nexus.get_include()}", *(f"-DMUTANT_{name}=1" for name in bug["mutants"])]
    target = folder / f"lib{'_'.join(bug['mutants'])}.so"
    return compile_file(_MUTANTS / "reference_plugin.c", target, *options, "-lm")


def _find(plugin: Path, kernels: Any, bug: dict[str, Any], seed: int) -> tuple[int, str]:
    """Return the number of the example that shows a bug, 0 if none does, and the failure's name."""
    from nexus.conformance.fuzz.fuzzer import fuzz
    from nexus.conformance.harness.session import Session

    with Session(str(plugin), ["address"] if bug["sanitize"] else ()) as session:
        found = fuzz(
            session, kernels, examples=_EXAMPLES, seed=seed, reduce_seconds=0, jobs=1
        ).findings
    return (found[0].after, found[0].name) if found else (0, "")
