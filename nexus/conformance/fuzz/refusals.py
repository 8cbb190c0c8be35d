"""Statuses with which the arguments and the size of a launch are refused.

Each function returns two sets: the refusals that the contract demands, and those of plugins that
know more, such as the parameters of a kernel, or have limits of their own.
"""

from __future__ import annotations

from nexus._enums import KERNEL_MAX_ARGS
from nexus.conformance.fuzz.model_objects import BITS, Kernel
from nexus.conformance.harness.call_arguments import Dim3

Refusals = tuple[set[str], set[str]]

_DATA_TYPE_MASK = 31


def of_argument(kernel: Kernel | None, index: int, given: str | int) -> Refusals:
    """Judge an argument: ``"buffer"``, or a scalar of a size in bytes."""
    why: set[str] = set()
    odd: set[str] = set()
    if not 0 <= index < KERNEL_MAX_ARGS:
        return {"InvalidArgIndex"}, odd
    if kernel is None:
        return why, odd
    if index >= len(kernel.parameters):
        odd.add("InvalidArgIndex")
    elif (given == "buffer") != (kernel.parameters[index] == "buffer"):
        odd.add("InvalidArgValue")
        if given != "buffer":
            # Some compilers cannot distinguish a constant from memory that is only read.
            odd.add("InvalidArgSize")
    elif given != kernel.parameters[index]:
        odd.add("InvalidArgSize")
    return why, odd


def data_type_of(kind: int) -> int:
    """Return the data type in the settings of a scalar."""
    return kind & _DATA_TYPE_MASK


def of_scalar(
    kernel: Kernel | None, index: int, value: bytes | None, kind: int
) -> tuple[bytes | None, int, set[str], set[str]]:
    """Judge a scalar.

    Returns
    -------
    tuple
        The bytes to pass, the size in bytes, and the refusals.
    """
    data_type = data_type_of(kind)
    # Without a type a plugin may take the size that the kernel declares.
    bits = BITS.get(data_type, 0) if data_type else 8 * _declared_size(kernel, index)
    size = bits // 8
    data = None if value is None else value if data_type == 0 else value[: max(size, 1)]
    why, odd = of_argument(kernel, index, size)
    if data is None or bits % 8 or not bits:
        why.add("InvalidArgValue")
    if kind != data_type or data_type == 0:
        # The contract does not say what the bits above the data type mean. Some hosts send no
        # type: plugins may accept them.
        odd.add("InvalidArgValue")
    return data, size, why, odd


def _declared_size(kernel: Kernel | None, index: int) -> int:
    """Return the size that a kernel declares for a scalar, in bytes; else that of a Bool."""
    parameters = () if kernel is None else kernel.parameters
    declared = parameters[index] if 0 <= index < len(parameters) else 1
    return declared if isinstance(declared, int) else 1


def of_size(grid: Dim3, group: Dim3, shared: int, largest_group: int) -> Refusals:
    """Judge a size."""
    why: set[str] = set()
    odd: set[str] = set()
    groups, items = grid.x * grid.y * grid.z, group.x * group.y * group.z
    if not items or items > largest_group:
        why.add("InvalidWorkGroupSize")
    if not groups or groups * items >= 1 << 64:
        why.add("InvalidGlobalWorkSize")
    if shared >= 1 << 31:
        why.add("OutOfResources")
    # Optional limits of a plugin or a kernel.
    if items > 64:
        odd.add("InvalidWorkGroupSize")
    if shared > 0:
        odd.add("OutOfResources")
    if groups * items >= 1 << 31 or max(grid.x * group.x, grid.y, grid.z) >= 1 << 16:
        odd.add("InvalidGlobalWorkSize")
    return why, odd
