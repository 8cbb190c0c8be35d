"""Makes of a Mach-O dylib for x86-64 a shared library that Linux loads.

The machine code stays byte for byte as it is, and so do the distances within the image: it becomes
one section, in which the pointers that dyld would write are left to the linker. What the image
imports is taken from the stand-in, from `darwin/`, which is what of macOS's libSystem differs from
Linux's, or from Linux itself where both mean the same by a name. Whatever else it calls ends the
process and says its name.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Set
from pathlib import Path

import lief

from standins.metal import unwind_info

# What means the same in libSystem and in glibc, arguments and results included.
SAME = """
    abort access aligned_alloc bzero calloc fclose fflush fopen fputc fread free fseek fseeko ftello
    fwrite malloc memchr memcmp memcpy memmove memset nanosleep pthread_atfork pthread_detach
    pthread_getspecific pthread_join pthread_self pthread_setspecific realloc sched_yield setbuf
    snprintf sscanf strcmp strerror strlen strtod strtof strtol strtold strtoll strtoul strtoull
    vfprintf wcslen wmemchr wmemcmp
    _Unwind_DeleteException _Unwind_GetIP _Unwind_GetLanguageSpecificData _Unwind_GetRegionStart
    _Unwind_RaiseException _Unwind_Resume _Unwind_SetGR _Unwind_SetIP
""".split()  # noqa: SIM905
# The same under another name.
RENAMED = {"__bzero": "bzero", "__error": "__errno_location", "__stderrp": "stderr"}
# Of a symbol's type: in a section of the image.
DEFINED = 0xE
WORD = 8
CLASS = "_OBJC_CLASS_$_"
# dyld's own, for imports that are bound when they are first called: here they are bound at once.
LAZILY = "dyld_stub_binder"

# What `darwin/image.c` works on, by its names: sections of the image.
PARTS = {
    "frames": "__eh_frame",
    "selectors": "__objc_selrefs",
    "initializers": "__mod_init_func",
    "thread_data": "__thread_data",
    "thread_zero": "__thread_bss",
}


def symbols_of(library: Path) -> frozenset[str]:
    """Return what a shared library or an object file of Linux has for others."""
    parsed = lief.ELF.parse(str(library))
    return frozenset(str(symbol.name) for symbol in parsed.symbols if symbol.shndx)


def begin(function: unwind_info.Function, frame: unwind_info.Frame) -> str:
    """Return the assembly at the beginning of a function."""
    lines = [".cfi_startproc simple", f".cfi_def_cfa {frame.register}, {frame.offset}"]
    lines += [f".cfi_offset {name}, {at}" for name, at in frame.saved.items()]
    if function.lsda:
        lines += [
            f".set personality_{function.start}, image + {function.personality}",
            f".set handlers_{function.start}, image + {function.lsda}",
            # Places relative to here, in 32 bits; the first through a pointer.
            f".cfi_personality 0x9b, personality_{function.start}",
            f".cfi_lsda 0x1b, handlers_{function.start}",
        ]
    return "\n".join(lines)


class Image:
    """A dylib, as assembly.

    Parameters
    ----------
    path : Path
        The dylib.
    standin, darwin : set of str
        The symbols of the stand-in, and those of `darwin/`, which are to begin with ``darwin_``.
    """

    def __init__(self, path: Path, standin: Set[str], darwin: Set[str]) -> None:
        parsed = lief.MachO.parse(str(path))
        if not (found := parsed and parsed.take(lief.MachO.Header.CPU_TYPE.X86_64)):
            raise ValueError(f"{path} has no image for x86-64")
        self.binary = found
        self.standin, self.darwin = standin, darwin
        # Those of the image itself, and what it has no definition of.
        self.own = {s.name: s.value for s in found.symbols if s.raw_type & DEFINED == DEFINED}
        self.missing: dict[str, str] = {}
        self.segments = [s for s in found.segments if s.name != "__LINKEDIT"]
        self.size = max(s.virtual_address + s.virtual_size for s in self.segments)
        self.data = bytearray(self.size)
        for segment in self.segments:
            at, content = segment.virtual_address, bytes(segment.content)
            self.data[at : at + len(content)] = content

    def assembly(self, contents: Path) -> str:
        """Return the assembly, and write the bytes that it includes to a file."""
        contents.write_bytes(self.data)
        lines = ['.section .macho, "awx", @progbits', ".balign 4096", "image:"]
        lines += self.body(contents)
        lines += self.facts()
        lines += self.stubs()
        return "\n".join(lines) + "\n"

    def body(self, contents: Path) -> Iterator[str]:
        """Yield the image, cut where functions begin and end, and with pointers for the linker."""
        pointers = self.pointers()
        begins, ends = {}, set()
        for function in self.functions():
            # The others' frames the image describes itself, or nobody unwinds them, as on a Mac.
            if frame := unwind_info.frame(function, lambda at: self.number("I", at)):
                begins[function.start] = begin(function, frame)
                ends.add(function.end)
        at = 0
        for place in sorted({*begins, *ends, *pointers, self.size}):
            if place > at:
                yield f'.incbin "{contents}", {at}, {place - at}'
            at = place
            if place in ends:
                yield ".cfi_endproc"
            if place in begins:
                yield begins[place]
            if place in pointers:
                yield f".quad {pointers[place]}"
                at += WORD

    def pointers(self) -> dict[int, str]:
        """Return what dyld would write, by place."""
        rebased = [entry.address for entry in self.binary.relocations]
        found = {place: f"image + {self.number('Q', place)}" for place in rebased}
        for binding in self.binary.bindings:
            name = str(binding.symbol.name)
            if name != LAZILY:
                found[binding.address] = f"{self.resolve(name)} + {binding.addend}"
        return found

    def number(self, kind: str, at: int) -> int:
        """Return the number of a kind of `struct` at a place of the image."""
        return int(struct.unpack_from("<" + kind, self.data, at)[0])

    def resolve(self, name: str) -> str:
        """Return the symbol that an import is bound to."""
        if name in self.own:
            return f"image + {self.own[name]}"
        if name.startswith(CLASS):
            return "._OBJC_CLASS_" + name.removeprefix(CLASS)
        plain = name[1:]
        if plain in RENAMED:
            return RENAMED[plain]
        if (ours := f"darwin_{plain.replace('$', '_')}") in self.darwin:
            return ours
        if plain in self.standin or plain in SAME:
            return plain
        return self.missing.setdefault(name, f"missing_{len(self.missing)}")

    def functions(self) -> list[unwind_info.Function]:
        section = self.binary.get_section("__unwind_info")
        return unwind_info.functions(bytes(section.content)) if section else []

    def facts(self) -> Iterator[str]:
        """Yield the symbols by which `darwin/image.c` and others find their way."""
        for export in self.binary.exported_symbols:
            if (name := str(export.name)).startswith("_nxs"):
                plain = name[1:]
                yield f".globl {plain}\n.type {plain}, @function"
                yield f".set {plain}, image + {export.value}"
        for name, section_name in PARTS.items():
            section = self.binary.get_section(section_name)
            at, size = (section.virtual_address, section.size) if section else (0, 0)
            yield f".globl image_{name}, image_{name}_end"
            yield f".hidden image_{name}, image_{name}_end"
            yield f".set image_{name}, image + {at}\n.set image_{name}_end, image + {at + size}"

    def stubs(self) -> Iterator[str]:
        """Yield the code that is called where an import is missing."""
        yield ".text"
        for name, label in self.missing.items():
            yield f"{label}: lea 1f(%rip), %rdi\nand $-16, %rsp\ncall darwin_missing"
            yield f'1: .string "{name}"'
        yield '.section .note.GNU-stack, "", @progbits'
