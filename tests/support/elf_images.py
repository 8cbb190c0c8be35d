"""Damaged and unusual ELF images, made from C text by the linkers that this machine has."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

PT_DYNAMIC = 2

TEXT = """
#include <math.h>
#define EXPORT __attribute__((visibility("default")))
static int count;
__thread int per_thread = 3;
__attribute__((constructor)) static void start(void) { ++count; }
__attribute__((destructor)) static void stop(void) { --count; }
EXPORT int *address = &count;
#ifdef LARGE
EXPORT _Alignas(65536) int large[4] = {1, 2, 3, 4};
#endif
EXPORT void add_one(float *x, const int *n, int *size, int *id, void *shared, void *barrier) {
  const int i = id[0] * size[3] + id[3];
  per_thread += i;
  if (i < *n) x[i] = sinf(x[i]) + (float)*address;
}
"""

# Compiler options for unusual but valid files.
UNUSUAL = {
    "plain": (),
    "hash-style-sysv": ("-Wl,--hash-style=sysv",),
    "hash-style-gnu": ("-Wl,--hash-style=gnu",),
    "hash-style-both": ("-Wl,--hash-style=both",),
    "packed-relocations": ("-Wl,-z,pack-relative-relocs",),
    "gold": ("-fuse-ld=gold",),
    "gold-icf": ("-fuse-ld=gold", "-Wl,--icf=all", "-Wl,--gc-sections"),
    "lld": ("-fuse-ld=lld",),
    "lld-packed-relocations": ("-fuse-ld=lld", "-Wl,--pack-dyn-relocs=relr"),
    "lld-android-relocations": ("-fuse-ld=lld", "-Wl,--pack-dyn-relocs=android"),
    "noseparate-code": ("-Wl,-z,noseparate-code",),
    "separate-code": ("-Wl,-z,separate-code",),
    "norelro": ("-Wl,-z,norelro",),
    "now": ("-Wl,-z,now",),
    "execstack": ("-Wl,-z,execstack",),
    "nodelete": ("-Wl,-z,nodelete",),
    "initfirst": ("-Wl,-z,initfirst",),
    "combreloc-off": ("-Wl,-z,nocombreloc",),
    "max-page-size-2M": ("-Wl,-z,max-page-size=0x200000",),
    "common-page-size-64K": ("-Wl,-z,common-page-size=0x10000",),
    "rwx-segment": ("-Wl,-N",),
    "symbolic": ("-Wl,-Bsymbolic",),
    "no-build-id": ("-Wl,--build-id=none",),
    "no-start-files": ("-nostartfiles",),
    "text-relocations": ("-fno-pic", "-mcmodel=large", "-Wl,-z,notext"),
    "debug": ("-g",),
    "compressed-debug": ("-g", "-gz"),
    "large-alignment": ("-DLARGE",),
    "many-sections": ("-ffunction-sections", "-fdata-sections", "-Wl,--unique"),
    "soname": ("-Wl,-soname,other.so",),
    "runpath": ("-Wl,-rpath,/nowhere:$ORIGIN",),
    "other-tls-model": ("-ftls-model=initial-exec",),
    "tls-descriptors": ("-mtls-dialect=gnu2",),
    "lto": ("-flto",),
}


def compile_image(folder: Path, name: str, *options: str) -> Path | None:
    """Compile the text; return None where this machine's tools do not support the options."""
    source = folder / "image.c"
    source.write_text(TEXT)
    target = folder / f"{name}.so"
    command = ["cc", "-O1", "-shared", "-fPIC", *options, str(source), "-o", str(target), "-lm"]
    result = subprocess.run(command, capture_output=True, check=False)
    return target if result.returncode == 0 else None


def unusual(folder: Path) -> Iterator[Path]:
    """Create valid files with unusual layouts."""
    for name, options in UNUSUAL.items():
        if path := compile_image(folder, name, *options):
            yield path
    plain = folder / "plain.so"
    for name, command in {
        "stripped": ["strip", "-o"],
        "stripped-unneeded": ["strip", "--strip-unneeded", "-o"],
        "without-section-headers": ["objcopy", "--strip-section-headers"],
    }.items():
        target = folder / f"{name}.so"
        parts = [str(target), str(plain)] if command[-1] == "-o" else [str(plain), str(target)]
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, *parts], capture_output=True, check=False).returncode
        ):
            yield target
    for name, data in {
        "section-header-offset-zero": without_section_headers(plain.read_bytes()),
        "trailing-bytes": plain.read_bytes() + b"trailing" * 1000,
    }.items():
        (folder / f"{name}.so").write_bytes(data)
        yield folder / f"{name}.so"


def without_section_headers(image: bytes) -> bytes:
    """Return the image as sstrip leaves it: no section headers in the ELF header."""
    changed = bytearray(image)
    struct.pack_into("<Q", changed, 40, 0)
    struct.pack_into("<HHH", changed, 58, 0, 0, 0)
    return bytes(changed)


def programs(folder: Path) -> Iterator[Path]:
    """Make files that are programs rather than libraries."""
    source = folder / "program.c"
    source.write_text("int main(void) { return 0; }\n")
    for name, options in {
        "static": ("-static",),
        "static-pie": ("-static-pie",),
        "pie": ("-pie", "-fPIE"),
        "no-pie": ("-no-pie",),
        "object": ("-c",),
    }.items():
        target = folder / name
        command = ["cc", *options, str(source), "-o", str(target)]
        if not subprocess.run(command, capture_output=True, check=False).returncode:
            yield target


def loader_parts(image: bytes) -> list[range]:
    """Return the byte ranges of the ELF header, the program headers and the dynamic section."""
    table = struct.unpack_from("<Q", image, 32)[0]
    count = struct.unpack_from("<H", image, 56)[0]
    parts = [range(64), range(table, table + 56 * count)]
    for i in range(count):
        kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", image, table + 56 * i)
        if kind == PT_DYNAMIC:
            parts.append(range(offset, offset + size))
    return parts


def flipped(image: bytes, step: int) -> Iterator[bytes]:
    """Flip every ``step``-th bit of what the loader reads first, each in an image of its own."""
    bits = [8 * byte + bit for part in loader_parts(image) for byte in part for bit in range(8)]
    for bit in bits[::step]:
        changed = bytearray(image)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)
