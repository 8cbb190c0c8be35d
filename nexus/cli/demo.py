"""``nexus demo``: lists the devices, and adds two vectors on each."""

from __future__ import annotations

from nexus.cli import devices, machine
from nexus.cli.arguments import Commands
from nexus.cli.failure import CommandError, Status
from nexus.cli.terminal import say

COUNT = 1 << 24


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("demo", help="list the devices and add two vectors on each")
    parser.set_defaults(command=lambda _: run())


def run(count: int = COUNT) -> Status:
    """List the devices, add vectors on each, and print the results.

    Parameters
    ----------
    count : int
        Elements of a vector, a multiple of the group's 256.

    Returns
    -------
    Status
        OK if at least one device added vectors, no sum was wrong, and no device failed.
    """
    from nexus.demo import takes_kernels, vector_add

    shown = devices.show(machine.runtimes())
    say("")
    right, added = shown == Status.OK, 0
    for device in machine.devices():
        if not takes_kernels(device):
            continue
        added += 1
        result = vector_add.add_vectors(device, count)
        # Two vectors are read, one is written.
        rate = 3 * 4 * count / result.milliseconds / 1e6
        say(
            f"{machine.identify(device)} added 2 x {count:,} float32 in "
            f"{result.milliseconds:.2f} ms, {rate:.1f} GB/s: "
            f"{'correct' if result.correct else 'WRONG'}",
            "green" if result.correct else "bold red",
        )
        right = right and result.correct
    if not added:
        raise CommandError(
            "no device of this machine takes the demo's kernel, a text of nxs_kernel.h",
            Status.WRONG,
        )
    return Status.OK if right else Status.WRONG
