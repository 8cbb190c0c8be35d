"""Failures of allocations, mappings and thread starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nexus._enums import property as Property
from nexus.conformance.checks.support.subjects import (
    KINDS,
    MEMORY_STATUSES,
    SIZE,
    has_kernels,
    one_of_each,
)
from nexus.conformance.checks.support.trials import (
    Throwaway,
    Trial,
    fail_any,
    fail_each,
    ready,
)
from nexus.conformance.checks.support.work import (
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
from nexus.conformance.harness.call_arguments import Dim3, Layout, Out, SizeT
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check

# Bytes that any allocator maps anew.
_MAPPED = 32 << 20
# Bytes for the value of a property.
_TOLD = 4096


@check(
    "failure.create_buffer",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateBuffer",
)
def create_buffer(kit: Kit) -> None:
    for size in (64, 5000, 1 << 20):
        for data in (None, bytes(size)):
            call = ("CreateBuffer", 0, Layout(0, [size]), data, 0)
            fail_each(kit, Trial(lambda call=call: call, "buffer"))  # type: ignore[misc]


@check(
    "failure.create_library",
    "With any allocation failing it gives a status, leaks nothing, and can be repeated.",
    function="CreateLibrary",
)
def create_library(kit: Kit) -> None:
    image = kit.image()
    call = ("CreateLibrary", 0, image, len(image), 0)
    # The system's loader may fail without a reason.
    compiling = ("BuildProgramFailure", "CompileProgramFailure", "CompilerNotAvailable")
    statuses = (*MEMORY_STATUSES, "InvalidBinary", *compiling)
    fail_each(kit, Trial(lambda: call, "library", statuses=statuses))
    # So may functions that read a file.
    path = kit.image_path()
    fail_each(
        kit,
        Trial(
            lambda: ("CreateLibraryFromFile", 0, path, 0),
            "library",
            statuses=(*statuses, "InvalidValue"),
        ),
    )


@check(
    "failure.get_kernel",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="GetKernel",
)
def get_kernel(kit: Kit) -> None:
    call = ("GetKernel", kit.library(), kit.kernel_name("add"))
    fail_each(kit, Trial(lambda: call, "kernel"))


@check(
    "failure.create_event",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateEvent",
    needs=("CreateEvent",),
)
def create_event(kit: Kit) -> None:
    fail_each(kit, Trial(lambda: ("CreateEvent", 0, 0, 0), "event"))


@check(
    "failure.create_stream",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateStream",
    needs=("CreateStream",),
)
def create_stream(kit: Kit) -> None:
    fail_each(kit, Trial(lambda: ("CreateStream", 0, 0), "stream"))


@check(
    "failure.create_schedule",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateSchedule",
)
def create_schedule(kit: Kit) -> None:
    fail_each(kit, Trial(lambda: ("CreateSchedule", 0, 0), "schedule"))


@check(
    "failure.create_command",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="CreateCommand",
    root="handle.schedule_frees",
    needs=("ReleaseSchedule",),
)
def create_command(kit: Kit) -> None:
    schedule = Throwaway(kit)
    calls: list[tuple[str, tuple[int, ...]]] = []
    if kit.has("CreateEvent"):
        event = (new_event(kit), 1, 0)
        calls += [("CreateSignalCommand", event), ("CreateWaitCommand", event)]
    if has_kernels(kit, "fill"):
        calls.append(("CreateCommand", (kit.kernel("fill"), 0)))
    for name, rest in calls:
        prepare = lambda name=name, rest=rest: (name, schedule.make(), *rest)  # noqa: E731
        fail_each(kit, Trial(prepare, clean=schedule.release))


@check(
    "failure.set_argument",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="SetCommandArgument",
    needs=("ReleaseSchedule",),
)
def set_argument(kit: Kit) -> None:
    kernel, buffer, schedule = kit.kernel("fill"), int_buffer(kit, [0]), Throwaway(kit)

    def command() -> int:
        return kit.ok("CreateCommand", schedule.make(), kernel, 0)

    trials = (
        lambda: ("SetCommandArgument", command(), 0, buffer, "name", 0),
        lambda: ("SetCommandScalar", command(), 1, i32(1), "name", I32),
    )
    fail_any(kit, [Trial(prepare, clean=schedule.release) for prepare in trials])


@check(
    "failure.finalize",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="FinalizeCommand",
    needs=("ReleaseSchedule",),
)
def finalize(kit: Kit) -> None:
    kernel, buffer, schedule = kit.kernel("fill"), int_buffer(kit, [0]), Throwaway(kit)

    def prepare() -> tuple[Any, ...]:
        made = ready(kit, schedule.make(), kernel, buffer)
        return "FinalizeCommand", made, Dim3(1), Dim3(1), 0

    fail_each(kit, Trial(prepare, clean=schedule.release))


def _run_trials(kit: Kit) -> list[Trial]:
    kernel, buffer, schedule = kit.kernel("fill"), int_buffer(kit, [0]), Throwaway(kit)
    empty = new_schedule(kit)

    def prepared(settings: int, stream: Callable[[], int]) -> Callable[[], tuple[Any, ...]]:
        def prepare() -> tuple[Any, ...]:
            made = schedule.make()
            fill(kit, made, buffer, 5, kernel)
            return "RunSchedule", made, stream(), settings

        return prepare

    shared = new_stream(kit)
    cases = [(0, -1), (0, shared), (NON_BLOCKING, -1), (NON_BLOCKING, shared)]

    def finish(stream: int) -> None:
        schedule.release()
        # The memory of work in flight is not a leak.
        kit.ok("RunSchedule", empty, stream, 0)

    trials = [
        Trial(
            prepared(settings, lambda stream=stream: stream),  # type: ignore[misc]
            clean=lambda stream=stream: finish(stream),  # type: ignore[misc]
        )
        for settings, stream in cases
    ]
    streams: list[int] = []

    def new() -> int:
        streams.append(new_stream(kit))
        return streams[-1]

    def clean() -> None:
        finish(streams[-1])
        if kit.has("ReleaseStream"):
            kit.ok("ReleaseStream", streams.pop())

    return [*trials, Trial(prepared(NON_BLOCKING, new), clean=clean)]


@check(
    "failure.run",
    "With any allocation failing it gives a memory status, leaks nothing, and can be repeated.",
    function="RunSchedule",
    root="handle.schedule_frees",
    needs=("ReleaseSchedule",),
)
def run(kit: Kit) -> None:
    fail_any(kit, _run_trials(kit))
    _works(kit)


def _works(kit: Kit) -> None:
    schedule, buffer = new_schedule(kit), int_buffer(kit, [0])
    fill(kit, schedule, buffer, 6)
    for stream in (-1, new_stream(kit)):
        kit.ok("RunSchedule", schedule, stream, 0)
    assert read_ints(kit, buffer) == [6], "after failures the work is not done"


@check(
    "failure.use",
    "A use of an object whose allocation fails gives a memory status, and leaks nothing.",
    function="FillBuffer",
)
def use(kit: Kit) -> None:
    live = one_of_each(kit)
    buffer = live["buffer"]
    asked = (int(Property.Keys), Out(_TOLD), SizeT(_TOLD))
    calls: list[tuple[Any, ...]] = [
        ("FillBuffer", buffer, bytes(range(SIZE // 2)), SIZE // 2),
        ("CopyBuffer", buffer, bytes(SIZE), 1),
        ("CopyBuffer", buffer, Out(SIZE), 0),
        ("GetRuntimeProperty", *asked),
        ("GetDeviceProperty", 0, *asked),
        *((kind.getter, live[name], *asked) for name, kind in KINDS.items() if name in live),
    ]
    if "event" in live:
        calls.append(("SignalEvent", live["event"], 1))
        calls.append(("WaitEvent", live["event"], 1))
        calls.append(("WaitEventTimeout", live["event"], 1, 1000))
    calls = [call for call in calls if kit.has(call[0])]
    for name, *arguments in calls:
        kit.ok(name, *arguments)
    fail_any(kit, [Trial(lambda call=call: call) for call in calls])  # type: ignore[misc]


@check(
    "failure.thread",
    "If a thread cannot be started, the call gives a status or works without it.",
    function="CreateStream",
    needs=("ReleaseSchedule",),
)
def thread(kit: Kit) -> None:
    trials = [Trial(lambda: ("CreateStream", 0, 0), "stream"), *_run_trials(kit)]
    fail_any(kit, trials, "thread")
    _works(kit)


@check(
    "failure.mmap",
    "A failed mapping gives a memory status, and the call can be repeated.",
    function="CreateBuffer",
)
def mmap(kit: Kit) -> None:
    create = ("CreateBuffer", 0, Layout(0, [_MAPPED]), None, 0)
    buffers: list[int] = []

    def made() -> int:
        buffers.append(kit.ok(*create))
        return buffers[-1]

    def touch(buffer: int) -> None:
        kit.ok("FillBuffer", buffer, b"\1\2\3\4", 4)

    def clean() -> None:
        if kit.has("ReleaseBuffer"):
            kit.ok("ReleaseBuffer", buffers.pop())

    # Memory may be mapped at its first access, and for the copy itself.
    first_touch = Trial(lambda: ("FillBuffer", made(), b"\1", 1), clean=clean)
    copy = Trial(lambda: ("CopyBuffer", made(), Out(_MAPPED, canary=False), 0), clean=clean)
    fail_any(kit, [Trial(lambda: create, "buffer", use=touch), first_touch, copy], "mmap")
