"""Runs checks on a plugin, each in its own processes."""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from nexus.conformance import native
from nexus.conformance.causes import Causes
from nexus.conformance.harness import recipe
from nexus.conformance.harness.call_arguments import shown
from nexus.conformance.harness.failures import Failure, LoadError
from nexus.conformance.harness.journal import ABSENT, Entry
from nexus.conformance.harness.kit import Consequence, Kit, NotApplicable
from nexus.conformance.harness.registry import FUNCTIONS, Check
from nexus.conformance.harness.sanitizers import uninstrumented
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.trace import Want
from nexus.conformance.harness.values import STATUSES, WrongStatus, status_name
from nexus.conformance.programs.reproduce import Programs, programs
from nexus.conformance.report.outcome import Identity, Outcome, State


def _loads(kit: Kit) -> None:
    assert kit.worker.functions, "the library exports no function of the ABI: not a plugin"


LOADS = Check("process.loads", "The plugin can be loaded.", "", (), _loads)


class NoDeviceError(Exception):
    """The plugin has no device to be tested with."""


@dataclass
class Settings:
    """Settings of a run.

    Attributes
    ----------
    plugin : str
        Path of the plugin.
    profile : str
        ``core`` or ``full``.
    sanitize : tuple of str
        Sanitizers for the workers.
    kernels : str or None
        Folder of a manifest of kernels.
    known : dict
        Reasons for known failures, by the checks' ids.
    fork : bool
        Whether workers are forked.
    """

    plugin: str
    profile: str = "full"
    sanitize: tuple[str, ...] = ()
    kernels: str | None = None
    known: dict[str, str] = field(default_factory=dict)
    fork: bool = True

    def __post_init__(self) -> None:
        """Refuse an invalid manifest before anything is run."""
        recipe.find("", self.kernels, Path())


class Runner:
    """Runs checks; a context manager that leaves no process behind.

    Attributes
    ----------
    notes : list of str
        What the run leaves out, and why.
    loads : bool
        Whether the plugin was found to load.
    causes : Causes
        What the failures of `run_all` follow from.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.loads = False
        self.notes: list[str] = []
        self.session = self._session()
        self.causes = Causes(self.run)

    def _session(self) -> Session:
        settings = self.settings
        if settings.sanitize:
            self.notes.append("under a sanitizer no allocation is made to fail")
            self.notes += uninstrumented(Path(settings.plugin), settings.sanitize)
        else:
            try:
                return Session(settings.plugin, fork=settings.fork, interpose=True)
            except native.NoCompilerError as error:
                self.notes.append(f"no allocation is made to fail, no thread of C runs: {error}")
        return Session(settings.plugin, settings.sanitize, settings.fork)

    def kit(self, item: Check | None = None) -> Kit:
        """Return a kit, with the allowances for the plugin unless the check is strict."""
        subject = "" if item is None else item.id
        kit = Kit(self.session, self.settings.profile, self.settings.kernels, subject=subject)
        self.session.keep_scalars = False
        if item is not LOADS and not (item and item.strict):
            self.session.keep_scalars = self._keeps_scalars()
        return kit

    def _keeps_scalars(self) -> bool:
        """Return whether the plugin needs the memory of scalars after the call."""
        if self.settings.profile != "core":
            return False
        with Kit(self.session, self.settings.profile, self.settings.kernels) as kit:
            try:
                return kit.survey.keep_scalars
            except (Failure, AssertionError, NotApplicable, ValueError):
                # A plugin without a name, which the checks report.
                return False

    def close(self) -> None:
        """End every process."""
        self.session.close()

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self.close()

    def run(self, item: Check) -> Outcome:
        """Run a check; a known failure becomes an expected one."""
        start = time.monotonic()
        state, message, shown, root = self._judge(item)
        seconds = time.monotonic() - start
        return self.weigh(
            Outcome(item.id, item.sentence, item.header, state, message, seconds, *shown, root)
        )

    def weigh(self, outcome: Outcome) -> Outcome:
        """Return an outcome with regard to the known failures."""
        reason = self.settings.known.get(outcome.id)
        if reason is None:
            return outcome
        if outcome.state is State.FAILED:
            message = f"{reason}\n{outcome.message}"
            return replace(outcome, state=State.EXPECTED, message=message)
        if outcome.state is State.PASSED:
            message = f"it passes; take it out of the known failures ({reason})"
            return replace(outcome, state=State.FIXED, message=message)
        return outcome

    def _judge(self, item: Check) -> tuple[State, str, Programs, str]:
        """Return the result, the message, programs, and the check that finds the cause."""
        if "full" in item.needs and self.settings.profile != "full":
            return State.NOT_APPLICABLE, "a rule of the profile full", Programs(), ""
        wanted: Want | None = None
        ended = False
        root = item.root
        with self.kit(item) as kit:
            try:
                kit.need(*(name for name in item.needs if name != "full"))
                _run(item, kit)
                _holds_for_all(kit.journal)
            except NotApplicable as error:
                return State.NOT_APPLICABLE, str(error), Programs(), ""
            except recipe.RecipeError:
                # Not the plugin's fault.
                raise
            except Consequence as error:
                message, root = str(error), error.root
            except WrongStatus as error:
                message, wanted = str(error), Want(error.wanted)
            except AssertionError as error:
                message = str(error) or _where(error)
            except Failure as error:
                ended = not isinstance(error, LoadError)
                message = _with_call(str(error), kit.journal)
            except Exception as error:  # what a plugin answers can make any code of ours fail
                message = f"{type(error).__name__}: {error}\n{_where(error)}"
            else:
                return State.PASSED, "", Programs(), ""
            shown = programs(self.session, item, kit.last_journal, message, wanted, ended)
            return State.FAILED, message, shown, root

    def run_all(self, checks: Iterable[Check]) -> Iterator[Outcome]:
        """Run checks, first process.loads; if it fails, nothing else is run.

        Raises
        ------
        NoDeviceError
            If it loads and has no device.
        RecipeError
            If the manifest of kernels is invalid for this plugin.
        """
        first = self.run(LOADS)
        self.loads = first.state is State.PASSED
        yield first
        if not self.loads:
            self.notes.append("nothing else was run, since the plugin cannot be loaded")
            return
        if self._devices() == 0:
            raise NoDeviceError(f"{self.settings.plugin} finds no device here: its Size is 0")
        self._look_at_kernels()
        yield from self.causes.grouped(checks)

    def _devices(self) -> int | None:
        """Return the number of devices; None on a failure, which the checks will report."""
        with self.kit() as kit:
            try:
                return kit.devices
            except (Failure, AssertionError, NotApplicable, ValueError):
                return None

    def _look_at_kernels(self) -> None:
        """Note kernels that differ from their manifest."""
        with self.kit() as kit:
            try:
                found = kit.recipe
            except (Failure, AssertionError, NotApplicable, ValueError):
                # A plugin without a name, which the checks report.
                return
        if found is not None and found.note:
            self.notes.append(found.note)

    def identity(self) -> Identity:
        """Return the plugin's identity, as far as it reports one."""
        path = Path(self.settings.plugin)
        result = Identity(str(path), hashlib.sha256(path.read_bytes()).hexdigest())
        if not self.loads:
            return result
        with self.kit() as kit:
            try:
                result.missing = [name for name in FUNCTIONS if not kit.has(name)]
                result.name = kit.property("GetRuntimeProperty", None, "Name")
                result.devices = [
                    kit.property("GetDeviceProperty", index, "Name") for index in range(kit.devices)
                ]
                if kit.has("GetApiVersion"):
                    packed = kit.worker.call("GetApiVersion").value
                    result.api = f"{packed >> 16}.{packed >> 8 & 255}.{packed & 255}"
                result.version = kit.property("GetRuntimeProperty", None, "Version")
            except (Failure, AssertionError, NotApplicable, ValueError):
                # A plugin without an identity; the checks report what is wrong with it.
                return result
        return result


def _holds_for_all(journal: Sequence[Entry]) -> None:
    """Check all calls of a check against the rules for every call."""
    for entry in journal:
        if entry.control or entry.value is None:
            continue
        assert not entry.overrun, (
            f"{shown(entry.name, entry.arguments)} wrote to memory that it may not write"
        )
        undefined = entry.value < 0 and status_name(entry.value) not in STATUSES
        # A function that the plugin lacks was not called.
        assert not undefined or entry.value == ABSENT, (
            f"{shown(entry.name, entry.arguments)} gave {entry.value}, which is not a status"
        )


def _run(item: Check, kit: Kit) -> None:
    """Run a check; one that fails at the call of an absent function is not applicable."""
    try:
        item.run(kit)
    except AssertionError as error:
        calls = [entry for entry in kit.last_journal if not entry.control]
        if calls and calls[-1].value == ABSENT:
            raise NotApplicable(f"the plugin has no nxs{calls[-1].name}") from error
        raise


def _with_call(message: str, journal: Sequence[Entry]) -> str:
    """Add the call that did not return, with its arguments, after the first line."""
    call = next((e for e in reversed(journal) if e.value is None and not e.control), None)
    if call is None:
        return message
    first, *rest = message.splitlines()
    return "\n".join([first, f"in {shown(call.name, call.arguments)}", *rest])


def _where(error: BaseException) -> str:
    """Return the line of the check that an exception comes from."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if {"checks", "runner.py"} & set(Path(frame.filename).parts)
    ]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}: {frames[-1].line}"
