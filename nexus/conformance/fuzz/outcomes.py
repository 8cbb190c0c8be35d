"""Turns the fuzzers' findings into outcomes like those of checks."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from nexus.conformance.fuzz.fuzzer import Finding, fuzz
from nexus.conformance.fuzz.model_objects import Kernel
from nexus.conformance.fuzz.thread_fuzzer import fuzz_threads
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.kit import NotApplicable
from nexus.conformance.native import NoCompilerError
from nexus.conformance.programs.reproduce import Programs
from nexus.conformance.report.outcome import Outcome, State
from nexus.conformance.runner import Runner

ID = "fuzz.model"

THREADS = "fuzz.threads"

_SENTENCE = "Calls in any order give the answers of a model of the contract."

_THREADS_SENTENCE = "Concurrent calls get answers that some order of the calls gives."

# Checks of rules that every few random calls depend on.
_RULES_OF_HANDLES = ("handle.unique", "handle.released", "buffer.double_release")

# A script of threads takes as long as this many examples.
_MODEL_PER_THREADS = 5


def run(
    runner: Runner, examples: int, seed: int, parts: Sequence[str] = ("fuzz",)
) -> list[Outcome]:
    """Fuzz the plugin; return an outcome for each finding, or one that passes.

    Parameters
    ----------
    runner : Runner
        Starts the workers.
    examples : int
        Number of examples.
    seed : int
        Seed that repeats a run.
    parts : sequence of str, optional
        ``fuzz.model``, ``fuzz.threads``, or ``fuzz`` for both.
    """
    cause = runner.causes.of(*_RULES_OF_HANDLES)
    if cause is not None:
        return [_blocked(id, cause) for id in (ID, THREADS) if {"fuzz", id} & set(parts)]
    outcomes = []
    if {"fuzz", ID} & set(parts):
        outcomes += _run_model(runner, examples, seed)
    if {"fuzz", THREADS} & set(parts):
        outcomes.append(_run_threads(runner, examples, seed))
    return outcomes


def _blocked(id: str, cause: Outcome) -> Outcome:
    sentence = _SENTENCE if id == ID else _THREADS_SENTENCE
    told = "not tried: random calls would only find this again"
    return Outcome(id, sentence, "", State.FOLLOWS, told, root=cause.id)


def _run_model(runner: Runner, examples: int, seed: int) -> list[Outcome]:
    plugin = os.path.abspath(runner.settings.plugin)
    strict = runner.settings.profile == "full"
    try:
        with runner.kit() as kit:
            recipe = kit.kernels_given()
            for name in Kernel.PARAMETERS:
                kit.kernel_name(name)
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
                *(report.seconds, *_programs(finding, plugin)),
            )
        )
        for finding in report.findings
    ]


def _programs(finding: Finding, plugin: str) -> Programs:
    if not finding.steps:
        return Programs(missing="no program: the failure did not happen again")
    return Programs(finding.recording(plugin), finding.c(plugin))


def _run_threads(runner: Runner, examples: int, seed: int) -> Outcome:
    start = time.monotonic()
    state, message, shown = State.PASSED, "", Programs()
    try:
        with runner.kit() as kit:
            recipe = kit.recipe
        scripts = max(examples // _MODEL_PER_THREADS, 1)
        found = fuzz_threads(runner.session, recipe, examples=scripts, seed=seed)
    except NoCompilerError as error:
        state, message = State.NOT_APPLICABLE, str(error)
    except Failure as error:
        state, message = State.FAILED, str(error)
    else:
        for finding in found:
            state, message = State.FAILED, finding.message
            calls = finding.recording(os.path.abspath(runner.settings.plugin))
            shown = Programs(calls, missing="no program in C: threads need the kit")
    seconds = time.monotonic() - start
    return runner.weigh(Outcome(THREADS, _THREADS_SENTENCE, "", state, message, seconds, *shown))
