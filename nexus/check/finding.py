"""What is wrong with a kernel, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nexus.check import watched_state as state_of
from nexus.check.launch_plan import Shape
from nexus.check.watched_launch import Declared, Found
from nexus.check.watched_state import Kind

Index = tuple[int, int, int]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a kernel.

    Attributes
    ----------
    kind : str
        ``"race"``, ``"missing barrier"``, ``"write outside of items"``, ``"uninitialised"``,
        ``"out of bounds"``, ``"divergent barrier"``, ``"crash"``, ``"endless"``,
        ``"different results"``, ``"unused argument"``, ``"too large"``, or ``"does not compile"``.
    kernel : str
        Its name; empty for the whole file.
    file : str
        The source.
    line : int
        In the source; 0 where it is unknown.
    message : str
        What is wrong, and the way out.
    argument : str
        The argument, or the name of the shared or private memory; empty for neither.
    item : tuple of 3 int, or None
        The global index of the item that has shown it.
    other_line : int
        For a race, the line of the other access; else 0.
    launch : str
        Sizes and scalars of the launch that has shown it.
    """

    kind: str
    kernel: str
    file: str
    line: int
    message: str
    argument: str = ""
    item: Index | None = None
    other_line: int = 0
    launch: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        kernel = f" in kernel {self.kernel}" if self.kernel else ""
        launch = f" [{self.launch}]" if self.launch else ""
        return f"{place}: {self.kind}{kernel}: {self.message}{launch}"


@dataclass(frozen=True)
class Subject:
    """The kernel that findings are about, and how it was launched.

    Attributes
    ----------
    kernel, file : str
        Its name, and the source's.
    names : sequence of str
        Of its arguments.
    sizes : sequence of int
        Bytes of an element of each argument; 1 for a struct.
    counts : sequence of int
        Elements of each buffer.
    declared : sequence of Declared
        Its shared and private memory.
    shape : Shape
        Sizes of the launch.
    launch : str
        The launch in words.
    """

    kernel: str
    file: str
    names: Sequence[str]
    sizes: Sequence[int]
    counts: Sequence[int]
    declared: Sequence[Declared]
    shape: Shape
    launch: str

    def item(self, number: int) -> Index:
        """Return the global index of an item, by its number in the launch."""
        group, local = divmod(number, self.shape.group_items)
        index = []
        for size, groups in zip(self.shape.group, self.shape.groups, strict=True):
            local, inside = divmod(local, size)
            group, outside = divmod(group, groups)
            index.append(outside * size + inside)
        x, y, z = index
        return x, y, z

    def _element(self, found: Found) -> tuple[str, int, int]:
        """Return the name, the index and the length of what an access meets."""
        if found.object < 0:
            return "", 0, 0
        if found.object < state_of.ARGUMENTS:
            size = self.sizes[found.object]
            name, count = self.names[found.object], self.counts[found.object]
        else:
            own = self.declared[found.object - state_of.ARGUMENTS]
            name, size, count = own.name, own.element, own.count
        return name, found.offset // size, count

    def describe(self, found: Found) -> Finding:
        """Return a finding of a launch in words."""
        name, index, count = self._element(found)
        kind, message = self._words(found, name, index, count)
        return Finding(
            kind,
            self.kernel,
            self.file,
            found.place.line if found.place else 0,
            message,
            name or (found.text if found.kind is Kind.TOO_LARGE else ""),
            self.item(found.item) if found.item >= 0 else None,
            found.other_place.line if found.other_place else 0,
            self.launch,
        )

    def _words(self, found: Found, name: str, index: int, count: int) -> tuple[str, str]:
        item = f"item {self.item(found.item)}"
        does = _verb(found.access)
        if found.kind is Kind.RACE:
            return self._race(found, f"{name}[{index}]")
        if found.kind is Kind.OUTSIDE_ITEMS:
            return "write outside of items", (
                f"{name}[{index}] is written outside of item blocks: on a GPU every item of the "
                "group does that; write in NXS_ITEMS { }, for example by the item with "
                "NXS_LOCAL_INDEX 0"
            )
        if found.kind is Kind.UNINITIALISED:
            return "uninitialised", (
                f"{item} {does} {name}[{index}], which no item has written: shared and private "
                "memory holds anything at first; write it before, for all items of the group"
            )
        if found.kind is Kind.BOUNDS:
            return "out of bounds", (
                f"{item} {does} {name}[{index}], and {name} has {count} elements: correct the "
                "index, or let items without an element `continue`"
            )
        if found.kind is Kind.ARRAY_INDEX:
            return "out of bounds", (
                f"{item} uses index {found.offset} of an array of type {found.text}: correct the "
                "index"
            )
        if found.kind is Kind.DIVERGENCE:
            other = self.item(found.other_item)
            where = "does not pass it"
            if found.other_place:
                where = f"is at the barrier of line {found.other_place.line} instead"
            return "divergent barrier", (
                f"of one group, an item passes this barrier and another does not: of the items "
                f"{self.item(found.item)} and {other} one {where}; move NXS_BARRIER out of what "
                "only some items do"
            )
        if found.kind is Kind.ENDLESS:
            return "endless", (
                f"{item} does not end; a loop that waits for another item needs a barrier instead, "
                "or its condition is wrong"
            )
        if found.kind is Kind.TOO_LARGE:
            return "too large", (
                f"{found.text} does not fit beside the other shared or private memory; make it "
                "smaller, or use a buffer"
            )
        return "crash", (
            f"{item} ended with signal {found.access}: an index far out of bounds, a division by "
            "zero or a recursion; the last access before it is on this line"
        )

    def _race(self, found: Found, element: str) -> tuple[str, str]:
        item, other = self.item(found.item), self.item(found.other_item)
        does, did = _verb(found.access), _verb(found.other_access)
        same_group = found.item // self.shape.group_items == (
            found.other_item // self.shape.group_items
        )
        where = ""
        if found.other_place and found.other_place != found.place:
            where = f" on line {found.other_place.line}"
        what = f"item {item} {does} {element}, which item {other} {did}{where}"
        if is_missing_barrier(found, same_group):
            return "missing barrier", (
                f"{what}, with no barrier between: end the item block before it, and put "
                "NXS_BARRIER; between the two"
            )
        if not same_group:
            what += ", in another group"
        return "race", (
            f"{what}, in any order: give each item an element of its own, or use NXS_ATOMIC_ADD, "
            "_MIN or _MAX for all accesses"
        )


def is_missing_barrier(found: Found, same_group: bool) -> bool:
    """Return whether a barrier could order the two accesses of a race."""
    both_write = found.access & found.other_access & state_of.WRITES
    return same_group and (not both_write or found.place != found.other_place)


def _verb(access: int) -> str:
    if access & state_of.ATOMIC:
        return "updates"
    return "writes" if access & state_of.WRITES else "reads"


def main_causes(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without those that another one explains.

    Where a barrier is missing, items also read what others have not written yet.
    """
    findings = list(findings)
    races = {
        (finding.argument, line)
        for finding in findings
        if finding.kind in ("race", "missing barrier")
        for line in (finding.line, finding.other_line)
    }
    return [
        finding
        for finding in findings
        if finding.kind != "uninitialised" or (finding.argument, finding.line) not in races
    ]
