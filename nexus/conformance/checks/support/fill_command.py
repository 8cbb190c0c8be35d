"""A command that checks change before it is finalized."""

from __future__ import annotations

from nexus.conformance.checks.support.work import (
    int_buffer,
    new_schedule,
    read_ints,
    run,
    set_arguments,
)
from nexus.conformance.harness.call_arguments import Dim3
from nexus.conformance.harness.kit import Kit


class Fill:
    """A command of the kernel fill, of one item, that is not finalized."""

    def __init__(self, kit: Kit, *, value: int | None = 5) -> None:
        self.kit = kit
        self.schedule = new_schedule(kit)
        self.buffer = int_buffer(kit, [0])
        self.command = kit.ok("CreateCommand", self.schedule, kit.kernel("fill"), 0)
        if value is not None:
            set_arguments(kit, self.command, [self.buffer], [value, 1])

    def finalize(self) -> None:
        self.kit.ok("FinalizeCommand", self.command, Dim3(1), Dim3(1), 0)

    def writes(self, value: int, why: str) -> None:
        """Finalize, run, and compare what the kernel wrote."""
        self.finalize()
        run(self.kit, self.schedule)
        found = read_ints(self.kit, self.buffer)[0]
        assert found == value, f"{why}: the kernel wrote {found}, not {value}"
