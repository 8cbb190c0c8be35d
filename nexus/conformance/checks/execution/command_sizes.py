"""Sizes of commands: which launches are accepted, and changes after a refusal."""

from __future__ import annotations

from nexus.conformance.checks.support.fill_command import Fill
from nexus.conformance.checks.support.sizes import (
    OVERFLOWING_GROUPS,
    OVERFLOWING_SIZES,
    WITH_ZEROS,
    groups_beyond,
    largest_group,
    most_shared_memory,
)
from nexus.conformance.checks.support.subjects import UINT_MAX, refused
from nexus.conformance.checks.support.work import (
    I32,
    command,
    i32,
    int_buffer,
    new_schedule,
    read_ints,
    run,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check


@check(
    "command.unfinalized",
    "Running a command that is not finalized is InvalidCommand, and nothing runs.",
    function="RunSchedule",
)
def unfinalized(kit: Kit) -> None:
    work = Fill(kit)
    refused(kit, "InvalidCommand", "RunSchedule", work.schedule, -1, 0)
    assert read_ints(kit, work.buffer) == [0], "a command that is not finalized ran"
    work.writes(5, "after the refused run")


def _refused_size(kit: Kit, status: str, cases: list[tuple[Dim3, Dim3]]) -> None:
    work = Fill(kit)
    for grid, group in cases:
        refused(kit, status, "FinalizeCommand", work.command, grid, group, 0)
    refused(kit, "InvalidCommand", "RunSchedule", work.schedule, -1, 0)
    work.writes(5, "after refused sizes")


@check(
    "command.zero_group",
    "A 0 in the group is InvalidWorkGroupSize.",
    function="FinalizeCommand",
)
def zero_group(kit: Kit) -> None:
    _refused_size(kit, "InvalidWorkGroupSize", [(Dim3(1), group) for group in WITH_ZEROS])


@check(
    "command.zero_grid",
    "A 0 in the grid is InvalidGlobalWorkSize.",
    function="FinalizeCommand",
    root="command.zero_group",
)
def zero_grid(kit: Kit) -> None:
    _refused_size(kit, "InvalidGlobalWorkSize", [(grid, Dim3(1)) for grid in WITH_ZEROS])


@check(
    "command.group_too_large",
    "A group larger than the device's limit is InvalidWorkGroupSize; one at the limit runs.",
    function="FinalizeCommand",
)
def group_too_large(kit: Kit) -> None:
    most = largest_group(kit)
    groups = groups_beyond(most)
    _refused_size(kit, "InvalidWorkGroupSize", [(Dim3(1), group) for group in groups])
    schedule, buffer = new_schedule(kit), int_buffer(kit, [0] * most)
    command(kit, schedule, "fill", [buffer], [2, most], group=Dim3(most))
    run(kit, schedule)
    assert read_ints(kit, buffer, most) == [2] * most, f"a group of {most} items did not do all"


@check(
    "command.group_overflow",
    "A group whose product overflows is InvalidWorkGroupSize.",
    function="FinalizeCommand",
    root="command.zero_group",
)
def group_overflow(kit: Kit) -> None:
    _refused_size(kit, "InvalidWorkGroupSize", [(Dim3(1), group) for group in OVERFLOWING_GROUPS])


@check(
    "command.grid_overflow",
    "A launch with more items than can be counted is InvalidGlobalWorkSize.",
    function="FinalizeCommand",
    root="command.zero_group",
)
def grid_overflow(kit: Kit) -> None:
    _refused_size(kit, "InvalidGlobalWorkSize", OVERFLOWING_SIZES)


@check(
    "command.shared_memory",
    "More shared memory than the device has is OutOfResources.",
    function="FinalizeCommand",
    needs=("full",),
)
def shared_memory(kit: Kit) -> None:
    limit = most_shared_memory(kit)
    work = Fill(kit)
    for size in (limit + 1, UINT_MAX):
        refused(kit, "OutOfResources", "FinalizeCommand", work.command, Dim3(1), Dim3(1), size)
    work.writes(5, "after refused sizes of shared memory")


@check(
    "command.retry_finalize",
    "A command whose size was refused can be changed and finalized with another size.",
    function="FinalizeCommand",
    root="command.zero_group",
)
def retry_finalize(kit: Kit) -> None:
    work = Fill(kit)
    refused(kit, "InvalidWorkGroupSize", "FinalizeCommand", work.command, Dim3(1), Dim3(0), 0)
    refused(kit, "InvalidCommand", "RunSchedule", work.schedule, -1, 0)
    kit.ok("SetCommandScalar", work.command, 1, i32(6), None, I32)
    refused(kit, "InvalidGlobalWorkSize", "FinalizeCommand", work.command, Dim3(0), Dim3(1), 0)
    kit.ok("SetCommandScalar", work.command, 1, i32(7), None, I32)
    work.writes(7, "after refused sizes")
