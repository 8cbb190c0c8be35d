"""The kernels of an image and their arguments, read from the tables that ``nxs_kernel.h`` makes.

Nothing of an image is loaded or run, so that images for other machines can be read.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from nexus._enums import data_type as DataType
from nexus.building.elf_tables import ElfTables

_PREFIX = "nxs_kernel_"
_SUFFIX = "_arguments"
_KINDS = ("in", "out", "scalar")
# `struct nxs_gpu_argument`, after the two numbers of a table: version and count.
_GPU_HEAD, _GPU_ARGUMENT = struct.Struct("<II"), struct.Struct("<III52s")
# The same in the descriptors of CPUs, with pointers to the arguments and to their names.
_CPU_HEAD, _CPU_ARGUMENT = struct.Struct("<IIQQ"), struct.Struct("<QIIII")
_PTX_TABLE = re.compile(rf"\.b8 {_PREFIX}(\w+){_SUFFIX}\[(\d+)\] = \{{([^}}]*)\}}")


class Argument(NamedTuple):
    """An argument: ``"in"``, ``"out"`` or ``"scalar"``, name, and type, of elements in a buffer."""

    kind: str
    name: str
    data_type: DataType

    def __str__(self) -> str:
        # Structs have no data type.
        unknown = self.data_type is DataType.Undefined
        return " ".join([self.kind, *([] if unknown else [self.data_type.name]), self.name])


Lists = dict[str, list[Argument]]


def argument_lists(image: bytes) -> Lists:
    """Return the arguments of the kernels in an image, by name, in alphabetical order.

    Parameters
    ----------
    image : bytes
        A shared object for a CPU, a cubin, a code object, or PTX.

    Raises
    ------
    ValueError
        If the image is none of these.
    """
    if image.startswith(b"\x7fELF"):
        found = _in_elf(ElfTables(image), image)
    elif b".version" in image:
        found = {
            name: _of_gpu(bytes(map(int, numbers.split(","))).ljust(int(size), b"\0"), 0)
            for name, size, numbers in _PTX_TABLE.findall(image.decode())
        }
    else:
        raise ValueError("the image is neither an ELF file nor PTX")
    return dict(sorted(found.items()))


def _in_elf(tables: ElfTables, image: bytes) -> Lists:
    symbols = tables.symbols()
    found = {}
    for symbol, place in symbols.items():
        name = symbol.removeprefix(_PREFIX)
        is_table = symbol.endswith(_SUFFIX) and symbol.removesuffix(_SUFFIX) in symbols
        # Compilers add symbols of their own with a dot in the name.
        if name == symbol or "." in name or is_table:
            continue
        if (table := symbols.get(symbol + _SUFFIX)) is not None:
            found[name] = _of_gpu(image, tables.offset(*table))
        else:
            found[name] = _of_cpu(tables, image, tables.offset(*place))
    return found


def _of_gpu(image: bytes, offset: int) -> list[Argument]:
    _, count = _GPU_HEAD.unpack_from(image, offset)
    rows = (
        _GPU_ARGUMENT.unpack_from(image, offset + _GPU_HEAD.size + i * _GPU_ARGUMENT.size)
        for i in range(count)
    )
    return [
        Argument(_KINDS[kind], name.rstrip(b"\0").decode(), DataType(number))
        for kind, number, _, name in rows
    ]


def _of_cpu(tables: ElfTables, image: bytes, offset: int) -> list[Argument]:
    _, count, _, _ = _CPU_HEAD.unpack_from(image, offset)
    if not count:
        return []
    first = tables.pointed_at(offset + 8)
    found = []
    for at in range(first, first + count * _CPU_ARGUMENT.size, _CPU_ARGUMENT.size):
        _, kind, number, _, _ = _CPU_ARGUMENT.unpack_from(image, at)
        name = tables.text(tables.pointed_at(at))
        found.append(Argument(_KINDS[kind], name, DataType(number)))
    return found
