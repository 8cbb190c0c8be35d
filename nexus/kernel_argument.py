"""Arguments as a kernel declares them."""

from __future__ import annotations

from typing import NamedTuple

from nexus._enums import data_type as DataType
from nexus.arrays import dtypes

# By the number that the property Arguments has.
KINDS_BY_NUMBER = dict(enumerate(("in", "out", "scalar", "?", "in or scalar", "none")))


class KernelArgument(NamedTuple):
    """Declaration of a kernel's argument.

    Attributes
    ----------
    kind : str
        ``'in'`` or ``'out'`` for a buffer, ``'scalar'``, ``'in or scalar'`` where it is only known
        that the kernel does not write to it, ``'?'`` where it is unknown, or ``'none'`` where the
        kernel has no argument with that index.
    data_type : nexus.data_type
        Type of the scalar or of the buffer's elements; Undefined where it is unknown.
    """

    kind: str
    data_type: DataType


def accepted_types(argument: KernelArgument) -> int:
    """Return the element types that a buffer may have, one bit for the number of each."""
    declared = argument.data_type
    if argument.kind == "scalar" or declared is DataType.Undefined:
        return -1
    return sum(1 << other for other in DataType if dtypes.bit_compatible(declared, other))
