"""Models of the fuzzer for the reference plugin."""

from __future__ import annotations

from pathlib import Path

from nexus.conformance.fuzz.learn import learn
from nexus.conformance.fuzz.model_launches import Launches
from nexus.conformance.harness import recipe
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import Trace


def new_model(folder: Path, session: Session) -> Launches:
    """Return a model with a new worker."""
    kernels = recipe.find("reference", None, folder)
    assert kernels is not None
    with session.worker() as worker:
        facts = learn(worker, kernels, strict=True)
    return Launches(Trace(session.worker()), facts)
