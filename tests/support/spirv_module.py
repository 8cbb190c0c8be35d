"""A kernel in SPIR-V, as compilers for OpenCL write it."""

from __future__ import annotations

import struct
from itertools import count

MAGIC, VERSION_1_0 = 0x07230203, 0x10000
# Numbers of the specification's instructions.
OPS = {
    "MemoryModel": 14,
    "EntryPoint": 15,
    "Capability": 17,
    "TypeVoid": 19,
    "TypeInt": 21,
    "TypeVector": 23,
    "TypePointer": 32,
    "TypeFunction": 33,
    "Function": 54,
    "FunctionParameter": 55,
    "FunctionEnd": 56,
    "Variable": 59,
    "Load": 61,
    "Store": 62,
    "InBoundsPtrAccessChain": 70,
    "Decorate": 71,
    "CompositeExtract": 81,
    "UConvert": 113,
    "IAdd": 128,
    "IMul": 132,
    "Label": 248,
    "Return": 253,
    "Name": 5,
}
ADDRESSES, KERNEL, INT64 = 4, 6, 11
INPUT, CROSS_WORKGROUP = 1, 5
BUILT_IN, GLOBAL_INVOCATION_ID = 11, 28
CONSTANT = 22


def _text(text: str) -> list[int]:
    raw = text.encode() + b"\0"
    raw += b"\0" * (-len(raw) % 4)
    return list(struct.unpack(f"<{len(raw) // 4}I", raw))


def affine(name: str, version: int = VERSION_1_0) -> bytes:
    """Return a module with the kernel ``name(global int *x, int factor, int shift)``.

    It sets the element of each item to the item's number times the factor, plus the shift.
    """
    words: list[int] = []
    ids = count(1)

    def op(what: str, *operands: int) -> None:
        words.extend([(len(operands) + 1) << 16 | OPS[what], *operands])

    void, int32, int64, vector, item_type, pointer, signature = (next(ids) for _ in range(7))
    item, kernel, x, factor, shift, entry = (next(ids) for _ in range(6))
    loaded, wide, place, narrow, product, total = (next(ids) for _ in range(6))
    for capability in (ADDRESSES, KERNEL, INT64):
        op("Capability", capability)
    op("MemoryModel", 2, 2)  # Physical64, OpenCL
    op("EntryPoint", 6, kernel, *_text(name), item)
    for id, text in ((x, "x"), (factor, "factor"), (shift, "shift")):
        op("Name", id, *_text(text))
    op("Decorate", item, BUILT_IN, GLOBAL_INVOCATION_ID)
    op("Decorate", item, CONSTANT)
    op("TypeVoid", void)
    op("TypeInt", int32, 32, 0)
    op("TypeInt", int64, 64, 0)
    op("TypeVector", vector, int64, 3)
    op("TypePointer", item_type, INPUT, vector)
    op("TypePointer", pointer, CROSS_WORKGROUP, int32)
    op("TypeFunction", signature, void, pointer, int32, int32)
    op("Variable", item_type, item, INPUT)
    op("Function", void, kernel, 0, signature)
    op("FunctionParameter", pointer, x)
    op("FunctionParameter", int32, factor)
    op("FunctionParameter", int32, shift)
    op("Label", entry)
    op("Load", vector, loaded, item)
    op("CompositeExtract", int64, wide, loaded, 0)
    op("InBoundsPtrAccessChain", pointer, place, x, wide)
    op("UConvert", int32, narrow, wide)
    op("IMul", int32, product, narrow, factor)
    op("IAdd", int32, total, product, shift)
    op("Store", place, total, 2, 4)  # Aligned to 4 bytes
    op("Return")
    op("FunctionEnd")
    header = [MAGIC, version, 0, next(ids), 0]
    return struct.pack(f"<{len(header) + len(words)}I", *header, *words)
