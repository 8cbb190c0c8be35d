"""Kernels: names, handles, results, and the range of a launch."""

from __future__ import annotations

import itertools

from nexus.conformance.checks.support.subjects import double_release, refused
from nexus.conformance.checks.support.work import (
    command,
    float_buffer,
    int_buffer,
    new_schedule,
    read_floats,
    read_ints,
    run,
)
from nexus.conformance.harness.call_arguments import CString, Dim3, Guarded
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check


@check(
    "kernel.new_handle",
    "GetKernel gives a new handle each time; releasing one leaves the other.",
    function="GetKernel",
)
def new_handle(kit: Kit) -> None:
    library, name = kit.library(), kit.kernel_name("add")
    handles = [kit.ok("GetKernel", library, name) for _ in range(5)]
    assert len(set(handles)) == 5, f"GetKernel gives a handle twice: {handles}"
    kit.need("ReleaseKernel")
    kit.ok("ReleaseKernel", handles[0])
    schedule = new_schedule(kit)
    refused(kit, "InvalidKernel", "CreateCommand", schedule, handles[0], 0)
    for handle in handles[1:]:
        kit.ok("CreateCommand", schedule, handle, 0)


@check(
    "kernel.unknown_name",
    "A name that the library does not have is InvalidKernelName.",
    function="GetKernel",
)
def unknown_name(kit: Kit) -> None:
    library = kit.library()
    for name in ("no_such_kernel", "main", "malloc", "x", "%s%n%s", "../add"):
        refused(kit, "InvalidKernelName", "GetKernel", library, name)


@check("kernel.empty_name", "An empty name is InvalidKernelName.", function="GetKernel")
def empty_name(kit: Kit) -> None:
    refused(kit, "InvalidKernelName", "GetKernel", kit.library(), "")


@check("kernel.null_name", "NULL for a name is InvalidKernelName.", function="GetKernel")
def null_name(kit: Kit) -> None:
    refused(kit, "InvalidKernelName", "GetKernel", kit.library(), None)


@check("kernel.long_name", "A name of 64 KiB is InvalidKernelName.", function="GetKernel")
def long_name(kit: Kit) -> None:
    library, name = kit.library(), kit.kernel_name("add").encode()
    for text in (b"k" * 65536, name + b"_" * 65536, name * 20_000, b"k" * 255, b"k" * 256):
        refused(kit, "InvalidKernelName", "GetKernel", library, Guarded(text + b"\0"))


@check(
    "kernel.odd_name",
    "A partial, extended, wrongly cased or non-UTF-8 name is InvalidKernelName.",
    function="GetKernel",
)
def odd_name(kit: Kit) -> None:
    library, name = kit.library(), kit.kernel_name("add")
    for text in (name[:-1], name + "1", name + " ", " " + name, name.swapcase(), name + "\n"):
        refused(kit, "InvalidKernelName", "GetKernel", library, text)
    for data in (b"\xff\xfe", name.encode() + b"\xc0", b"\x80" * 40):
        refused(kit, "InvalidKernelName", "GetKernel", library, CString(data))


@check(
    "kernel.library_released",
    "A kernel's handle is refused after its library's release.",
    function="ReleaseLibrary",
    root="handle.released",
)
def library_released(kit: Kit) -> None:
    library = kit.library()
    kernel = kit.ok("GetKernel", library, kit.kernel_name("add"))
    schedule = new_schedule(kit)
    kit.ok("ReleaseLibrary", library)
    refused(kit, "InvalidKernel", "CreateCommand", schedule, kernel, 0)
    refused(kit, "InvalidLibrary", "GetKernel", library, kit.kernel_name("add"))
    if kit.has("ReleaseKernel"):
        refused(kit, "InvalidKernel", "ReleaseKernel", kernel)


@check(
    "kernel.keeps_code",
    "A command runs although its kernel and its library were released.",
    function="ReleaseLibrary",
)
def keeps_code(kit: Kit) -> None:
    library = kit.library()
    kernel = kit.ok("GetKernel", library, kit.kernel_name("fill"))
    schedule, buffer = new_schedule(kit), int_buffer(kit, [0])
    command(kit, schedule, kernel, [buffer], [77, 1])
    if kit.has("ReleaseKernel"):
        kit.ok("ReleaseKernel", kernel)
    kit.ok("ReleaseLibrary", library)
    for _ in range(3):
        kit.ok("ReleaseLibrary", kit.library())
    run(kit, schedule)
    assert read_ints(kit, buffer) == [77], "the command of a released kernel did not do its work"


@check(
    "kernel.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseKernel",
    root="buffer.double_release",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "kernel")


@check("kernel.add", "The kernel add computes a + b for each item.", function="RunSchedule")
def add(kit: Kit) -> None:
    kernel = kit.kernel("add")
    for count in (1, 2, 63, 64, 1000, 4096):
        a = [float(i) for i in range(count)]
        b = [float(3 * i + 1) for i in range(count)]
        out = float_buffer(kit, [-1.0] * count)
        schedule = new_schedule(kit)
        buffers = [float_buffer(kit, a), float_buffer(kit, b), out]
        command(kit, schedule, kernel, buffers, [count], grid=Dim3(count))
        run(kit, schedule)
        expected = [x + y for x, y in zip(a, b, strict=True)]
        assert read_floats(kit, out, count) == expected, f"the sum of {count} numbers is wrong"


@check(
    "kernel.partial_group",
    "A launch runs exactly grid times group items.",
    function="RunSchedule",
)
def partial_group(kit: Kit) -> None:
    kernel, room = kit.kernel("fill"), 700
    for groups, items in ((1, 1), (1, 64), (64, 1), (5, 7), (7, 5), (10, 64), (3, 33)):
        buffer, schedule = int_buffer(kit, [0] * room), new_schedule(kit)
        size = {"grid": Dim3(groups), "group": Dim3(items)}
        command(kit, schedule, kernel, [buffer], [9, room], **size)
        run(kit, schedule)
        count = read_ints(kit, buffer, room).count(9)
        expected = groups * items
        assert count == expected, f"{groups} groups of {items} items are {count} items"


@check(
    "kernel.bound",
    "A scalar reaches the kernel: items beyond n do nothing.",
    function="SetCommandScalar",
)
def bound(kit: Kit) -> None:
    kernel = kit.kernel("fill")
    for count in (0, 1, 31, 64):
        buffer, schedule = int_buffer(kit, [0] * 64), new_schedule(kit)
        command(kit, schedule, kernel, [buffer], [-5, count], grid=Dim3(8), group=Dim3(8))
        run(kit, schedule)
        expected = [-5] * count + [0] * (64 - count)
        assert read_ints(kit, buffer, 64) == expected, f"of 64 items, not just {count} wrote"


@check(
    "kernel.grid_and_group",
    "grid counts groups; group counts the items in each group.",
    function="FinalizeCommand",
)
def grid_and_group(kit: Kit) -> None:
    kernel = kit.kernel("barrier")
    for groups, items in ((2, 4), (4, 2), (8, 1), (1, 8), (6, 16), (16, 6)):
        _mirror(kit, kernel, groups, items)


@check(
    "kernel.barrier",
    "After a barrier, items of a group see the others' writes.",
    function="RunSchedule",
)
def barrier(kit: Kit) -> None:
    kernel = kit.kernel("barrier")
    for groups, items in ((1, 2), (1, 64), (8, 64), (3, 100), (40, 32)):
        _mirror(kit, kernel, groups, items)


def _mirror(kit: Kit, kernel: int, groups: int, items: int) -> None:
    count = groups * items
    values = [7 * i + 1 for i in range(count)]
    out, schedule = int_buffer(kit, [0] * count), new_schedule(kit)
    buffers = [int_buffer(kit, values), out]
    command(kit, schedule, kernel, buffers, [count], grid=Dim3(groups), group=Dim3(items))
    run(kit, schedule)
    parts = (values[first : first + items][::-1] for first in range(0, count, items))
    expected = list(itertools.chain.from_iterable(parts))
    found = read_ints(kit, out, count)
    assert found == expected, (
        f"{groups} groups of {items} items that mirror their group give {found[:8]}..., "
        f"not {expected[:8]}..."
    )
