"""The process around the plugin: forks, exits, loading, and state that a plugin must not change."""

from __future__ import annotations

import time
from typing import Any

from nexus._enums import function_required
from nexus._enums import property as Property
from nexus.conformance.checks.support.calls import good_calls, survived_calls
from nexus.conformance.checks.support.subjects import (
    INT_MIN,
    SIZE,
    has_kernels,
    one_of_each,
    releasable,
    uses,
)
from nexus.conformance.checks.support.work import (
    HeldWork,
    command,
    fill,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
    run,
    signal_in,
    start,
)
from nexus.conformance.harness.call_arguments import Layout, Out, SizeT
from nexus.conformance.harness.in_worker.control import ERRNO_BEFORE
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.sanitizers import without_warnings
from nexus.conformance.harness.values import status_name

_REQUIRED = [member.name.removeprefix("nxs") for member in function_required]
# Required functions; one of the two is enough.
_EITHER = {"CreateLibrary", "CreateLibraryFromFile"}
_LOADS = 1000
# Seconds in which the next kernel begins.
_BEGIN = 0.1


def _use(kit: Kit) -> None:
    """Make valid and invalid calls of all kinds of functions."""
    live = one_of_each(kit)
    for name, *arguments in good_calls(kit, live):
        kit.ok(name, *arguments)
    for name, *arguments in survived_calls(kit, live):
        kit.worker.call(name, *arguments)
    if has_kernels(kit, "fill"):
        schedule, buffer = new_schedule(kit), int_buffer(kit, [0])
        fill(kit, schedule, buffer, 5)
        run(kit, schedule)
        assert read_ints(kit, buffer) == [5], "the kernel fill does not fill"


@check("process.loading_idle", "Loading starts no thread and opens no file.")
def loading_idle(kit: Kit) -> None:
    worker = kit.fresh(load=False).worker
    before = worker.control("surroundings")
    worker.load()
    after = worker.control("surroundings")
    for name, value in before.items():
        assert after[name] == value, f"loading changes {name}: {value}, then {after[name]}"


@check(
    "process.fork_before_use",
    "A process forked before the first use can use the plugin.",
    function="GetDeviceProperty",
)
def fork_before_use(kit: Kit) -> None:
    for name, arguments in (
        # With spare room, since plugins of profile core need not return a size.
        ("GetRuntimeProperty", (int(Property.Name), Out(256), SizeT(256))),
        ("CreateBuffer", (0, Layout(0, [SIZE]), None, 0)),
        ("CreateStream", (0, 0)),
    ):
        worker = kit.fresh().worker
        end = worker.control("fork_call", name, *arguments)
        _ended(name, end)
        got = status_name(end["value"])
        assert end["value"] >= 0, f"{name} in a child of a fork before first use gives {got}"
        value = worker.call(name, *arguments).value
        assert value >= 0, f"{name} after such a fork gives {status_name(value)}"


def _ended(name: str, end: dict[str, Any]) -> None:
    assert not end["hang"], f"{name} in a child hangs"
    assert end["signal"] is None, f"{name} in a child ends by signal {end['signal']}"
    assert end["value"] is not None, f"{name} in a child ends the process"


@check(
    "process.fork_after_use",
    "A process forked after a use gets DeviceNotAvailable; the parent works on.",
    function="CreateBuffer",
    needs=("full",),
)
def fork_after_use(kit: Kit) -> None:
    live, stream = one_of_each(kit), new_stream(kit)
    work = HeldWork(kit, stream)
    calls = [
        ("GetDeviceProperty", 0, int(Property.Name), None, SizeT(0)),
        ("CreateBuffer", 0, Layout(0, [SIZE]), None, 0),
        ("CreateStream", 0, 0),
        ("CopyBuffer", live["buffer"], Out(SIZE), 0),
        ("RunSchedule", live["empty"], -1, 0),
        ("RunSchedule", work.schedule, stream, 0),
        ("WaitEvent", work.done, 1),
        *(call for kind in releasable(kit) for call in uses(kit, kind, live[kind], live)),
    ]
    for name, *arguments in calls:
        end = kit.worker.control("fork_call", name, *arguments)
        _ended(name, end)
        got = status_name(end["value"])
        right = got == "DeviceNotAvailable"
        assert right, f"{name} in a child of a process that used the plugin gives {got}"
    work.gate.open()
    kit.ok("WaitEvent", work.done, 1)
    kit.ok("FillBuffer", live["buffer"], b"\5", 1)
    assert set(kit.read(live["buffer"])) == {5}, "after forks the parent's buffer is not right"
    run(kit, work.schedule, stream)


@check("process.exit_unused", "A process that did not use the plugin exits cleanly.")
def exit_unused(kit: Kit) -> None:
    code = kit.fresh().worker.exit()
    assert code == 0, f"the process ends with status {code}"


@check("process.exit_live", "A process with live objects exits cleanly.")
def exit_live(kit: Kit) -> None:
    _use(kit)
    code = kit.worker.exit()
    assert code == 0, f"the process ends with status {code}"


@check("process.exit_pending", "A process with pending work exits cleanly.")
def exit_pending(kit: Kit) -> None:
    for stream in (-1, new_stream(kit)):
        HeldWork(kit, stream)
    code = kit.worker.exit()
    assert code == 0, f"the process ends with status {code}"


@check("process.exit_running", "A process with a kernel that never ends exits cleanly.")
def exit_running(kit: Kit) -> None:
    schedule, buffer, begun = new_schedule(kit), int_buffer(kit, [0]), new_event(kit)
    signal_in(kit, schedule, begun)
    command(kit, schedule, "endless", [buffer], [])
    start(kit, schedule, new_stream(kit))
    kit.ok("WaitEvent", begun, 1)
    # Nothing shows that a kernel has started.
    time.sleep(_BEGIN)
    code = kit.worker.exit()
    assert code == 0, f"the process ends with status {code}"


@check(
    "process.load_unload",
    "Loading and unloading 1 000 times leaks no mapping, thread or file.",
)
def load_unload(kit: Kit) -> None:
    worker = kit.fresh(load=False).worker
    left = worker.control("load_unload", _LOADS, timeout=60)
    for name in ("threads", "fds"):
        assert left[name] <= 0, f"loading {_LOADS} times leaves {left[name]} {name}"
    assert left["maps"] < _LOADS // 20, f"loading {_LOADS} times leaves {left['maps']} mappings"


@check("process.defined_status", "Every negative return is a defined status.")
def defined_status(kit: Kit) -> None:
    live = one_of_each(kit)
    for name, *arguments in survived_calls(kit, live):
        value = kit.worker.call(name, *arguments).value
        defined = not status_name(value).startswith("-")
        assert value >= 0 or defined, (
            f"{name}{tuple(arguments)} gives {value}, which is not a status"
        )
    for index in (-1, INT_MIN, kit.devices) if kit.has("CreateStream") else ():
        value = kit.worker.call("CreateStream", index, 0).value
        assert not status_name(value).startswith("-"), f"CreateStream gives {value}, no status"


@check("process.errno", "No call changes errno, whether it succeeds or fails.",
       needs=("full",))  # fmt: skip
def errno(kit: Kit) -> None:
    live = one_of_each(kit)
    for name, *arguments in (*good_calls(kit, live), *survived_calls(kit, live)):
        value, found = kit.worker.control("errno", name, *arguments)
        what = f"{name}, which gives {value if value >= 0 else status_name(value)},"
        assert found == ERRNO_BEFORE, f"{what} sets errno to {found}"


def _surroundings(kit: Kit, *names: str) -> None:
    kit.worker.control("probe", "set_rounding")
    masks = kit.worker.control("probe", "signal_masks")
    before = kit.worker.control("surroundings")
    _use(kit)
    after = kit.worker.control("surroundings")
    for name in names:
        assert after[name] == before[name], f"calls change {name}: {before[name]}, {after[name]}"
    now = kit.worker.control("probe", "signal_masks")
    assert now == masks, f"calls change the blocked signals: {masks}, then {now}"


@check("process.locale", "No call changes the locale, the working folder or the umask.")
def locale(kit: Kit) -> None:
    _surroundings(kit, "locale", "cwd", "umask")


@check(
    "process.floating_point", "No call changes the rounding mode or the floating-point exceptions."
)
def floating_point(kit: Kit) -> None:
    _surroundings(kit, "rounding", "exceptions")


@check("process.signal_handlers", "No call changes signal handlers or masks.")
def signal_handlers(kit: Kit) -> None:
    _surroundings(kit, "signals")


@check("process.descriptors", "The caller's files stay open, and no other file does.")
def descriptors(kit: Kit) -> None:
    # Files that a plugin keeps open are opened in the first round.
    _use(kit)
    before = kit.worker.control("probe", "files")
    _use(kit)
    after = kit.worker.control("probe", "files")
    closed = [number for number, file in before.items() if after.get(number) != file]
    opened = [number for number in after if number not in before]
    # Each stream and library may have its own file.
    assert not closed, f"calls close or replace the files {closed}"
    assert len(opened) < 16, f"calls leave the files {opened} open"


@check("process.standard_files", "Standard input, output and error do not change.")
def standard_files(kit: Kit) -> None:
    before = kit.worker.control("probe", "files")
    _use(kit)
    after = kit.worker.control("probe", "files")
    for number in (0, 1, 2):
        assert after.get(number) == before[number], f"calls close or replace file {number}"
    gone = [number for number in before if number not in after]
    assert not gone, f"calls close the files {gone}"


@check("process.quiet", "The plugin prints nothing.")
def quiet(kit: Kit) -> None:
    worker = kit.worker
    _use(kit)
    clean = without_warnings if kit.session.sanitize else str
    printed = clean(worker.output())
    if not printed:
        code = worker.exit()
        assert code == 0, f"the process ends with status {code}"
        printed = clean(worker.output())
    assert not printed, f"the plugin prints {printed[:200]!r}"


@check(
    "process.threads_end",
    "Releasing streams ends their threads.",
    function="ReleaseStream",
)
def threads_end(kit: Kit) -> None:
    schedule, event = new_schedule(kit), new_event(kit)
    kit.need("ReleaseStream")
    signal_in(kit, schedule, event)
    counts: list[int] = []
    for _ in range(4):
        for _ in range(25):
            stream = new_stream(kit)
            start(kit, schedule, stream)
            run(kit, schedule, stream)
            kit.ok("ReleaseStream", stream)
        counts.append(_threads_soon(kit, counts))
    if counts[0] > 100:
        raise NotApplicable(f"the plugin has {counts[0]} threads of its own")
    assert counts[-1] < counts[0] + 20, f"after each 25 streams there are {counts} threads"


def _threads_soon(kit: Kit, before: list[int]) -> int:
    """Return the number of threads, after a pause in which ending threads end."""
    for _ in range(50):
        now = int(kit.worker.control("surroundings")["threads"])
        if before and now <= before[-1]:
            break
        time.sleep(0.01)
    return now
