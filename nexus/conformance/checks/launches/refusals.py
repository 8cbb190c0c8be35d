"""Launches: handles, sizes and settings that are refused."""

from __future__ import annotations

from nexus.conformance.checks.support.launching import UNSET, Filling, launch_of, with_argument
from nexus.conformance.checks.support.sizes import (
    OVERFLOWING_GROUPS,
    OVERFLOWING_SIZES,
    WITH_ZEROS,
    groups_beyond,
    largest_group,
    most_shared_memory,
)
from nexus.conformance.checks.support.subjects import INT_MAX, INT_MIN, UINT_MAX
from nexus.conformance.checks.support.work import (
    NON_BLOCKING,
    int_buffer,
    new_event,
    new_schedule,
    new_stream,
    read_ints,
)
from nexus.conformance.harness.call_arguments import Dim3, Launch
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check


@check(
    "launch.kernels",
    "A kernel that is not live is InvalidKernel.",
    function="Launch",
    needs=("Launch", "ReleaseKernel", "ReleaseLibrary"),
)
def kernels(kit: Kit) -> None:
    work, library = Filling(kit), kit.library()
    name = kit.kernel_name("fill")
    released, orphan = (kit.ok("GetKernel", library, name) for _ in range(2))
    kit.ok("Launch", orphan, -1, work.of(0), 0)
    kit.ok("ReleaseKernel", released)
    kit.ok("ReleaseLibrary", library)
    others = (library, work.buffer, new_event(kit), new_schedule(kit), new_stream(kit))
    for handle in (released, orphan, -1, INT_MIN, INT_MAX, *others):
        work.refused("InvalidKernel", work.of(5), kernel=handle)
    work.writes(5, "after launches of wrong kernels")


@check(
    "launch.streams",
    "A stream that is not live, or one of another device, is InvalidStream.",
    function="Launch",
    needs=("Launch", "ReleaseStream"),
)
def streams(kit: Kit) -> None:
    work, released = Filling(kit), new_stream(kit)
    kit.ok("Launch", work.kernel, released, work.of(0), 0)
    kit.ok("ReleaseStream", released)
    wrong = [released, INT_MAX, work.kernel, work.buffer, new_event(kit), new_schedule(kit)]
    if kit.devices > 1:
        wrong.append(kit.ok("CreateStream", 1, 0))
    for handle in wrong:
        work.refused("InvalidStream", work.of(5), stream=handle)
    work.writes(5, "after launches on wrong streams")


@check(
    "launch.zero_size",
    "A 0 in the group is InvalidWorkGroupSize, and one in the grid InvalidGlobalWorkSize.",
    function="Launch",
    root="command.zero_group",
    needs=("Launch",),
)
def zero_size(kit: Kit) -> None:
    work = Filling(kit)
    for size in WITH_ZEROS:
        work.refused("InvalidWorkGroupSize", work.of(5, group=size))
        work.refused("InvalidGlobalWorkSize", work.of(5, grid=size))
    work.writes(5, "after launches of no items")


@check(
    "launch.group_size",
    "A group beyond the device's limit is InvalidWorkGroupSize; one at the limit runs.",
    function="Launch",
    root="command.group_too_large",
    needs=("Launch",),
)
def group_size(kit: Kit) -> None:
    work, most = Filling(kit), largest_group(kit)
    for group in (*groups_beyond(most), *OVERFLOWING_GROUPS):
        work.refused("InvalidWorkGroupSize", work.of(5, group=group))
    buffer = int_buffer(kit, [0] * most)
    kit.ok("Launch", work.kernel, -1, launch_of([buffer], [2, most], group=Dim3(most)), 0)
    assert read_ints(kit, buffer, most) == [2] * most, f"a group of {most} items did not do all"


@check(
    "launch.grid_overflow",
    "A launch of more items than can be counted is InvalidGlobalWorkSize.",
    function="Launch",
    root="command.grid_overflow",
    needs=("Launch",),
)
def grid_overflow(kit: Kit) -> None:
    work = Filling(kit)
    for grid, group in OVERFLOWING_SIZES:
        work.refused("InvalidGlobalWorkSize", work.of(5, grid=grid, group=group))
    work.writes(5, "after launches with too many items")


@check(
    "launch.shared_memory",
    "More shared memory than the device has is OutOfResources.",
    function="Launch",
    root="command.shared_memory",
    needs=("Launch", "full"),
)
def shared_memory(kit: Kit) -> None:
    work, limit = Filling(kit), most_shared_memory(kit)
    for size in (limit + 1, UINT_MAX):
        work.refused("OutOfResources", work.of(5, shared=size))
    work.writes(5, "after launches with too much shared memory")


@check(
    "launch.settings",
    "Unknown settings are InvalidValue, and nothing runs.",
    function="Launch",
    needs=("Launch",),
)
def settings(kit: Kit) -> None:
    work = Filling(kit)
    unknown = (16, 16 | NON_BLOCKING, 32, 1 << 31, UINT_MAX)
    for stream in (-1, new_stream(kit)):
        work.refused("InvalidValue", work.of(5), stream=stream, settings=unknown)
    work.writes(5, "after launches with unknown settings")


@check(
    "launch.message",
    "A launch that is refused leaves the text of its failure.",
    function="Launch",
    needs=("Launch", "GetLastErrorMessage", "full"),
)
def message(kit: Kit) -> None:
    work = Filling(kit)
    cases: dict[str, tuple[int, int, Launch | None, int]] = {
        "with a wrong kernel": (-7, -1, work.of(5), 0),
        "on a wrong stream": (work.kernel, INT_MAX, work.of(5), 0),
        "of NULL": (work.kernel, -1, None, 0),
        "without arguments": (work.kernel, -1, work.of(5, arguments=()), 0),
        "without an argument": (work.kernel, -1, with_argument(work.of(5), 1, UNSET), 0),
        "of no items": (work.kernel, -1, work.of(5, group=Dim3(0)), 0),
        "with unknown settings": (work.kernel, -1, work.of(5), UINT_MAX),
    }
    for which, arguments in cases.items():
        kit.fails("ReleaseBuffer", -7)
        earlier = kit.message()
        kit.fails("Launch", *arguments)
        text = kit.message()
        assert text, f"a launch {which} leaves no text"
        assert text != earlier, f"a launch {which} leaves the text of an earlier failure: {text}"
        work.writes(5, "after a refused launch")
