"""Failures: memory that runs out, threads that cannot be had, and that errors leave nothing.

Allocations are made to fail one after the other, until a call asks for no more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nexus.conformance.arguments import Dim3, Layout
from nexus.conformance.checks import NotApplicable, check
from nexus.conformance.dispatch import (
    I32,
    NON_BLOCKING,
    fill,
    i32,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
)
from nexus.conformance.kit import Kit, status_name
from nexus.conformance.objects import (
    KINDS,
    MEMORY_STATUSES,
    bad_calls,
    create,
    has_kernels,
    live_if_told,
    one_of_each,
)

# A call that allocates more often than this is no longer followed.
_MOST = 300
# A leak shows in nearly each of so many repetitions; what the allocator keeps, in the first ones;
# what other threads free, now and then.
_REPEAT = 24
_WITHOUT_LEAK = 3
_PATIENCE = 60.0


@dataclass
class Trial:
    """A call in which allocations fail.

    Attributes
    ----------
    prepare : callable
        Makes what the call needs and returns it with its arguments.
    made : str
        The kind of object that it creates; empty for none.
    clean : callable
        Releases what ``prepare`` made.
    """

    prepare: Callable[[], tuple[Any, ...]]
    made: str = ""
    clean: Callable[[], None] = lambda: None
    statuses: Sequence[str] = MEMORY_STATUSES


def _armed(kit: Kit, call: Sequence[Any], count: int, what: str) -> tuple[int, dict[str, int]]:
    kit.worker.control("fail_allocation", count, what)
    value = kit.worker.call(*call, timeout=_PATIENCE).value
    return value, kit.worker.control("allocations")


def _fail_each(kit: Kit, trial: Trial, what: str = "malloc") -> None:
    """Let each allocation of the call fail in turn, and the call be repeated."""
    if not kit.session.interpose:
        raise NotApplicable("allocations cannot be made to fail here")
    # What a thread needs once, such as its thread-local data, is the C library's to allocate, and
    # that ends the process where it cannot.
    _fail_once(kit, trial, 0, what)
    failures = 0
    for count in range(1, _MOST + 1):
        leaks: list[int] = []
        failed = True
        while failed and len(leaks) < _REPEAT and not _settled(leaks):
            failed, leaked = _fail_once(kit, trial, count, what)
            leaks.append(leaked)
        if not failed:
            break
        failures += 1
        assert _settled(leaks), f"with {_nth(count, what)} failing, {leaks[-1]} bytes leak"
    if failures == 0:
        raise NotApplicable(f"the call asks for no {what}")


def _settled(grown: list[int]) -> bool:
    """Tell whether the heap has stayed as it was often enough."""
    return sum(size <= 0 for size in grown) >= _WITHOUT_LEAK


def _nth(count: int, what: str) -> str:
    return f"{what} number {count}"


def _fail_once(kit: Kit, trial: Trial, count: int, what: str) -> tuple[bool, int]:
    heap = kit.worker.control("heap")
    call = trial.prepare()
    before = live_if_told(kit)
    value, told = _armed(kit, call, count, what)
    name = f"{call[0]} with {_nth(count, what)} failing"
    if value < 0:
        got = status_name(value)
        assert told["failed"], f"{call[0]} gives {got} although nothing failed"
        assert got in trial.statuses, f"{name} gives {got}, not {' or '.join(trial.statuses)}"
        assert live_if_told(kit) == before, f"{name} gives {got} and leaves an object"
        value = kit.worker.call(*call, timeout=_PATIENCE).value
        again = f"{status_name(value)}: {kit.message()}" if value < 0 else ""
        assert value >= 0, f"{name} gives {got}, and when repeated {again}"
    if trial.made and kit.has(KINDS[trial.made].release):
        kit.ok(KINDS[trial.made].release, value)
    trial.clean()
    return bool(told["failed"]), kit.worker.control("heap") - heap


@check(
    "failure.create_buffer",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateBuffer",
)
def create_buffer(kit: Kit) -> None:
    for size in (64, 5000, 1 << 20):
        for data in (None, bytes(size)):
            call = ("CreateBuffer", 0, Layout(0, [size]), data, 0)
            _fail_each(kit, Trial(lambda call=call: call, "buffer"))  # type: ignore[misc]


@check(
    "failure.create_library",
    "With any allocation failing it gives a status, leaks nothing, and can be repeated.",
    function="CreateLibrary",
)
def create_library(kit: Kit) -> None:
    image = kit.image()
    call = ("CreateLibrary", 0, image, len(image), 0)
    # What loads the image may not tell why it could not.
    statuses = (*MEMORY_STATUSES, "InvalidBinary", "BuildProgramFailure", "CompilerNotAvailable")
    _fail_each(kit, Trial(lambda: call, "library", statuses=statuses))


@check(
    "failure.get_kernel",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="GetKernel",
)
def get_kernel(kit: Kit) -> None:
    call = ("GetKernel", kit.library(), kit.kernel_name("add"))
    _fail_each(kit, Trial(lambda: call, "kernel"))


@check(
    "failure.create_event",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateEvent",
)
def create_event(kit: Kit) -> None:
    _fail_each(kit, Trial(lambda: ("CreateEvent", 0, 0, 0), "event"))


@check(
    "failure.create_stream",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateStream",
)
def create_stream(kit: Kit) -> None:
    _fail_each(kit, Trial(lambda: ("CreateStream", 0, 0), "stream"))


@check(
    "failure.create_schedule",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateSchedule",
)
def create_schedule(kit: Kit) -> None:
    _fail_each(kit, Trial(lambda: ("CreateSchedule", 0, 0), "schedule"))


class Throwaway:
    """A schedule that each trial makes anew."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._schedule = -1

    def make(self) -> int:
        self._schedule = new_schedule(self._kit)
        return self._schedule

    def release(self) -> None:
        if self._kit.has("ReleaseSchedule"):
            self._kit.ok("ReleaseSchedule", self._schedule)


@check(
    "failure.create_command",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateCommand",
)
def create_command(kit: Kit) -> None:
    event, schedule = new_event(kit), Throwaway(kit)
    for name in ("CreateSignalCommand", "CreateWaitCommand"):
        _fail_each(
            kit,
            Trial(
                lambda name=name: (name, schedule.make(), event, 1, 0),  # type: ignore[misc]
                clean=schedule.release,
            ),
        )
    if has_kernels(kit):
        kernel = kit.kernel("fill")
        prepare = lambda: ("CreateCommand", schedule.make(), kernel, 0)  # noqa: E731
        _fail_each(kit, Trial(prepare, clean=schedule.release))


@check(
    "failure.set_argument",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="SetCommandArgument",
)
def set_argument(kit: Kit) -> None:
    kernel, buffer, schedule = kit.kernel("fill"), int_buffer(kit, [0]), Throwaway(kit)

    def command() -> int:
        return kit.ok("CreateCommand", schedule.make(), kernel, 0)

    trials = (
        lambda: ("SetCommandArgument", command(), 0, buffer, "name", 0),
        lambda: ("SetCommandScalar", command(), 1, i32(1), "name", I32),
    )
    _any(kit, [Trial(prepare, clean=schedule.release) for prepare in trials])


def _any(kit: Kit, trials: Sequence[Trial], what: str = "malloc") -> None:
    """Try all; not applicable where none of them allocates anything."""
    reasons = []
    for trial in trials:
        try:
            _fail_each(kit, trial, what)
        except NotApplicable as reason:
            reasons.append(reason)
    if len(reasons) == len(trials):
        raise reasons[0]


def _ready(kit: Kit, schedule: int, kernel: int, buffer: int) -> int:
    made = kit.ok("CreateCommand", schedule, kernel, 0)
    kit.ok("SetCommandArgument", made, 0, buffer, None, 0)
    for index, value in ((1, 5), (2, 1)):
        kit.ok("SetCommandScalar", made, index, i32(value), None, I32)
    return made


@check(
    "failure.finalize",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="FinalizeCommand",
)
def finalize(kit: Kit) -> None:
    kernel, buffer, schedule = kit.kernel("fill"), int_buffer(kit, [0]), Throwaway(kit)

    def prepare() -> tuple[Any, ...]:
        made = _ready(kit, schedule.make(), kernel, buffer)
        return "FinalizeCommand", made, Dim3(1), Dim3(1), 0

    _fail_each(kit, Trial(prepare, clean=schedule.release))


def _run_trials(kit: Kit) -> list[Trial]:
    kernel, buffer, schedule = kit.kernel("fill"), int_buffer(kit, [0]), Throwaway(kit)

    def prepared(settings: int, stream: Callable[[], int]) -> Callable[[], tuple[Any, ...]]:
        def prepare() -> tuple[Any, ...]:
            made = schedule.make()
            fill(kit, made, buffer, 5, kernel)
            return "RunSchedule", made, stream(), settings

        return prepare

    shared = new_stream(kit)
    cases = [(0, -1), (0, shared), (NON_BLOCKING, -1), (NON_BLOCKING, shared)]
    trials = [
        Trial(prepared(settings, lambda stream=stream: stream), clean=schedule.release)  # type: ignore[misc]
        for settings, stream in cases
    ]
    streams: list[int] = []

    def new() -> int:
        streams.append(new_stream(kit))
        return streams[-1]

    def clean() -> None:
        schedule.release()
        if kit.has("ReleaseStream"):
            kit.ok("RunSchedule", empty, streams[-1], 0)
            kit.ok("ReleaseStream", streams.pop())

    empty = new_schedule(kit)
    return [*trials, Trial(prepared(NON_BLOCKING, new), clean=clean)]


@check(
    "failure.run",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="RunSchedule",
)
def run(kit: Kit) -> None:
    _any(kit, _run_trials(kit))
    _works(kit)


def _works(kit: Kit) -> None:
    schedule, buffer = new_schedule(kit), int_buffer(kit, [0])
    fill(kit, schedule, buffer, 6)
    for stream in (-1, new_stream(kit)):
        kit.ok("RunSchedule", schedule, stream, 0)
    assert read_ints(kit, buffer) == [6], "after failures the work is not done"


@check(
    "failure.thread",
    "A thread that cannot be started gives a status, or the work is done without it.",
    function="CreateStream",
)
def thread(kit: Kit) -> None:
    trials = [Trial(lambda: ("CreateStream", 0, 0), "stream"), *_run_trials(kit)]
    _any(kit, trials, "thread")
    _works(kit)


@check(
    "failure.mmap",
    "A mapping that cannot be had gives a memory status, and the call can be repeated.",
    function="CreateBuffer",
)
def mmap(kit: Kit) -> None:
    call = ("CreateBuffer", 0, Layout(0, [32 << 20]), None, 0)
    _fail_each(kit, Trial(lambda: call, "buffer"), "mmap")


@check(
    "failure.release",
    "A release needs no memory: it succeeds where every allocation fails.",
    function="ReleaseBuffer",
)
def release(kit: Kit) -> None:
    if not kit.session.interpose:
        raise NotApplicable("allocations cannot be made to fail here")
    for kind, about in KINDS.items():
        if not kit.has(about.release) or (kind in ("library", "kernel") and not has_kernels(kit)):
            continue
        handle = create(kit, kind)
        value, _ = _armed(kit, (about.release, handle), 1, "malloc")
        assert value == 0, f"{about.release} without memory gives {status_name(value)}"


@check("failure.objects", "No call that fails leaves an object behind, or takes one away.")
def objects(kit: Kit) -> None:
    live = one_of_each(kit)
    before = kit.live()
    for name, *arguments in bad_calls(kit, live):
        value = kit.worker.call(name, *arguments).value
        assert value < 0, f"{name} succeeds, and it must not"
        after = kit.live()
        got = status_name(value)
        assert after == before, f"{name} gives {got} and makes LiveObjects {before} {after}"


@check("failure.heap", "No call that fails leaves memory behind.")
def heap(kit: Kit) -> None:
    live = one_of_each(kit)
    for name, *arguments in bad_calls(kit, live):
        grown: list[int] = []
        while len(grown) < _REPEAT and not _settled(grown):
            before = kit.worker.control("heap")
            kit.worker.call(name, *arguments)
            grown.append(kit.worker.control("heap") - before)
        assert _settled(grown), f"each {name} that fails leaves {grown[-1]} bytes on the heap"
