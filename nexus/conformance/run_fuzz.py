"""Lets the fuzzer's findings be outcomes like those of checks."""

from __future__ import annotations

from nexus.conformance.checks import NotApplicable
from nexus.conformance.failures import Failure
from nexus.conformance.fuzz import fuzz
from nexus.conformance.outcome import Outcome, State
from nexus.conformance.run import Runner

ID = "fuzz.model"

_SENTENCE = "Calls in any order answer what a model of the contract says."


def run(runner: Runner, examples: int, seed: int | None = None) -> list[Outcome]:
    """Fuzz the plugin; return one outcome for each thing that is wrong, or one that passes.

    Parameters
    ----------
    runner : Runner
        What starts workers.
    examples : int
        How many examples to generate.
    seed : int, optional
        Makes a run repeatable.
    """
    plugin = runner.settings.plugin
    strict = runner.settings.profile == "full"
    try:
        with runner.kit() as kit:
            recipe = kit.kernels_given()
        report = fuzz(runner.session, recipe, examples=examples, seed=seed, strict=strict)
    except NotApplicable as reason:
        return [Outcome(ID, _SENTENCE, "", State.NOT_APPLICABLE, str(reason))]
    except (Failure, AssertionError) as error:
        return [Outcome(ID, _SENTENCE, "", State.FAILED, str(error))]
    runner.notes.append(f"{report.examples} fuzz examples of {report.calls} calls were run")
    if not report.findings:
        return [Outcome(ID, _SENTENCE, "", State.PASSED, "", report.seconds)]
    return [
        runner.weigh(
            Outcome(
                *(f"fuzz.{finding.name}", _SENTENCE, "", State.FAILED, finding.message),
                *(report.seconds, finding.python(plugin), finding.c(plugin)),
            )
        )
        for finding in report.findings
    ]
